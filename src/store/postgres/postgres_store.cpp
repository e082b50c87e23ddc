#include "store/postgres/postgres_store.h"

#include <span>
#include <string_view>

#include "base/random.h"
#include "store/postgres/postgres_connection.h"
#include "store/postgres/postgres_engine.h"
#include "store/sql/migrate.h"
#include "store/sql/operations.h"
#include "store/sql/sql_store.h"

namespace threadkeep {
namespace {

using postgres::PostgresConnection;

// "Thkp": held by whoever makes the tables, until its connection ends.
constexpr std::string_view lock_sql = "SELECT pg_advisory_lock(1416128368)";

tl::unexpected<Error> refuse(const std::string& why) {
  return fail(Errc::storage_unavailable, "the PostgreSQL database cannot be used: " + why);
}

// What is made once with the store. Answers the key of the cursors.
std::string prepare_meta(PostgresConnection& connection, const PostgresOptions& options,
                         const Clock& clock) {
  sql::UserNumbers users;
  sql::Transaction transaction{connection, users, options.limits, clock.now_ms()};
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

Result<std::string> prepare_database(const PostgresOptions& options, const Clock& clock) {
  PostgresConnection connection(options, PostgresConnection::Use::preparing);
  sql::Query(connection, lock_sql).next();
  const auto migrated = sql::migrate(connection, sql::all_migrations(), [](std::int64_t) {});
  if (!migrated) return refuse(migrated.error().detail);
  return prepare_meta(connection, options, clock);
}

}  // namespace

Result<std::unique_ptr<Store>> open_postgres_store(const PostgresOptions& options,
                                                   const Clock& clock, UlidMaker& ids) {
  if (const auto checked = check_postgres_url(options.url); !checked) {
    return tl::unexpected(checked.error());
  }
  try {
    const auto cursor_key = prepare_database(options, clock);
    if (!cursor_key) return tl::unexpected(cursor_key.error());
    return std::make_unique<sql::SqlStore>(
        std::make_unique<postgres::PostgresEngine>(options, clock), ids, *cursor_key);
  } catch (const sql::StorageFailure& failure) {
    return refuse(failure.what());
  }
}

}  // namespace threadkeep
