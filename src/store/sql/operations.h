// What several aggregates of the SQL stores share. Inside src/store/sql.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/sql/rows.h"

namespace threadkeep::sql {

// ---- meta ----

std::optional<std::string> find_meta(Transaction& transaction, std::string_view name);
void put_meta(Transaction& transaction, std::string_view name, std::string_view value);

// ---- the tree ----

// Where a new message goes.
struct Parent {
  Position position = 0;
  std::optional<MessageId> id;
};
// Fails: parent_unknown, parent_invalid.
Result<Parent> find_parent(Transaction& transaction, const ConversationRow& row,
                           const NewMessage& message);

// ---- conversations ----

// The row with the patch applied, before it is counted as a change. `head` is the position of
// patch.head_id, which is a leaf.
ConversationRow patched(Transaction& transaction, const ConversationRow& row,
                        const ConversationPatch& patch, Position head);
// Gives an untitled conversation its title from the messages that it has.
void title_anew(Transaction& transaction, ConversationRow& row);
// Overwrites every word of a conversation, in its messages and in the row in memory; the ids stay,
// so that nothing can be made twice.
void erase_bodies(Transaction& transaction, ConversationRow& row);

// ---- deleted messages ----

// Erases the message for good when it has been in the trash since `due`, and says whether.
bool erase_trashed_message(Transaction& transaction, std::int64_t key, UnixMs due,
                           std::int64_t seq);

// ---- epochs ----

std::int64_t present_epoch(Transaction& transaction);
std::int64_t bump_epoch(Transaction& transaction, std::int64_t above);

}  // namespace threadkeep::sql
