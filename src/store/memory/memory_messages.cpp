#include <algorithm>

#include "base/limits.h"
#include "domain/refusals.h"
#include "store/memory/memory_aggregates.h"

namespace threadkeep::memory {
namespace {

bool has_room(const MessagePage& page, int limit) {
  std::size_t bytes = 0;
  for (const MessageInTree& entry : page.messages) bytes += entry.message.content.size();
  return page.messages.size() < static_cast<std::size_t>(limit) && bytes < limits::page_bytes;
}

}  // namespace

Result<Stored<Message>> MemoryMessages::run(const UserId& user, const NewMessage& message) {
  ++state_.transaction;
  Chat* chat = state_.find_chat(user, message.conversation_id);
  if (chat == nullptr) return refusal::no_conversation();
  Account& account = state_.accounts[user];
  const auto known = account.spot_of.find(message.id);
  if (known != account.spot_of.end() && !chat->row.is_erased &&
      &account.chats[known->second.chat] == chat) {
    const Message& row = chat->at(known->second.position).message;
    if (is_same(said_by(row), {message.role, message.content})) return Stored<Message>{row, true};
  }
  if (chat->row.deleted_at) return refusal::deleted(chat->row);
  if (known != account.spot_of.end()) return refusal::message_made_otherwise();
  const auto parent = state_.find_parent(account, *chat, message);
  if (!parent) return tl::unexpected(parent.error());
  if (const auto room = state_.check_room(*chat, 1); !room) return tl::unexpected(room.error());
  const UnixMs now = state_.now;
  const Message row = state_.add(account, *chat, *parent, message).message;
  chat->row.head_id = row.id;
  chat->edit_times.head = now;
  chat->row.updated_at = now;
  state_.touch(account, *chat);
  return Stored<Message>{row, false};
}

Result<Message> MemoryMessages::find(const UserId& user, const MessageId& id) const {
  const Account& account = state_.accounts[user];
  const auto spot = account.spot_of.find(id);
  if (spot == account.spot_of.end() || account.chats[spot->second.chat].row.is_erased) {
    return refusal::no_message();
  }
  return account.chats[spot->second.chat].at(spot->second.position).message;
}

Result<MessagePage> MemoryMessages::path_page(const UserId& user, const ConversationId& id,
                                              const std::optional<MessageId>& head,
                                              std::optional<Position> from, int limit) const {
  const auto found = state_.find_live_chat(user, id);
  if (!found) return tl::unexpected(found.error());
  const Chat& chat = **found;
  Position leaf = chat.head();
  if (head) {
    const auto position = chat.find(*head);
    if (!position) return refusal::not_of_conversation("head");
    leaf = chat.newest_leaf_below(*position);
  }
  if (from && (*from < 1 || *from > chat.last())) return refusal::page_begins_nowhere();
  MessagePage page;
  if (leaf != 0) page.head_id = chat.at(leaf).message.id;
  Position at = from.value_or(leaf);
  for (; at != 0 && has_room(page, limit); at = chat.at(at).parent)
    page.messages.push_back(chat.in_tree(at));
  if (at != 0) page.next = at;
  std::reverse(page.messages.begin(), page.messages.end());
  return page;
}

Result<std::vector<Message>> MemoryMessages::path_start(const UserId& user,
                                                        const ConversationId& id,
                                                        const MessageId& end, int limit) const {
  const auto found = state_.find_live_chat(user, id);
  if (!found) return tl::unexpected(found.error());
  const Chat& chat = **found;
  const auto position = chat.find(end);
  if (!position)
    return fail(Errc::invalid_field, "The path ends at no message of this conversation.");
  std::vector<Message> messages;
  for (Position at = *position; at != 0; at = chat.at(at).parent)
    messages.push_back(chat.at(at).message);
  std::reverse(messages.begin(), messages.end());
  if (messages.size() > static_cast<std::size_t>(limit))
    messages.erase(messages.begin() + limit, messages.end());
  return messages;
}

Result<MessagePage> MemoryMessages::tree_page(const UserId& user, const ConversationId& id,
                                              Position from, int limit) const {
  const auto found = state_.find_live_chat(user, id);
  if (!found) return tl::unexpected(found.error());
  const Chat& chat = **found;
  MessagePage page;
  page.head_id = chat.row.head_id;
  Position at = std::max<Position>(from, 1);
  for (; at <= chat.last() && has_room(page, limit); ++at)
    page.messages.push_back(chat.in_tree(at));
  if (at <= chat.last()) page.next = at;
  return page;
}

Result<MessagePage> MemoryMessages::sibling_page(const UserId& user, const ConversationId& id,
                                                 const MessageId& of, Position from,
                                                 int limit) const {
  const auto found = state_.find_live_chat(user, id);
  if (!found) return tl::unexpected(found.error());
  const Chat& chat = **found;
  const auto position = chat.find(of);
  if (!position) return refusal::not_of_conversation("siblingsOf");
  MessagePage page;
  for (const Position child : chat.children_of(chat.at(*position).parent)) {
    if (child < from) continue;
    if (!has_room(page, limit)) {
      page.next = child;
      break;
    }
    page.messages.push_back(chat.in_tree(child));
  }
  return page;
}

}  // namespace threadkeep::memory
