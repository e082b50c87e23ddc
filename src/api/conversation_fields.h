// Reading conversations and edits of them out of JSON bodies.
#pragma once

#include <optional>
#include <string>

#include "api/fields.h"
#include "domain/conversation.h"

namespace threadkeep::api {

// {id?, title?, model?, settings?, metadata?}. `spare_id` is taken when there is no id.
NewConversation read_new_conversation_fields(Fields& fields, const Ulid& spare_id);
// {title?, isArchived?, isPinned?, isUnread?, folder?, tags?, headId?, model?, settings?}
ConversationPatch read_patch_fields(Fields& fields);

}  // namespace threadkeep::api
