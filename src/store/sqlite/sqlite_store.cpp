#include "store/sqlite/sqlite_store.h"

#include <unistd.h>

#include <span>
#include <string>
#include <string_view>

#include "base/random.h"
#include "store/sql/migrate.h"
#include "store/sql/operations.h"
#include "store/sql/sql_store.h"
#include "store/sqlite/sqlite_engine.h"

namespace threadkeep {
namespace {

using sqlite::SqliteConnection;

constexpr std::int64_t application_id = 0x54686b70;  // "Thkp" in the header of the file
constexpr std::string_view cursor_key_name = "cursor_key";

std::int64_t read_integer(SqliteConnection& connection, std::string_view sql) {
  sql::Query query(connection, sql);
  return query.next() ? query.integer(0) : 0;
}

bool is_ours(SqliteConnection& connection) {
  if (read_integer(connection, "PRAGMA application_id") == application_id) return true;
  return read_integer(connection, "SELECT count(*) FROM sqlite_master") == 0;
}

// Before tables that hold something are changed, in the same folder.
void copy_database(SqliteConnection& connection, const std::string& path, std::int64_t version) {
  const std::string copy = path + ".before-migration-from-" + std::to_string(version);
  unlink(copy.c_str());  // of an earlier try that did not come to its end
  sql::Query(connection, "VACUUM INTO $1", copy).run();
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  fill_random(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

// What is made once with the store. Answers the key of the cursors.
std::string prepare_meta(SqliteConnection& connection, const StoreLimits& limits,
                         const Clock& clock) {
  sql::UserNumbers users;
  sql::Transaction transaction{connection, users, limits, clock.now_ms()};
  if (const auto key = sql::find_meta(transaction, cursor_key_name)) return *key;
  std::string key = random_bytes(32);
  sql::Query(connection, "BEGIN IMMEDIATE").run();
  sql::put_meta(transaction, cursor_key_name, key);
  sql::put_meta(transaction, "epoch", "1");
  sql::put_meta(transaction, "created_at", std::to_string(transaction.now));
  sql::Query(connection, "COMMIT").run();
  return key;
}

tl::unexpected<Error> refuse(const std::string& path, const std::string& why) {
  return fail(Errc::storage_unavailable, "the database " + path + " cannot be used: " + why);
}

Result<std::unique_ptr<Store>> open_claimed(const SqliteOptions& options, const Clock& clock,
                                            UlidMaker& ids, sqlite::DatabaseLock lock) {
  auto writer = std::make_unique<SqliteConnection>(options, SqliteConnection::Use::writing);
  if (!is_ours(*writer)) return refuse(options.path, "it belongs to another program");
  // Before the first table: a process that dies here leaves a file that the next one knows.
  writer->run_script("PRAGMA application_id=" + std::to_string(application_id));
  const auto migrated = sql::migrate(*writer, sql::all_migrations(), [&](std::int64_t version) {
    copy_database(*writer, options.path, version);
  });
  if (!migrated) return refuse(options.path, migrated.error().detail);
  const std::string cursor_key = prepare_meta(*writer, options.limits, clock);
  // What an earlier process left in the log goes into the database before anyone waits for it.
  writer->run_script("PRAGMA wal_checkpoint(TRUNCATE)");
  auto engine =
      std::make_unique<sqlite::SqliteEngine>(options, clock, std::move(lock), std::move(writer));
  return std::make_unique<sql::SqlStore>(std::move(engine), ids, cursor_key);
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options, const Clock& clock,
                                                 UlidMaker& ids) {
  auto lock = sqlite::claim_database_file(options.path);
  if (!lock) return tl::unexpected(lock.error());
  try {
    return open_claimed(options, clock, ids, std::move(*lock));
  } catch (const sql::StorageFailure& failure) {
    return refuse(options.path, failure.what());
  }
}

}  // namespace threadkeep
