#include "store/sqlite/prepare.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/random.h"
#include "store/sql/migrate.h"
#include "store/sql/operations.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/verified_copy.h"

namespace threadkeep::sqlite {
namespace {

constexpr std::string_view cursor_key_name = "cursor_key";
constexpr std::string_view copy_ending = ".before-migration-from-";
constexpr std::size_t copies_kept = 2;

std::int64_t read_integer(sql::Connection& connection, std::string_view sql) {
  sql::Query query(connection, sql);
  return query.next() ? query.integer(0) : 0;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  fill_random(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

// The version that a file beside the database is a copy of, when it is one.
std::optional<std::int64_t> version_of_copy(const std::string& name, const std::string& database) {
  const std::string begin = database + std::string(copy_ending);
  if (name.substr(0, begin.size()) != begin) return std::nullopt;
  std::int64_t version = 0;
  const char* end = name.data() + name.size();
  const auto read = std::from_chars(name.data() + begin.size(), end, version);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return version;
}

void remove_old_copies(const std::string& path) {
  const std::filesystem::path folder = folder_of(path);
  const std::string name = std::filesystem::path(path).filename();
  std::vector<std::pair<std::int64_t, std::filesystem::path>> copies;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (const auto version = version_of_copy(entry.path().filename(), name)) {
      copies.emplace_back(*version, entry.path());
    }
  }
  std::sort(copies.rbegin(), copies.rend());
  for (std::size_t i = copies_kept; i < copies.size(); ++i) {
    std::filesystem::remove(copies[i].second, ignored);
    std::fprintf(stderr, "threadkeep: removed %s: two newer ones are there\n",
                 copies[i].second.c_str());
  }
}

Result<void> copy_before_migration(SqliteConnection& writer, const SqliteOptions& options,
                                   const Clock& clock, std::int64_t version) {
  const std::string file = options.path + std::string(copy_ending) + std::to_string(version);
  Progress progress(nullptr);
  const auto copied = copy_database(writer, file, options.vfs, clock, progress);
  if (!copied) {
    return fail(copied.error().code,
                "the copy that is made before an upgrade failed: " + copied.error().detail);
  }
  std::fprintf(stderr,
               "threadkeep: upgrading the database; as it was before it is kept in %s (%llu rows, "
               "verified)\n",
               file.c_str(), static_cast<unsigned long long>(copied->digest.rows));
  remove_old_copies(options.path);
  write_log_again(writer);
  return {};
}

void expect_ok(SqliteConnection& connection, int code) {
  if (code != SQLITE_OK) throw failure_of(connection.handle(), code);
}

void write_over_itself(SqliteConnection& writer) {
  constexpr sqlite3_int64 step_bytes = 64 << 10;
  // The log is opened by the first read.
  read_integer(writer, "SELECT count(*) FROM sqlite_master");
  sqlite3_file* log = nullptr;
  expect_ok(writer,
            sqlite3_file_control(writer.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log));
  if (log == nullptr || log->pMethods == nullptr) return;
  sqlite3_int64 size = 0;
  expect_ok(writer, log->pMethods->xFileSize(log, &size));
  if (size == 0) return;
  std::vector<char> bytes(static_cast<std::size_t>(std::min(size, step_bytes)));
  for (sqlite3_int64 at = 0; at < size; at += step_bytes) {
    const int count = static_cast<int>(std::min(size - at, step_bytes));
    expect_ok(writer, log->pMethods->xRead(log, bytes.data(), count, at));
    expect_ok(writer, log->pMethods->xWrite(log, bytes.data(), count, at));
  }
  expect_ok(writer, log->pMethods->xSync(log, SQLITE_SYNC_FULL));
}

}  // namespace

bool is_ours(sql::Connection& connection) {
  if (read_integer(connection, "PRAGMA application_id") == application_id) return true;
  return read_integer(connection, "SELECT count(*) FROM sqlite_master") == 0;
}

Result<void> prepare_tables(SqliteConnection& writer, const SqliteOptions& options,
                            const Clock& clock) {
  if (!is_ours(writer)) {
    return fail(Errc::storage_unavailable, "it belongs to another program");
  }
  // Before the first table: a process that dies here leaves a file that the next one knows.
  if (read_integer(writer, "PRAGMA application_id") != application_id) {
    writer.run_script("PRAGMA application_id=" + std::to_string(application_id));
  }
  return sql::migrate(writer, sql::all_migrations(), [&](std::int64_t version) {
    return copy_before_migration(writer, options, clock, version);
  });
}

void write_log_again(SqliteConnection& writer) {
  write_over_itself(writer);
  sqlite3_db_config(writer.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

std::string prepare_meta(SqliteConnection& writer, const StoreLimits& limits, const Clock& clock) {
  sql::UserNumbers users;
  sql::Transaction transaction{writer, users, limits, clock.now_ms()};
  if (const auto key = sql::find_meta(transaction, cursor_key_name)) return *key;
  std::string key = random_bytes(32);
  sql::Query(writer, "BEGIN IMMEDIATE").run();
  sql::put_meta(transaction, cursor_key_name, key);
  sql::put_meta(transaction, "created_at", std::to_string(transaction.now));
  sql::Query(writer, "COMMIT").run();
  return key;
}

}  // namespace threadkeep::sqlite
