#include <algorithm>

#include "base/limits.h"
#include "domain/refusals.h"
#include "store/memory/memory_aggregates.h"

namespace threadkeep::memory {
namespace {

// A page that is being filled.
class PageFiller {
 public:
  PageFiller(const Chat& chat, int limit, Deleted deleted)
      : chat_(chat), limit_(limit), deleted_(deleted) {}

  bool has_room() const { return looked_at_ < limit_ && bytes_ < limits::page_bytes; }
  void add(Position position) {
    ++looked_at_;
    if (deleted_ == Deleted::left_out && !chat_.is_live(position)) return;
    page.messages.push_back(chat_.in_tree(position));
    bytes_ += page.messages.back().message.content.size();
  }

  MessagePage page;

 private:
  const Chat& chat_;
  int limit_;
  Deleted deleted_;
  int looked_at_ = 0;
  std::size_t bytes_ = 0;
};

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
    if (row.is_erased || is_same(said_by(row), {message.role, message.content}))
      return Stored<Message>{row, true};
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
                                              std::optional<Position> from, int limit,
                                              Deleted deleted) const {
  const auto found = state_.find_live_chat(user, id);
  if (!found) return tl::unexpected(found.error());
  const Chat& chat = **found;
  Position leaf = chat.head();
  if (head) {
    const auto position = chat.find(*head);
    if (!position) return refusal::not_of_conversation("head");
    leaf = chat.shown_leaf(*position);
  }
  if (from && (*from < 1 || *from > chat.last())) return refusal::page_begins_nowhere();
  PageFiller filler(chat, limit, deleted);
  MessagePage& page = filler.page;
  if (leaf != 0) page.head_id = chat.at(leaf).message.id;
  Position at = from.value_or(leaf);
  for (; at != 0 && filler.has_room(); at = chat.at(at).parent) filler.add(at);
  if (at != 0) page.next = at;
  std::reverse(page.messages.begin(), page.messages.end());
  return std::move(page);
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
  for (Position at = *position; at != 0; at = chat.at(at).parent) {
    if (chat.is_live(at)) messages.push_back(chat.at(at).message);
  }
  std::reverse(messages.begin(), messages.end());
  if (messages.size() > static_cast<std::size_t>(limit))
    messages.erase(messages.begin() + limit, messages.end());
  return messages;
}

Result<MessagePage> MemoryMessages::tree_page(const UserId& user, const ConversationId& id,
                                              Position from, int limit, Deleted deleted) const {
  const auto found = state_.find_live_chat(user, id);
  if (!found) return tl::unexpected(found.error());
  const Chat& chat = **found;
  PageFiller filler(chat, limit, deleted);
  MessagePage& page = filler.page;
  page.head_id = chat.row.head_id;
  Position at = std::max<Position>(from, 1);
  for (; at <= chat.last() && filler.has_room(); ++at) filler.add(at);
  if (at <= chat.last()) page.next = at;
  return std::move(page);
}

Result<MessagePage> MemoryMessages::trash_page(const UserId& user, const ConversationId& id,
                                               Position from, int limit) const {
  const auto found = state_.find_live_chat(user, id);
  if (!found) return tl::unexpected(found.error());
  const Chat& chat = **found;
  MessagePage page;
  page.head_id = chat.row.head_id;
  std::size_t bytes = 0;
  for (Position at = std::max<Position>(from, 1); at <= chat.last(); ++at) {
    const Message& row = chat.at(at).message;
    if (!row.deleted_at || row.is_erased) continue;
    if (page.messages.size() == static_cast<std::size_t>(limit) || bytes >= limits::page_bytes) {
      page.next = at;
      break;
    }
    page.messages.push_back({row, {0, 0, {}}});
    bytes += row.content.size();
  }
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
  PageFiller filler(chat, limit, Deleted::left_out);
  for (const Position child :
       chat.live_children_of(chat.live_at_or_above(chat.at(*position).parent))) {
    if (child < from) continue;
    if (!filler.has_room()) {
      filler.page.next = child;
      break;
    }
    filler.add(child);
  }
  return std::move(filler.page);
}

}  // namespace threadkeep::memory
