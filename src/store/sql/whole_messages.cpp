#include "store/sql/whole_messages.h"

#include <utility>

#include "store/sql/answer_parts.h"

namespace threadkeep::sql {

const ConversationRow& WholeMessages::conversation_of(std::int64_t key) {
  // The rows of a page come in runs of the same conversation.
  const std::int64_t conversation = conversation_of_message(key);
  const auto found = conversations_.find(conversation);
  if (found != conversations_.end()) return found->second;
  return conversations_.emplace(conversation, load_conversation(transaction_, conversation))
      .first->second;
}

Message WholeMessages::whole(MessageRow row) {
  const ConversationRow& conversation = conversation_of(row.key);
  Message& value = row.value;
  value.conversation_id = conversation.value.id;
  add_answer_parts(transaction_.connection, row.key, value);
  const Jumps jumps(transaction_.connection, conversation);
  const Position parent = TreeShape(jumps, conversation.last).parent_of(value.position);
  if (parent != 0) {
    const std::int64_t key = message_key(conversation.key, parent);
    // The parent is nearly always the message that was read just before.
    const auto found = ids_.find(key);
    value.parent_id = found == ids_.end() ? find_message_id(transaction_, key) : found->second;
  }
  ids_.emplace(row.key, value.id);
  return std::move(value);
}

}  // namespace threadkeep::sql
