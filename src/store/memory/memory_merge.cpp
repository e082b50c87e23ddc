#include <algorithm>
#include <set>

#include "domain/refusals.h"
#include "store/memory/memory_aggregates.h"
#include "store/operation_rules.h"

namespace threadkeep::memory {

Result<void> MemoryConversations::check_merge(const Account& account, const Chat* chat,
                                              const ConversationMerge& merge) const {
  std::set<MessageId> here;
  if (chat != nullptr) {
    for (const Node& node : chat->nodes) here.insert(node.message.id);
  }
  for (const NewMessage& message : merge.messages) {
    const auto spot = account.spot_of.find(message.id);
    if (spot != account.spot_of.end() && !here.contains(message.id)) {
      return refusal::message_of_other_conversation();
    }
    const auto* parent = std::get_if<MessageId>(&message.place);
    const bool is_root = std::holds_alternative<AsRoot>(message.place);
    if (!is_root && (parent == nullptr || !here.contains(*parent))) {
      return refusal::answers_none_before();
    }
    here.insert(message.id);
  }
  if (merge.conversation.head_id && !here.contains(*merge.conversation.head_id)) {
    return refusal::not_of_conversation("headId");
  }
  if (static_cast<std::int64_t>(here.size()) > state_.limits.messages_per_conversation_max) {
    return refusal::conversation_full();
  }
  return {};
}

Result<Merged> MemoryConversations::run(const UserId& user, const ConversationMerge& merge) {
  ++state_.transaction;
  const Conversation& source = merge.conversation;
  Account& account = state_.accounts[user];
  Chat* chat = state_.find_chat(user, source.id);
  Merged merged;
  merged.conversation_was_there = chat != nullptr;
  if (chat != nullptr && chat->row.deleted_at) {
    merged.is_erased = chat->row.is_erased;
    merged.is_in_trash = true;
    return merged;
  }
  if (chat == nullptr) {
    const auto checked = state_.check_new_chat(user, source.id);
    if (!checked) return tl::unexpected(checked.error());
  }
  if (const auto checked = check_merge(account, chat, merge); !checked) {
    return tl::unexpected(checked.error());
  }
  const UnixMs now = state_.now;
  if (chat == nullptr) {
    const auto made = state_.make_chat(user, creation_of(source));
    if (!made) return tl::unexpected(made.error());
    chat = *made;
    take_over(chat->row, source);
  }
  const Position old_head = chat->head();
  for (const NewMessage& message : merge.messages) {
    if (account.spot_of.contains(message.id)) {
      ++merged.messages_already_here;
      if (!chat->is_live(account.spot_of[message.id].position)) ++merged.messages_deleted;
      continue;
    }
    const auto* parent = std::get_if<MessageId>(&message.place);
    state_.add(account, *chat, parent == nullptr ? 0 : account.spot_of[*parent].position, message);
    ++merged.messages_added;
  }
  if (merged.conversation_was_there && merged.messages_added == 0) return merged;
  // The head goes forward with the source, and stays where the user went on another way.
  if (!merge.messages.empty()) {
    const MessageId& tip = tip_of(merge);
    const Position tip_position = account.spot_of[tip].position;
    const bool is_forward = chat->is_live(tip_position) && chat->is_on_path(old_head, tip_position);
    if (old_head == 0 || is_forward) {
      chat->set_head(chat->is_live(tip_position) ? tip_position : chat->shown_leaf(tip_position));
      if (merged.conversation_was_there) chat->edit_times.head = now;
    }
  }
  chat->row.updated_at = std::max(chat->row.updated_at, source.updated_at);
  state_.touch(account, *chat);
  return merged;
}

}  // namespace threadkeep::memory
