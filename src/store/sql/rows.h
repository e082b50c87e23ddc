// The rows of users, conversations and messages, and the numbers that stand for words in them.
// Inside src/store/sql.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ensure.h"
#include "domain/conversation.h"
#include "domain/live_tree.h"
#include "domain/message.h"
#include "domain/preset.h"
#include "domain/tree_shape.h"
#include "store/sql/driver.h"
#include "store/sql/query.h"
#include "store/store_limits.h"

namespace threadkeep::sql {

// ---- keys ----

inline constexpr int conversation_bits = 20;
inline constexpr int position_bits = 23;
inline constexpr std::int64_t users_max = (1 << 20) - 1;

inline std::int64_t conversation_key(std::int64_t user, std::int64_t conversation) {
  return user << conversation_bits | conversation;
}
inline std::int64_t user_of_conversation(std::int64_t key) { return key >> conversation_bits; }
inline std::int64_t message_key(std::int64_t conversation, Position position) {
  return conversation << position_bits | position;
}
inline std::int64_t conversation_of_message(std::int64_t key) { return key >> position_bits; }
// The keys of all messages of a user lie between.
inline std::int64_t first_message_key(std::int64_t user) {
  return message_key(conversation_key(user, 0), 0);
}
inline std::int64_t last_message_key(std::int64_t user) { return first_message_key(user + 1) - 1; }
inline Position position_of_message(std::int64_t key) {
  return key & ((std::int64_t{1} << position_bits) - 1);
}

// ---- one transaction ----

// The numbers of the users that a connection has met. A number never changes once it is committed;
// after a rollback the engine forgets them all.
using UserNumbers = std::unordered_map<UserId, std::int64_t>;

// A user's commit sequence after a transaction.
struct Moved {
  UserId user;
  std::int64_t seq = 0;  // 0: it has not moved, but an unfinished answer was written on
};

struct Transaction {
  Connection& connection;
  UserNumbers& users;
  const StoreLimits& limits;
  UnixMs now;                     // the time of the commit
  bool has_erased = false;        // the engine shall leave no trace of what was there
  std::vector<Moved> moved = {};  // in the order of taking; to be told after the commit
};

// ---- users ----

// The number of a user who has written something.
std::optional<std::int64_t> find_user(Transaction& transaction, const UserId& user);
// The same, and made if needed. Fails: storage_full when there are as many as keys have room for.
Result<std::int64_t> find_or_make_user(Transaction& transaction, const UserId& user);
// Numbers of a commit sequence, given to the rows of one transaction in order.
class SeqRange {
 public:
  SeqRange(std::int64_t first, std::int64_t last) : next_(first), last_(last) {}
  std::int64_t take() {
    ensure(next_ <= last_, "a transaction takes no more numbers than it said");
    return next_++;
  }
  // How many come after the one that was taken last.
  std::int64_t rest() const { return last_ - next_ + 1; }

 private:
  std::int64_t next_;
  std::int64_t last_;
};

// Where several processes write: keeps the others from this user's rows until the commit, and lets
// the statements that follow see what they did. Users are locked in the order of their numbers.
void lock_user(Transaction& transaction, std::int64_t user);
// The same for what can as well be done later: false when somebody else has locked the user. Nobody
// is waited for, so that what goes through many users holds up none of them.
bool lock_user_if_free(Transaction& transaction, std::int64_t user);
// Takes the next `count` numbers of the user's commit sequence. The last thing before the rows are
// written: it locks the user until the commit, so that who reads the sequence reads them all.
SeqRange take_seq(Transaction& transaction, std::int64_t user, std::int64_t count);

// ---- conversations ----

enum class State : std::uint8_t { live, trash, erased };

struct ConversationRow {
  std::int64_t key = 0;
  State state = State::live;
  Position last = 0;  // of its messages; 0: none
  std::int64_t jumps = 0;
  Position head = 0;  // 0: none
  Conversation value;

