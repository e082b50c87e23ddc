#include <algorithm>
#include <string>

#include "store/sql/aggregates.h"
#include "store/sql/operations.h"
#include "store/sql/terms.h"

namespace threadkeep::sql {
namespace {

const std::string trash_sql = "SELECT " + std::string(conversation_columns) +
                              " FROM conversations WHERE " + term::is_in_trash +
                              " AND deleted_at <= $1 ORDER BY "
                              "deleted_at, key LIMIT $2";
const std::string erased_sql = "SELECT " + std::string(conversation_columns) +
                               " FROM conversations WHERE " + term::is_erased +
                               " AND erased_at <= $1 ORDER BY "
                               "erased_at, key LIMIT $2";

const std::string trashed_messages_sql = "SELECT key FROM messages WHERE " +
                                         term::is_message_in_trash +
                                         " AND deleted_at <= $1 ORDER BY deleted_at, key LIMIT $2";

// The conversations that a call takes on, user by user: one at the least, however long it is.
std::vector<ConversationRow> find_due(Transaction& transaction, const std::string& sql, UnixMs due,
                                      bool& has_more) {
  std::vector<ConversationRow> rows;
  Query query(transaction.connection, sql, due, limits::purge_rows_per_call + 1);
  for (std::int64_t count = 0; query.next();) {
    if (count >= limits::purge_rows_per_call) {
      has_more = true;
      break;
    }
    rows.push_back(read_conversation(query));
    count += 1 + rows.back().last;
  }
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return rows;
}

// Of a user who is locked elsewhere nothing is erased this time. Once the user is locked, only what
// is still in the trash goes.
bool erase(Transaction& transaction, std::int64_t key, UnixMs due) {
  if (!lock_user_if_free(transaction, user_of_conversation(key))) return false;
  const std::int64_t seq = take_seq(transaction, user_of_conversation(key), 1).take();
  ConversationRow row = load_conversation(transaction, key);
  if (row.state != State::trash || row.value.deleted_at.value_or(due + 1) > due) return false;
  row.value.seq = seq;
  erase_bodies(transaction, row);
  update_conversation_row(transaction, row);
  return true;
}

// The same for messages that were deleted alone.
std::int64_t erase_messages(Transaction& transaction, UnixMs due, bool& has_more) {
  std::vector<std::int64_t> keys;
  {
    Query query(transaction.connection, trashed_messages_sql, due, limits::purge_rows_per_call + 1);
    while (query.next()) keys.push_back(query.integer(0));
  }
  if (static_cast<std::int64_t>(keys.size()) > limits::purge_rows_per_call) {
    has_more = true;
    keys.pop_back();
  }
  std::sort(keys.begin(), keys.end());
  std::int64_t erased = 0;
  for (const std::int64_t key : keys) {
    const std::int64_t user = user_of_conversation(conversation_of_message(key));
    if (!lock_user_if_free(transaction, user)) continue;
    if (erase_trashed_message(transaction, key, due, take_seq(transaction, user, 1).take()))
      ++erased;
  }
  return erased;
}

// A device that has not heard of what was done up to here cannot be told any more, and begins anew.
void end_feed_before(Transaction& transaction, std::int64_t user, std::int64_t seq) {
  Query(transaction.connection, "UPDATE users SET min_seq = $2 WHERE number = $1 AND min_seq < $2",
        user, seq)
      .run();
}

bool forget(Transaction& transaction, const ConversationRow& row) {
  if (!lock_user_if_free(transaction, row.user())) return false;
  end_feed_before(transaction, row.user(), row.value.seq);
  const std::int64_t first = message_key(row.key, 1);
  const std::int64_t last = message_key(row.key, row.last);
  Query(transaction.connection, "DELETE FROM jumps WHERE child BETWEEN $1 AND $2", first, last)
      .run();
  Query(transaction.connection, "DELETE FROM messages WHERE key BETWEEN $1 AND $2", first, last)
      .run();
  Query(transaction.connection, "DELETE FROM conversations WHERE key = $1", row.key).run();
  return true;
}

// Deleted presets that every device has had the time to hear of. They are few: all at once.
std::int64_t forget_presets(Transaction& transaction, UnixMs due) {
  std::vector<std::pair<std::int64_t, std::int64_t>> rows;
  {
    Query query(transaction.connection,
                "SELECT key, seq FROM presets WHERE deleted_at IS NOT NULL AND deleted_at <= $1 "
                "ORDER BY key LIMIT $2",
                due, limits::purge_rows_per_call);
    while (query.next()) rows.emplace_back(query.integer(0), query.integer(1));
  }
  std::int64_t forgotten = 0;
  for (const auto& [key, seq] : rows) {
    const std::int64_t user = key >> preset_bits;
    if (!lock_user_if_free(transaction, user)) continue;
    Query query(transaction.connection,
                "DELETE FROM presets WHERE key = $1 AND seq = $2 RETURNING key", key, seq);
    const bool is_gone = query.next();
    query.run();
    if (!is_gone) continue;  // it came back meanwhile
    end_feed_before(transaction, user, seq);
    ++forgotten;
  }
  return forgotten;
}

std::int64_t forget_operations(Transaction& transaction, UnixMs due, bool& has_more) {
  std::vector<std::pair<std::int64_t, Ulid>> ids;
  {
    Query query(transaction.connection,
                "SELECT owner, id FROM operations WHERE ran_at <= $1 ORDER BY ran_at LIMIT $2", due,
                limits::purge_rows_per_call);
    while (query.next()) ids.emplace_back(query.integer(0), query.ulid(1));
  }
  for (const auto& [owner, id] : ids) {
    Query(transaction.connection, "DELETE FROM operations WHERE owner = $1 AND id = $2", owner, id)
        .run();
  }
  const auto count = static_cast<std::int64_t>(ids.size());
  if (count == limits::purge_rows_per_call) has_more = true;
  return count;
}

}  // namespace

Purged SqlHousekeeping::purge(UnixMs now) {
  Purged purged;
  const UnixMs trash_due = now - limits::trash_kept_ms;
  for (const ConversationRow& row : find_due(transaction_, trash_sql, trash_due, purged.has_more)) {
    if (erase(transaction_, row.key, trash_due)) ++purged.erased;
  }
  purged.messages = erase_messages(transaction_, trash_due, purged.has_more);
  const UnixMs due = now - limits::ids_kept_ms;
  for (const ConversationRow& row : find_due(transaction_, erased_sql, due, purged.has_more)) {
    if (forget(transaction_, row)) ++purged.forgotten;
  }
  purged.forgotten += forget_presets(transaction_, due);
  purged.operations = forget_operations(transaction_, due, purged.has_more);
  // Where nothing could be done, the same again does no more.
  if (purged.erased + purged.messages + purged.forgotten + purged.operations == 0)
    purged.has_more = false;
  return purged;
}

}  // namespace threadkeep::sql
