#include <string>

#include "domain/refusals.h"
#include "domain/title.h"
#include "store/sql/answer_parts.h"
#include "store/sql/rows.h"
#include "store/sql/terms.h"

namespace threadkeep::sql {
namespace {

static_assert(static_cast<int>(Role::user) == 0 && static_cast<int>(Role::assistant) == 1 &&
                  static_cast<int>(Role::system) == 2 && static_cast<int>(Role::tool) == 3,
              "role is stored as this number");
static_assert(static_cast<int>(MessageStatus::complete) == 0 &&
                  static_cast<int>(MessageStatus::reserved) == 1 &&
                  static_cast<int>(MessageStatus::streaming) == 2 &&
                  static_cast<int>(MessageStatus::cancelled) == 3 &&
                  static_cast<int>(MessageStatus::interrupted) == 4 &&
                  static_cast<int>(MessageStatus::error) == 5,
              "status is stored as this number");

const std::string find_key_sql =
    "SELECT key FROM messages WHERE " + term::user_of_message + " = $1 AND id = $2";
const std::string find_deleted_sql = "SELECT key FROM messages WHERE " +
                                     term::conversation_of_message + " = $1 AND " +
                                     term::is_deleted_alone + " ORDER BY key";
const std::string load_message_sql =
    "SELECT " + std::string(message_columns) + " FROM messages WHERE key = $1";

}  // namespace

MessageRow read_message(const Query& query) {
  MessageRow row;
  Message& value = row.value;
  row.key = query.integer(0);
  value.position = position_of_message(row.key);
  value.id = query.ulid(1);
  value.seq = query.integer(2);
  value.role = static_cast<Role>(query.integer(3));
  value.status = static_cast<MessageStatus>(query.integer(4));
  value.created_at = query.integer(5);
  value.deleted_at = query.optional_integer(6);
  value.token_count = query.optional_integer(7);
  value.model = query.optional_text(8);
  value.usage = query.optional_text(9);
  value.error = query.optional_text(10);
  value.metadata = query.text(11);
  value.content = query.text(12);
  row.seq_rest = query.integer(13);
  value.is_erased = query.integer(14) >= static_cast<int>(MessageState::erased);
  return row;
}

std::optional<std::int64_t> find_message_key(Transaction& transaction, std::int64_t user,
                                             const MessageId& id) {
  Query query(transaction.connection, find_key_sql, user, id);
  if (!query.next()) return std::nullopt;
  return query.integer(0);
}

std::optional<Position> find_position(Transaction& transaction, const ConversationRow& row,
                                      const MessageId& id) {
  // By far the most frequent question: it needs no look into the index.
  if (id == row.value.head_id) return row.head;
  const auto key = find_message_key(transaction, row.user(), id);
  if (!key || conversation_of_message(*key) != row.key) return std::nullopt;
  return position_of_message(*key);
}

std::vector<Position> find_deleted(Transaction& transaction, const ConversationRow& row) {
  std::vector<Position> positions;
  if (!row.has_deleted()) return positions;
  Query query(transaction.connection, find_deleted_sql, row.key);
  while (query.next()) positions.push_back(position_of_message(query.integer(0)));
  return positions;
}

std::optional<MessageId> find_message_id(Transaction& transaction, std::int64_t key) {
  Query query(transaction.connection, "SELECT id FROM messages WHERE key = $1", key);
  if (!query.next()) return std::nullopt;
  return query.ulid(0);
}

Message load_message(Transaction& transaction, const ConversationRow& row, Position position) {
  const std::int64_t key = message_key(row.key, position);
  Query query(transaction.connection, load_message_sql, key);
  query.next();
  Message message = read_message(query).value;
  message.conversation_id = row.value.id;
  // What a running answer has said stands in its parts, not in its row.
  add_answer_parts(transaction.connection, key, message);
  const Jumps jumps(transaction.connection, row);
  const Position parent = TreeShape(jumps, row.last).parent_of(position);
  if (parent != 0) message.parent_id = find_message_id(transaction, message_key(row.key, parent));
  return message;
}

Role role_of_message(Transaction& transaction, std::int64_t key) {
  Query query(transaction.connection, "SELECT role FROM messages WHERE key = $1", key);
  query.next();
  return static_cast<Role>(query.integer(0));
}

bool is_erased_message(Transaction& transaction, std::int64_t key) {
  Query query(transaction.connection, "SELECT deleted_at, state FROM messages WHERE key = $1", key);
  return query.next() && !query.is_null(0) &&
         query.integer(1) >= static_cast<int>(MessageState::erased);
}

bool is_same_message(Transaction& transaction, std::int64_t key, const Said& said) {
  Query query(transaction.connection, "SELECT role, status, content FROM messages WHERE key = $1",
              key);
  if (!query.next()) return false;
  Message stored;
  stored.role = static_cast<Role>(query.integer(0));
  if (stored.role != said.role) return false;
  stored.status = static_cast<MessageStatus>(query.integer(1));
  stored.content = query.text(2);
  // Of an answer that is being written, what has come so far counts.
  add_answer_parts(transaction.connection, key, stored);
  return is_same({stored.role, stored.content}, said);
}

Message Adder::add(Position parent, const std::optional<MessageId>& parent_id,
                   const NewMessage& message) {
  ensure(parent >= 0 && parent <= row_.last, "a message answers one that is before it");
  ensure(row_.last < limits::messages_per_conversation_max, "a position has room in its key");
  Message row = row_of(message, transaction_.now);
  row.conversation_id = row_.value.id;
  row.parent_id = parent_id;
  row.position = row_.last + 1;
  row.seq = numbers_.take();
  const std::int64_t key = message_key(row_.key, row.position);
  Query(transaction_.connection,
        "INSERT INTO messages (key, id, seq, role, status, created_at, deleted_at, token_count, "
        "model, usage, error, metadata, content, seq_rest) VALUES ($1, $2, $3, $4, $5, $6, NULL, "
        "$7, $8, $9, $10, $11, $12, $13)",
        key, row.id, row.seq, static_cast<int>(row.role), static_cast<int>(row.status),
        row.created_at, row.token_count, row.model, row.usage, row.error, row.metadata, row.content,
        numbers_.rest())
      .run();
  // A straight conversation has no jumps: only a parent that is not the message before costs a row.
  if (parent != row.position - 1) {
    Query(transaction_.connection, "INSERT INTO jumps (child, parent) VALUES ($1, $2)", key,
          message_key(row_.key, parent))
        .run();
    ++row_.jumps;
  }
  row_.last = row.position;
  ++row_.value.message_count;
  // The first question makes the title, where nobody has given one.
  title_by(row_.value, {row.role, row.content});
  return row;
}

Result<void> check_room(const Transaction& transaction, const ConversationRow& row,
                        std::int64_t messages) {
  if (row.last + messages > transaction.limits.messages_per_conversation_max) {
    return refusal::conversation_full();
  }
  return {};
}

// Keys of one conversation are contiguous: a range of them is a range of its positions.
// `has_none_`: nearly every conversation, and then nothing is read.
std::optional<Jump> Jumps::last_at_or_before(Position position) const {
  if (has_none_) return std::nullopt;
  Query query(connection_,
              "SELECT child, parent FROM jumps WHERE child BETWEEN $1 AND $2 ORDER BY child DESC "
              "LIMIT 1",
              base_, base_ + position);
  if (!query.next()) return std::nullopt;
  return Jump{query.integer(0) - base_, query.integer(1) - base_};
}

std::optional<Jump> Jumps::first_at_or_after(Position position) const {
  if (has_none_) return std::nullopt;
  Query query(connection_,
              "SELECT child, parent FROM jumps WHERE child BETWEEN $1 AND $2 ORDER BY child LIMIT "
              "1",
              base_ + position, base_ + limits::messages_per_conversation_max);
  if (!query.next()) return std::nullopt;
  return Jump{query.integer(0) - base_, query.integer(1) - base_};
}

std::vector<Position> Jumps::children_of(Position parent) const {
  if (has_none_) return {};
  Query query(connection_, "SELECT child FROM jumps WHERE parent = $1 ORDER BY child",
              base_ + parent);
  std::vector<Position> children;
  while (query.next()) children.push_back(query.integer(0) - base_);
  return children;
}

std::optional<Position> Jumps::first_parent_at_or_after(Position position) const {
  if (has_none_) return std::nullopt;
  Query query(connection_,
              "SELECT parent FROM jumps WHERE parent BETWEEN $1 AND $2 ORDER BY parent LIMIT 1",
              base_ + position, base_ + limits::messages_per_conversation_max);
  if (!query.next()) return std::nullopt;
  return query.integer(0) - base_;
}

}  // namespace threadkeep::sql
