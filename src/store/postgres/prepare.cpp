#include "store/postgres/prepare.h"

#include <span>
#include <string_view>

#include "base/random.h"
#include "store/sql/migrate.h"
#include "store/sql/operations.h"

namespace threadkeep::postgres {
namespace {

// "Thkp": held by whoever makes the tables or writes alone, until its connection ends.
constexpr std::string_view lock_sql = "SELECT pg_advisory_lock(1416128368)";
constexpr std::string_view try_lock_sql =
    "SELECT CASE WHEN pg_try_advisory_lock(1416128368) THEN 1 ELSE 0 END";

}  // namespace

Result<void> prepare_tables(PostgresConnection& connection, Wait wait) {
  if (wait == Wait::for_others) {
    sql::Query(connection, lock_sql).next();
  } else {
    sql::Query query(connection, try_lock_sql);
    if (!query.next() || query.integer(0) != 1) {
      return fail(Errc::storage_unavailable, "another process is using it");
    }
  }
  return sql::migrate_without_copy(connection, sql::all_migrations());
}

std::string prepare_meta(PostgresConnection& connection, const StoreLimits& limits,
                         const Clock& clock) {
  sql::UserNumbers users;
  sql::Transaction transaction{connection, users, limits, clock.now_ms()};
  constexpr std::string_view key_name = "cursor_key";
  if (const auto key = sql::find_meta(transaction, key_name)) return *key;
  std::string key(32, '\0');
  fill_random(std::as_writable_bytes(std::span(key)));
  connection.queue("BEGIN");
  sql::put_meta(transaction, key_name, key);
  sql::put_meta(transaction, "created_at", std::to_string(transaction.now));
  connection.commit();
  return key;
}

bool is_in_use(PostgresConnection& connection) {
  sql::Query query(connection,
                   "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                   "pid <> pg_backend_pid() AND application_name = "
                   "current_setting('application_name')");
  return query.next() && query.integer(0) > 0;
}

}  // namespace threadkeep::postgres
