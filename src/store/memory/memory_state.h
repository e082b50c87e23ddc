// MemoryStore's rows and its rules, written to be obviously right rather than fast: every message
// knows its parent and its children, and every rule is a walk over them. Inside src/store/memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ulid.h"
#include "store/operation_rules.h"
#include "store/store.h"

namespace threadkeep::memory {

struct Node {
  struct Part {
    std::string text;
    std::string closing;
  };
  Message message;                     // its content is what the parts give
  std::map<std::int64_t, Part> parts;  // of an unfinished answer
  std::int64_t transaction = 0;        // the one that gave the row its seq
  UnixMs deletion_edited_at = 0;       // when its deleting or restoring was last asked for
  Position parent = 0;                 // 0: none
  std::vector<Position> children;
};

struct Chat {
  Conversation row;
  std::int64_t transaction = 0;  // the one that gave the row its seq
  NewConversation created_as;
  EditTimes edit_times;
  UnixMs erased_at = 0;
  bool is_forgotten = false;  // nothing leads here any more
  std::vector<Node> nodes;    // nodes[position - 1]
  std::vector<Position> first_messages;

  Node& at(Position position) { return nodes[static_cast<std::size_t>(position - 1)]; }
  const Node& at(Position position) const { return nodes[static_cast<std::size_t>(position - 1)]; }
  Position last() const { return static_cast<Position>(nodes.size()); }
  const std::vector<Position>& children_of(Position parent) const;
  bool is_live(Position position) const { return !at(position).message.deleted_at; }
  // As in LiveTree.
  Position live_at_or_above(Position position) const;
  std::vector<Position> live_children_of(Position parent) const;
  Position shown_leaf(Position position) const;
  bool is_on_path(Position ancestor, Position leaf) const;
  std::optional<Position> find(const MessageId& id) const;
  Position head() const;  // 0: none
  void set_head(Position position);
  // Gives an untitled one the words of a question that it has.
  void title_anew(Conversation& titled) const;
  MessageInTree in_tree(Position position) const;
};

struct Spot {
  std::size_t chat = 0;
  Position position = 0;
};

struct RanOperation {
  UnixMs ran_at = 0;
  std::string digest;
};

struct PresetNode {
  KeptPreset kept;
  std::int64_t transaction = 0;  // the one that gave the row its seq
};

struct Account {
  std::int64_t seq = 0;
  std::int64_t told_seq = 0;   // to the commit listener
  bool is_written_on = false;  // an unfinished answer, and the listener was not told
  std::int64_t min_seq = 0;
  std::map<std::int64_t, std::int64_t> epoch_starts;
  std::map<Ulid, RanOperation> operations;
  std::map<std::string, EnteredVendor> vendors;
  std::vector<Chat> chats;  // in the order of their making
  std::map<ConversationId, std::size_t> chat_of;
  std::map<MessageId, Spot> spot_of;
  std::map<std::string, PresetNode> presets;
};

// All that is stored. The mutex of the store is held around every call.
struct State {
  State(UlidMaker& maker, const StoreLimits& store_limits) : ids(maker), limits(store_limits) {}

  Chat* find_chat(const UserId& user, const ConversationId& id);
  Result<Chat*> find_live_chat(const UserId& user, const ConversationId& id);
  Result<void> check_new_chat(const UserId& user, const ConversationId& id);
  Result<Chat*> make_chat(const UserId& user, const NewConversation& created_as);
  void unmake_newest_chat(const UserId& user);
  void touch(Account& account, Chat& chat) const;
  Node& add(Account& account, Chat& chat, Position parent, const NewMessage& message) const;
  Result<void> check_room(const Chat& chat, std::size_t messages) const;
  Result<Position> find_parent(const Account& account, const Chat& chat,
                               const NewMessage& message) const;
  void erase(Chat& chat) const;

  UlidMaker& ids;
  const StoreLimits limits;
  UnixMs now = 0;  // the time of the commit
  std::map<UserId, Account> accounts;
  std::map<ConversationId, UserId> owner_of;
  std::optional<UserId> local_user;
  std::optional<ClockNote> clock_note;
  std::int64_t transaction = 0;  // of the change feed: one for each operation
  std::vector<std::int64_t> epochs{1};
};

Said said_by(const Message& message);

}  // namespace threadkeep::memory
