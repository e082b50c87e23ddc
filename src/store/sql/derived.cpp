#include "store/sql/derived.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "store/sql/answer_parts.h"
#include "store/sql/terms.h"

namespace threadkeep::sql {
namespace {

constexpr std::int64_t rows_per_comparison = 200;

const std::string changed_messages_sql = "SELECT " + std::string(message_columns) +
                                         " FROM messages WHERE " + term::user_of_message +
                                         " = $1 AND seq > $2 ORDER BY seq LIMIT $3";
const std::string changed_conversations_sql =
    "SELECT " + std::string(conversation_columns) + " FROM conversations WHERE " +
    term::user_of_conversation + " = $1 AND seq > $2 ORDER BY seq LIMIT $3";
const std::string rows_after_sql =
    "SELECT " + std::string(message_columns) + " FROM messages WHERE " + term::user_of_message +
    " = $1 AND seq > $2 AND deleted_at IS NULL ORDER BY seq LIMIT $3";
const std::string unfinished_sql =
    "SELECT " + std::string(message_columns) + " FROM messages WHERE " + term::is_unfinished +
    " AND " + term::user_of_message +
    " = $1 AND seq <= $2 AND deleted_at IS NULL ORDER BY seq LIMIT $3";
const std::string messages_in_order_sql =
    "SELECT " + std::string(message_columns) +
    " FROM messages WHERE key > $1 AND key <= $2 ORDER BY key LIMIT $3";

const std::string is_ahead_sql =
    "SELECT (SELECT count(*) FROM messages WHERE key = $1 AND seq > $3) + (SELECT count(*) FROM "
    "conversations WHERE key = $2 AND seq > $3 AND " +
    term::is_erased + ")";

std::vector<MessageRow> read_messages(Connection& connection, const std::string& sql,
                                      std::int64_t first, std::int64_t second, std::int64_t limit) {
  std::vector<MessageRow> rows;
  Query query(connection, sql, first, second, limit);
  while (query.next()) rows.push_back(read_message(query));
  for (MessageRow& row : rows) {
    if (is_final(row.value.status)) add_answer_parts(connection, row.key, row.value);
  }
  return rows;
}

void save_position(Connection& connection, const Derived& derived, std::int64_t user,
                   std::int64_t seq) {
  Query(connection,
        "INSERT INTO derived_positions (owner, name, seq) VALUES ($1, $2, $3) ON CONFLICT (owner, "
        "name) DO UPDATE SET seq = excluded.seq",
        user, derived.name(), seq)
      .run();
}

std::int64_t latest_seq(Connection& connection, std::int64_t user) {
  Query query(connection, "SELECT seq FROM users WHERE number = $1", user);
  return query.next() ? query.integer(0) : 0;
}

bool has_rows(const MessageRow& row) {
  return !row.value.deleted_at && row.value.status != MessageStatus::reserved &&
         row.value.status != MessageStatus::streaming;
}

// A slice of the user's messages by key, and the range that it speaks for.
struct Slice {
  KeyRange range;
  std::vector<MessageRow> messages;  // those that have rows
  std::size_t looked_at = 0;
  bool is_last = false;
};

Slice read_slice(Connection& connection, std::int64_t user, std::int64_t after_key,
                 std::int64_t rows_max) {
  const KeyRange all = keys_of_user(user);
  Slice slice;
  slice.messages = read_messages(connection, messages_in_order_sql, after_key, all.last, rows_max);
  slice.looked_at = slice.messages.size();
  slice.is_last = static_cast<std::int64_t>(slice.looked_at) < rows_max;
  slice.range = {after_key + 1, slice.is_last ? all.last : slice.messages.back().key};
  const auto has_none = [](const MessageRow& row) { return !has_rows(row); };
  slice.messages.erase(std::remove_if(slice.messages.begin(), slice.messages.end(), has_none),
                       slice.messages.end());
  return slice;
}

// Whether the follower has yet to look at the message, or to hear that its conversation was erased.
bool is_ahead(Connection& connection, std::int64_t key, std::int64_t position) {
  Query query(connection, is_ahead_sql, key, conversation_of_message(key), position);
  return query.next() && query.integer(0) > 0;
}

}  // namespace

KeyRange keys_of_user(std::int64_t user) {
  return {first_message_key(user), last_message_key(user)};
}

std::optional<std::int64_t> derived_position(Connection& connection, const Derived& derived,
                                             std::int64_t user) {
  Query query(connection, "SELECT seq FROM derived_positions WHERE owner = $1 AND name = $2", user,
              derived.name());
  if (!query.next()) return std::nullopt;
  return query.integer(0);
}

bool catch_up(Transaction& transaction, const Derived& derived, std::int64_t user,
              std::int64_t rows_max) {
  Connection& connection = transaction.connection;
  auto position = derived_position(connection, derived, user);
  if (!position) {
    // No position is a table that was never filled, or is to be filled anew: what it holds counts
    // for nothing.
    derived.remove(connection, keys_of_user(user));
    position = 0;
  }
  const std::int64_t latest = latest_seq(connection, user);
  const auto messages = read_messages(connection, changed_messages_sql, user, *position, rows_max);
  std::vector<ConversationRow> conversations;
  {
    Query query(connection, changed_conversations_sql, user, *position, rows_max);
    while (query.next()) conversations.push_back(read_conversation(query));
  }
  // Where one of the two lists was cut, nothing after its end is known to be complete.
  std::int64_t up_to = latest;
  if (static_cast<std::int64_t>(messages.size()) == rows_max) {
    up_to = std::min(up_to, messages.back().value.seq);
  }
  if (static_cast<std::int64_t>(conversations.size()) == rows_max) {
    up_to = std::min(up_to, conversations.back().value.seq);
  }
  for (const MessageRow& message : messages) {
    if (message.value.seq > up_to) break;
    if (has_rows(message)) {
      derived.put(connection, message);
    } else {
      derived.remove(connection, {message.key, message.key});
    }
  }
  // After the messages: what was erased goes, whatever else the slice holds of it.
  for (const ConversationRow& conversation : conversations) {
    if (conversation.value.seq > up_to) break;
    if (conversation.state != State::erased) continue;
    derived.remove(connection,
                   {message_key(conversation.key, 0), message_key(conversation.key + 1, 0) - 1});
  }
  save_position(connection, derived, user, up_to);
  return up_to < latest;
}

std::vector<MessageRow> rows_after(Connection& connection, std::int64_t user, std::int64_t position,
                                   std::int64_t limit) {
  auto rows = read_messages(connection, unfinished_sql, user, position, limit);
  const auto room = limit - static_cast<std::int64_t>(rows.size());
  if (room == 0) return rows;
  for (MessageRow& row : read_messages(connection, rows_after_sql, user, position, room)) {
    rows.push_back(std::move(row));
  }
  return rows;
}

void ask_for_rebuild(Connection& connection, std::string_view table) {
  connection.run_script("BEGIN");
  Query(connection,
        // Before the first key that a user's messages can have.
        "UPDATE derived_positions SET rebuilt_to = (owner << $2) - 1 WHERE name = $1 AND "
        "rebuilt_to IS NULL",
        table, conversation_bits + position_bits)
      .run();
  connection.run_script("COMMIT");
}

bool go_on_rebuilding(Transaction& transaction, const Derived& derived, std::int64_t user,
                      std::int64_t rows_max) {
  Connection& connection = transaction.connection;
  std::optional<std::int64_t> rebuilt_to;
  {
    Query query(connection,
                "SELECT rebuilt_to FROM derived_positions WHERE owner = $1 AND name = $2", user,
                derived.name());
    if (query.next()) rebuilt_to = query.optional_integer(0);
  }
  if (!rebuilt_to) return false;
  const Slice slice = read_slice(connection, user, *rebuilt_to, rows_max);
  derived.remove(connection, slice.range);
  for (const MessageRow& message : slice.messages) derived.put(connection, message);
  rebuilt_to = slice.is_last ? std::nullopt : std::optional(slice.range.last);
  Query(connection, "UPDATE derived_positions SET rebuilt_to = $3 WHERE owner = $1 AND name = $2",
        user, derived.name(), rebuilt_to)
      .run();
  return !slice.is_last;
}

void compare_all(Connection& connection, const Derived& derived, std::int64_t user,
                 const std::function<void(std::size_t)>& on_rows, const Derived::Tell& tell) {
  const auto position = derived_position(connection, derived, user);
  if (!position) return;
  std::int64_t after_key = keys_of_user(user).first - 1;
  for (;;) {
    const Slice slice = read_slice(connection, user, after_key, rows_per_comparison);
    std::vector<std::pair<std::int64_t, std::string>> found;
    derived.compare(
        connection, slice.range, slice.messages,
        [&](std::int64_t key, const std::string& what) { found.emplace_back(key, what); });
    for (const auto& [key, what] : found) {
      if (!is_ahead(connection, key, *position)) tell(key, what);
    }
    on_rows(slice.looked_at);
    if (slice.is_last) return;
    after_key = slice.range.last;
  }
}

void make_anew(Connection& connection, const Derived& derived, std::int64_t key) {
  derived.remove(connection, {key, key});
  for (const MessageRow& message :
       read_messages(connection, messages_in_order_sql, key - 1, key, 1)) {
    if (has_rows(message)) derived.put(connection, message);
  }
}

void forget_derived(Connection& connection) {
  connection.run_script("DELETE FROM derived_positions");
}

}  // namespace threadkeep::sql
