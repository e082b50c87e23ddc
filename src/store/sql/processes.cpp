#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/sql/aggregates.h"
#include "store/sql/answer_parts.h"
#include "store/sql/terms.h"

namespace threadkeep::sql {
namespace {

using KeysOfUsers = std::map<std::int64_t, std::vector<std::int64_t>>;

const std::string all_sql =
    "SELECT key FROM messages WHERE " + term::is_unfinished + " ORDER BY key";
// Asked again once the user is locked: what was found before may have been ended since.
const std::string still_unfinished_sql =
    "SELECT 1 FROM messages WHERE key = $1 AND " + term::is_unfinished;

// Leases run by the clock of the database: the processes that compare them may have others.
std::string by_clock(const Transaction& transaction, std::string_view before,
                     std::string_view after) {
  std::string sql(before);
  sql += transaction.connection.word("now");
  return sql += after;
}

KeysOfUsers keys_of(Query& query) {
  KeysOfUsers keys;
  while (query.next()) {
    const std::int64_t key = query.integer(0);
    keys[user_of_conversation(conversation_of_message(key))].push_back(key);
  }
  return keys;
}

// Those of them that are unfinished still, now that nobody else can finish them.
std::vector<std::int64_t> still_unfinished(Transaction& transaction,
                                           const std::vector<std::int64_t>& keys) {
  std::vector<std::int64_t> unfinished;
  for (const std::int64_t key : keys) {
    Query query(transaction.connection, still_unfinished_sql, key);
    if (query.next()) unfinished.push_back(key);
  }
  return unfinished;
}

// Users whom somebody else has locked: whether they are waited for, or their answers left for the
// next time.
enum class Busy { waited_for, left_out };

std::int64_t interrupt(Transaction& transaction, const KeysOfUsers& keys_of_users, Busy busy) {
  std::int64_t count = 0;
  for (const auto& [user, candidates] : keys_of_users) {
    if (busy == Busy::waited_for) {
      lock_user(transaction, user);
    } else if (!lock_user_if_free(transaction, user)) {
      continue;
    }
    const auto keys = still_unfinished(transaction, candidates);
    if (keys.empty()) continue;
    SeqRange numbers = take_seq(transaction, user, static_cast<std::int64_t>(keys.size()));
    for (const std::int64_t key : keys) {
      const std::int64_t seq = numbers.take();
      const auto content = load_answer_content(transaction.connection, key);
      if (content) delete_answer_parts(transaction, key, key);
      Query(transaction.connection,
            "UPDATE messages SET status = $5, seq = $2, seq_rest = $3, content = coalesce($4, "
            "content) WHERE key = $1",
            key, seq, numbers.rest(), content, static_cast<int>(MessageStatus::interrupted))
          .run();
      ++count;
    }
  }
  return count;
}

std::int64_t interrupt_abandoned(Transaction& transaction, const std::optional<Ulid>& also_of,
                                 Busy busy) {
  // Of one process, and of those that are gone.
  const std::string abandoned_sql =
      by_clock(transaction,
               "SELECT key FROM messages WHERE " + term::is_unfinished +
                   " AND (owner = $1 OR NOT EXISTS (SELECT 1 "
                   "FROM processes WHERE processes.id = messages.owner AND lease_until > ",
               ")) ORDER BY key");
  Query query(transaction.connection, abandoned_sql, also_of);
  const std::int64_t count = interrupt(transaction, keys_of(query), busy);
  Query(transaction.connection,
        by_clock(transaction, "DELETE FROM processes WHERE lease_until <= ", ""))
      .run();
  return count;
}

}  // namespace

void renew_lease(Transaction& transaction, const Process& process) {
  Query(transaction.connection,
        by_clock(transaction, "INSERT INTO processes (id, lease_until) VALUES ($1, $2 + ",
                 ") ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until"),
        process.id, process.lease_ms)
      .run();
}

std::int64_t SqlHousekeeping::interrupt_unfinished() {
  if (process_.is_alone()) {
    Query query(transaction_.connection, all_sql);
    return interrupt(transaction_, keys_of(query), Busy::waited_for);
  }
  renew_lease(transaction_, process_);
  // What this process left itself is found at its start only.
  return interrupt_abandoned(transaction_, process_.id, Busy::waited_for);
}

std::int64_t SqlHousekeeping::keep_lease() {
  if (process_.is_alone()) return 0;
  renew_lease(transaction_, process_);
  // The lease must not wait for anybody.
  return interrupt_abandoned(transaction_, std::nullopt, Busy::left_out);
}

void sign_answer(Transaction& transaction, const Process& process, std::int64_t key) {
  if (process.is_alone()) return;
  Query(transaction.connection, "UPDATE messages SET owner = $2 WHERE key = $1", key, process.id)
      .run();
}

}  // namespace threadkeep::sql
