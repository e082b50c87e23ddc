#include "upkeep/restore.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/files.h"
#include "store/sql/copy_mark.h"
#include "store/sql/derived.h"
#include "store/sql/migrate.h"
#include "store/sql/operations.h"
#include "store/sqlite/blob_files.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/prepare.h"
#include "upkeep/all_tables.h"
#include "upkeep/copy.h"
#include "upkeep/store_files.h"

namespace threadkeep::upkeep {
namespace {

using sqlite::SqliteConnection;

tl::unexpected<Error> explain(const std::string& path, const sql::StorageFailure& failure) {
  const bool is_full = failure.kind() == sql::StorageFailure::Kind::full;
  return fail(is_full ? Errc::storage_full : Errc::storage_unavailable,
              path + ": " + failure.what());
}

tl::unexpected<Error> refuse_own(const std::string& what) {
  return fail(Errc::id_conflict, what +
                                     " holds conversations; nothing was changed (--replace keeps "
                                     "them aside and goes on)");
}

// As in 20261124T141800Z: sorts by itself, and is a name everywhere.
std::string stamp(UnixMs now) {
  const std::time_t seconds = now / 1'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &utc);
  return text.data();
}

std::string free_name(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; exists(name); ++i) name = wanted + "-" + std::to_string(i);
  return name;
}

// What is where the backup goes.
struct Present {
  bool has_conversations = false;
  std::int64_t epoch = 0;  // 0: nobody can say
};

std::int64_t read_epoch(sql::Connection& connection, const Clock& clock) {
  sql::UserNumbers users;
  const StoreLimits limits;
  sql::Transaction transaction{connection, users, limits, clock.now_ms()};
  return sql::present_epoch(transaction);
}

Present read_present(sql::Connection& connection, const Clock& clock) {
  Present present;
  {
    sql::Query query(connection, "SELECT 1 FROM conversations LIMIT 1");
    present.has_conversations = query.next();
  }
  present.epoch = read_epoch(connection, clock);
  return present;
}

// The file is claimed. Moves its log into it, so that it can be kept aside as one file.
Present close_present(const std::string& path, const Clock& clock) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || status.st_size == 0) return {};
  try {
    SqliteOptions options;
    options.path = path;
    SqliteConnection connection(options, SqliteConnection::Use::writing);
    sqlite::write_log_again(connection);
    connection.run_script("PRAGMA wal_checkpoint(TRUNCATE)");
    return read_present(connection, clock);
  } catch (const sql::StorageFailure&) {
    // Damaged, or of an old schema: it is kept as it lies there.
    return {true, 0};
  }
}

struct Fresh {
  std::int64_t epoch = 0;
  CheckReport check;
};

// The database `file`, already verified, as a store of this program with a new epoch, in the one
// file `fresh`; and what the check finds in it. Its files were compared with their hashes already.
Result<Fresh> make_fresh(const std::string& file, const std::string& fresh,
                         std::int64_t epoch_above, const Clock& clock, Progress& progress) {
  const auto copied = copy_sqlite(file, fresh, clock, progress);
  if (!copied) return tl::unexpected(copied.error());
  SqliteOptions options;
  options.path = fresh;
  SqliteConnection connection(options, SqliteConnection::Use::alone);
  if (auto migrated = sql::migrate_without_copy(connection, sql::all_migrations()); !migrated) {
    return tl::unexpected(migrated.error());
  }
  sql::UserNumbers users;
  sql::Transaction transaction{connection, users, options.limits, clock.now_ms()};
  connection.run_script("BEGIN");
  for (const std::string_view name :
       {tables::place_backup, tables::place_copy, tables::place_checked, tables::place_clock}) {
    sql::Query(connection, "DELETE FROM meta WHERE name = $1", name).run();
  }
  sql::forget_derived(connection);
  const std::int64_t epoch = sql::bump_epoch(transaction, epoch_above);
  connection.run_script("COMMIT");
  const auto check = check_store(
      connection, Mend::no, clock, [](const Finding&) {}, progress);
  if (!check) return tl::unexpected(check.error());
  return Fresh{epoch, *check};
}

// Other names for the files of blobs: they take no room, and stay when the store drops its own.
Result<void> link_blobs(const std::string& from, const std::string& to) {
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(from, error)) {
    const std::string name = to + entry.path().string().substr(from.size());
    if (entry.is_directory()) {
      std::filesystem::create_directories(name, error);
      std::filesystem::permissions(name, std::filesystem::perms::owner_all, error);
    } else if (auto linked = link_file(entry.path(), name); !linked) {
      return linked;
    }
  }
  return {};
}