  std::int64_t user() const { return user_of_conversation(key); }
  // Of a live one: whether messages were deleted alone.
  bool has_deleted() const { return value.message_count != last; }
};

// The columns that read_conversation expects, first and in this order.
inline constexpr std::string_view conversation_columns =
    "key, id, seq, rev, state, is_archived, is_pinned, title_source, created_at, updated_at, "
    "deleted_at, last_position, message_count, head_position, head_id, title, model, folder, tags, "
    "metadata, jump_count, is_unread, settings";
ConversationRow read_conversation(const Query& query);

std::optional<ConversationRow> find_conversation_row(Transaction& transaction, const UserId& user,
                                                     const ConversationId& id);
// The conversation of this key, which is there.
ConversationRow load_conversation(Transaction& transaction, std::int64_t key);
// Fails: not_found, conversation_deleted.
Result<ConversationRow> find_live_conversation(Transaction& transaction, const UserId& user,
                                               const ConversationId& id);
// Makes an empty one in memory, with its key. Fails: not_found (the id is another user's),
// too_large. Its row is written by insert_conversation.
Result<ConversationRow> make_conversation(Transaction& transaction, const UserId& user,
                                          const NewConversation& created_as);
void insert_conversation(Transaction& transaction, const ConversationRow& row,
                         const NewConversation& created_as);
// Whether it was created with the same title, model, metadata and settings.
bool is_created_as(Transaction& transaction, const ConversationRow& row,
                   const NewConversation& conversation);
// Writes everything that can change.
void update_conversation_row(Transaction& transaction, const ConversationRow& row);
// Writes what an append changes: seq, updated_at, positions, count, head, title and model, and that
// the head was edited now.
void update_conversation_head(Transaction& transaction, const ConversationRow& row);
void replace_tags(Transaction& transaction, const ConversationRow& row);
EditTimes load_edit_times(Transaction& transaction, std::int64_t key);
void save_edit_times(Transaction& transaction, std::int64_t key, const EditTimes& times);

// ---- presets ----

inline constexpr int preset_bits = 20;

struct PresetRow {
  std::int64_t key = 0;  // the user's number and one among the user's presets
  Preset value;
};

inline constexpr std::string_view preset_columns =
    "key, id, seq, rev, created_at, updated_at, deleted_at, name, settings";
PresetRow read_preset(const Query& query);

// ---- messages ----

enum class MessageState : std::uint8_t { live, trash, erased, erased_with_all };

struct MessageRow {
  std::int64_t key = 0;
  std::int64_t seq_rest = 0;
  Message value;  // without conversation_id and parent_id
};

inline constexpr std::string_view message_columns =
    "key, id, seq, role, status, created_at, deleted_at, token_count, model, usage, error, "
    "metadata, content, seq_rest, state";
MessageRow read_message(const Query& query);

// The key of a user's message.
std::optional<std::int64_t> find_message_key(Transaction& transaction, std::int64_t user,
                                             const MessageId& id);
// The position of a message of this conversation.
std::optional<Position> find_position(Transaction& transaction, const ConversationRow& row,
                                      const MessageId& id);
// Of the messages that were deleted alone, ascending.
std::vector<Position> find_deleted(Transaction& transaction, const ConversationRow& row);
std::optional<MessageId> find_message_id(Transaction& transaction, std::int64_t key);
// Whole, with conversation_id and parent_id. The row is there.
Message load_message(Transaction& transaction, const ConversationRow& row, Position position);
Role role_of_message(Transaction& transaction, std::int64_t key);
bool is_erased_message(Transaction& transaction, std::int64_t key);
// Whether the message says the same.
bool is_same_message(Transaction& transaction, std::int64_t key, const Said& said);

// Adds messages at the end of one conversation. The numbers of the commit sequence were taken.
class Adder {
 public:
  Adder(Transaction& transaction, ConversationRow& row, SeqRange numbers)
      : transaction_(transaction), row_(row), numbers_(numbers) {}

  // `parent_id` is the id at `parent`, or nothing for a first message. Counts it in the row in
  // memory and gives that its title; the head stays.
  Message add(Position parent, const std::optional<MessageId>& parent_id,
              const NewMessage& message);
  // For the conversation, which comes last.
  std::int64_t next_seq() { return numbers_.take(); }

 private:
  Transaction& transaction_;
  ConversationRow& row_;
  SeqRange numbers_;
};

// Fails: too_large.
Result<void> check_room(const Transaction& transaction, const ConversationRow& row,
                        std::int64_t messages);

// ---- jumps ----

class Jumps final : public JumpIndex {
 public:
  Jumps(Connection& connection, const ConversationRow& row)
      : connection_(connection), base_(message_key(row.key, 0)), has_none_(row.jumps == 0) {}
  std::optional<Jump> last_at_or_before(Position position) const override;
  std::optional<Jump> first_at_or_after(Position position) const override;
  std::vector<Position> children_of(Position parent) const override;
  std::optional<Position> first_parent_at_or_after(Position position) const override;

 private:
  Connection& connection_;
  std::int64_t base_;
  bool has_none_;
};

// The tree of a live conversation as it is shown, as it is in the database now.
class ShownTree {
 public:
  ShownTree(Transaction& transaction, const ConversationRow& row)
      : jumps_(transaction.connection, row),
        tree_(jumps_, row.last, find_deleted(transaction, row)) {}
  ShownTree(const ShownTree&) = delete;
  ShownTree& operator=(const ShownTree&) = delete;

  const LiveTree* operator->() const { return &tree_; }

 private:
  Jumps jumps_;
  LiveTree tree_;
};

}  // namespace threadkeep::sql
