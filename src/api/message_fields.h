// Reading messages out of JSON bodies.
#pragma once

#include <string>

#include "api/fields.h"
#include "domain/message.h"
#include "store/store.h"

namespace threadkeep::api {

enum class RoleField { required, user_only, with_outcome };

// {id?, parentId?, role, content, createdAt?, model?, metadata?}; with user_only there is no role
// and no model, with_outcome also has what an answer ended with: {status?, usage?, error?,
// tokenCount?}, and its text may be empty. `spare_id` is taken when there is no id. `where` as in
// Fields. Fails: what Fields and check_content fail with.
Result<NewMessage> read_message(json::Value object, const std::string& where,
                                const ConversationId& conversation, const Ulid& spare_id,
                                RoleField role_field);

// One entry of a PUT. Fails alike.
Result<UpsertMessage> read_upsert_message(json::Value object, const std::string& where,
                                          const Ulid& fresh_id);

}  // namespace threadkeep::api