// Makes `path` another name for what is there, with its log when it could not be moved.
Result<std::string> keep_aside(const std::string& path, const Clock& clock) {
  const std::string aside = free_name(path + ".before-restore-" + stamp(clock.now_ms()));
  if (exists(path + "-wal")) {
    if (auto linked = link_file(path + "-wal", aside + "-wal"); !linked) {
      return tl::unexpected(linked.error());
    }
  }
  const auto blobs = link_blobs(sqlite::blob_folder_of(path), sqlite::blob_folder_of(aside));
  if (!blobs) return tl::unexpected(blobs.error());
  if (auto linked = link_file(path, aside); !linked) return tl::unexpected(linked.error());
  return aside;
}

}  // namespace

Result<RestoreReport> restore_sqlite(const std::string& file, const std::string& name,
                                     Replace replace, const Clock& clock, Progress& progress) {
  if (StoreFiles(name).holds(file)) {
    return fail(Errc::storage_unavailable, file + " belongs to the store itself");
  }
  const auto verified = verify_backup(file, progress);
  if (!verified) return tl::unexpected(verified.error());
  const auto lock = sqlite::claim_database_file(name);
  if (!lock) return tl::unexpected(lock.error());
  // Not the name: a link stays, and what it leads to is replaced.
  const std::string& path = lock->path();
  const Present present = close_present(path, clock);
  if (present.has_conversations && replace == Replace::no) return refuse_own(path);
  const std::string fresh = path + ".restoring";
  const std::string unpacked = path + ".unpacked";
  try {
    // Beside what is there: a file of one name is the same file.
    sqlite::BlobFiles contents(sqlite::blob_folder_of(path));
    const std::string database = unpack_backup(file, unpacked, contents, progress);
    const auto made = make_fresh(database, fresh, present.epoch, clock, progress);
    sqlite::remove_database(unpacked);
    if (!made) return tl::unexpected(made.error());
    RestoreReport report{*verified, made->check, made->epoch, ""};
    if (present.has_conversations) {
      auto aside = keep_aside(path, clock);
      if (!aside) return tl::unexpected(aside.error());
      report.kept_aside = *aside;
    }
    // A log must not meet a database that it does not belong to.
    for (const char* end : {"-wal", "-shm"}) unlink((path + end).c_str());
    if (auto placed = put_in_place(fresh, path); !placed) return tl::unexpected(placed.error());
    return report;
  } catch (const Stopped&) {
    sqlite::remove_database(unpacked);
    return fail(Errc::cancelled, "The restore was stopped; the store is as it was.");
  } catch (const sql::StorageFailure& failure) {
    sqlite::remove_database(unpacked);
    sqlite::remove_database(fresh);
    return explain(path, failure);
  }
}

Result<RestoreReport> restore_rows(const std::string& file, const OpenedStore& store,
                                   const std::string& aside, Replace replace, const Clock& clock,
                                   Progress& progress) {
  const auto verified = verify_backup(file, progress);
  if (!verified) return tl::unexpected(verified.error());
  sql::Connection& to = *store.connection;
  const std::string fresh = aside + ".restoring";
  const std::string unpacked = aside + ".unpacked";
  Result<RestoreReport> result = fail(
      Errc::cancelled, "The restore was stopped; the store is unfinished until it is run again.");
  try {
    const Present present = read_present(to, clock);
    if (present.has_conversations && replace == Replace::no) return refuse_own("the store");
    RestoreReport report{*verified, {}, 0, ""};
    if (present.has_conversations) {
      report.kept_aside = free_name(aside);
      to.run_script(std::string(to.word("snapshot")));
      const auto kept = back_up_rows(store, report.kept_aside, clock, progress);
      to.run_script("COMMIT");
      if (!kept) return tl::unexpected(kept.error());
    }
    const std::string database = unpack_backup(file, unpacked, *store.blobs, progress);
    const auto made = make_fresh(database, fresh, present.epoch, clock, progress);
    sqlite::remove_database(unpacked);
    if (!made) return tl::unexpected(made.error());
    report.epoch = made->epoch;
    report.check = made->check;
    SqliteOptions options;
    options.path = fresh;
    SqliteConnection from(options, SqliteConnection::Use::looking);
    sql::write_copy_mark(to, {"", false});
    make_equal(from, to, all_tables(), progress);
    const Comparison comparison = compare(from, to, all_tables(), progress);
    if (comparison.is_equal()) {
      sql::forget_derived(to);
      to.run_script("DELETE FROM meta WHERE name = 'copy'");
      result = report;
    } else {
      result = fail(Errc::storage_unavailable,
                    "the store is not what was restored: " + comparison.first());
    }
  } catch (const Stopped&) {
  } catch (const sql::StorageFailure& failure) {
    result = explain("the store", failure);
  }
  sqlite::remove_database(unpacked);
  sqlite::remove_database(fresh);
  return result;
}

}  // namespace threadkeep::upkeep
