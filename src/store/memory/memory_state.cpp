#include "store/memory/memory_state.h"

#include <algorithm>

#include "domain/refusals.h"
#include "domain/title.h"

namespace threadkeep::memory {

const std::vector<Position>& Chat::children_of(Position parent) const {
  return parent == 0 ? first_messages : at(parent).children;
}

Position Chat::live_at_or_above(Position position) const {
  while (position != 0 && !is_live(position)) position = at(position).parent;
  return position;
}

std::vector<Position> Chat::live_children_of(Position parent) const {
  std::vector<Position> children;
  for (Position position = 1; position <= last(); ++position) {
    if (is_live(position) && live_at_or_above(at(position).parent) == parent)
      children.push_back(position);
  }
  return children;
}

Position Chat::shown_leaf(Position position) const {
  std::vector<Position> below;
  if (position != 0 && !is_live(position)) {
    for (Position child = position; child <= last(); ++child) {
      Position at_child = at(child).parent;
      while (at_child > position && !is_live(at_child)) at_child = at(at_child).parent;
      if (is_live(child) && at_child == position) below.push_back(child);
    }
    position = below.empty() ? live_at_or_above(position) : below.back();
  }
  for (auto children = live_children_of(position); !children.empty();
       children = live_children_of(position)) {
    position = children.back();
  }
  return position;
}

bool Chat::is_on_path(Position ancestor, Position leaf) const {
  while (leaf != 0 && leaf != ancestor) leaf = at(leaf).parent;
  return leaf != 0;
}

std::optional<Position> Chat::find(const MessageId& id) const {
  // From the end, where the head nearly always is.
  const auto found = std::find_if(nodes.rbegin(), nodes.rend(),
                                  [&](const Node& node) { return node.message.id == id; });
  if (found == nodes.rend()) return std::nullopt;
  return found->message.position;
}

void Chat::set_head(Position position) {
  row.head_id.reset();
  if (position != 0) row.head_id = at(position).message.id;
}

void Chat::title_anew(Conversation& titled) const {
  for (const Node& node : nodes) {
    if (!node.message.deleted_at) title_by(titled, said_by(node.message));
  }
}

Position Chat::head() const { return row.head_id ? find(*row.head_id).value_or(0) : 0; }

MessageInTree Chat::in_tree(Position position) const {
  MessageInTree entry{at(position).message, {}};
  if (!is_live(position)) {
    entry.siblings.count = 0;
    return entry;
  }
  const std::vector<Position> children = live_children_of(live_at_or_above(at(position).parent));
  const auto own = std::find(children.begin(), children.end(), position);
  const SiblingRange near =
      siblings_near(static_cast<std::size_t>(own - children.begin()), children.size());
  entry.siblings.count = static_cast<std::int64_t>(children.size());
  entry.siblings.before = static_cast<std::int64_t>(near.first);
  for (std::size_t i = near.first; i < near.last; ++i)
    entry.siblings.ids.push_back(at(children[i]).message.id);
  return entry;
}

Said said_by(const Message& message) { return {message.role, message.content}; }

Chat* State::find_chat(const UserId& user, const ConversationId& id) {
  Account& account = accounts[user];
  const auto found = account.chat_of.find(id);
  return found == account.chat_of.end() ? nullptr : &account.chats[found->second];
}

Result<Chat*> State::find_live_chat(const UserId& user, const ConversationId& id) {
  Chat* chat = find_chat(user, id);
  if (chat == nullptr) return refusal::no_conversation();
  if (chat->row.deleted_at) return refusal::deleted(chat->row);
  return chat;
}

Result<void> State::check_new_chat(const UserId& user, const ConversationId& id) {
  if (owner_of.contains(id)) return refusal::no_conversation();
  const auto count = static_cast<std::int64_t>(accounts[user].chats.size());
  if (count >= limits.conversations_per_user_max) return refusal::no_room_for_conversation();
  return {};
}

Result<Chat*> State::make_chat(const UserId& user, const NewConversation& created_as) {
  if (const auto checked = check_new_chat(user, created_as.id); !checked) {
    return tl::unexpected(checked.error());
  }
  Account& account = accounts[user];
  owner_of[created_as.id] = user;
  account.chat_of[created_as.id] = account.chats.size();
  Chat& chat = account.chats.emplace_back();
  chat.created_as = created_as;
  chat.row = row_of(created_as, now);
  return &chat;
}

void State::touch(Account& account, Chat& chat) const {
  chat.row.seq = ++account.seq;
  chat.transaction = transaction;
}

Node& State::add(Account& account, Chat& chat, Position parent, const NewMessage& message) const {
  Node node;
  node.parent = parent;
  node.message = row_of(message, now);
  Message& row = node.message;
  row.conversation_id = chat.row.id;
  if (parent != 0) row.parent_id = chat.at(parent).message.id;
  row.position = chat.last() + 1;
  row.seq = ++account.seq;
  node.transaction = transaction;
  (parent == 0 ? chat.first_messages : chat.at(parent).children).push_back(row.position);
  chat.nodes.push_back(std::move(node));
  const auto index = static_cast<std::size_t>(&chat - account.chats.data());
  account.spot_of[message.id] = Spot{index, chat.last()};
  ++chat.row.message_count;
  title_by(chat.row, said_by(chat.nodes.back().message));
  return chat.nodes.back();
}

Result<void> State::check_room(const Chat& chat, std::size_t messages) const {
  if (chat.last() + static_cast<std::int64_t>(messages) > limits.messages_per_conversation_max) {
    return refusal::conversation_full();
  }
  return {};
}

Result<Position> State::find_parent(const Account& account, const Chat& chat,
                                    const NewMessage& message) const {
  if (std::holds_alternative<AsRoot>(message.place)) return 0;
  if (std::holds_alternative<UnderHead>(message.place)) return chat.head();
  const MessageId& parent = std::get<MessageId>(message.place);
  if (parent == message.id) return refusal::own_parent();
  const auto spot = account.spot_of.find(parent);
  if (spot == account.spot_of.end()) return refusal::no_parent();
  if (&account.chats[spot->second.chat] != &chat) return refusal::parent_of_other_conversation();
  return spot->second.position;
}

void State::unmake_newest_chat(const UserId& user) {
  Account& account = accounts[user];
  const ConversationId id = account.chats.back().row.id;
  owner_of.erase(id);
  account.chat_of.erase(id);
  account.chats.pop_back();
}

void State::erase(Chat& chat) const {
  for (Node& node : chat.nodes) {
    erase_words(node.message, now);
    node.parts.clear();
  }
  erase_words(chat.row);
  chat.erased_at = now;
}

}  // namespace threadkeep::memory
