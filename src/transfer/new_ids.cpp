#include "transfer/new_ids.h"

#include <variant>

#include "base/derived_id.h"

namespace threadkeep {

ConversationMerge with_new_ids(ConversationMerge merge, const UserId& user) {
  const auto renewed = [&](const Ulid& id) {
    return derive_id(id.time_ms(), {user.bytes(), "anew", id.bytes()});
  };
  merge.conversation.id = renewed(merge.conversation.id);
  if (merge.conversation.head_id) merge.conversation.head_id = renewed(*merge.conversation.head_id);
  for (NewMessage& message : merge.messages) {
    message.id = renewed(message.id);
    message.conversation_id = merge.conversation.id;
    if (const auto* parent = std::get_if<MessageId>(&message.place)) {
      const MessageId renewed_parent = renewed(*parent);
      message.place = renewed_parent;
    }
  }
  return merge;
}

}  // namespace threadkeep
