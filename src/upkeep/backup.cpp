#include "upkeep/backup.h"

#include "base/files.h"
#include "store/sql/migrate.h"
#include "store/sql/query.h"
#include "store/sqlite/database_file.h"
#include "upkeep/all_tables.h"
#include "upkeep/copy.h"

namespace threadkeep::upkeep {
namespace {

using sqlite::SqliteConnection;

tl::unexpected<Error> refuse(const std::string& file, const std::string& why) {
  return fail(Errc::storage_unavailable, file + " " + why);
}

}  // namespace

Result<BackupReport> verify_backup(const std::string& file, Progress& progress) {
  return sqlite::verify_copy(file, progress);
}

Result<BackupReport> back_up_sqlite(const std::string& path, const std::string& file,
                                    const Clock& clock, Progress& progress) {
  if (!exists(path)) return refuse(path, "is not there");
  try {
    SqliteOptions options;
    options.path = path;
    SqliteConnection source(options, SqliteConnection::Use::looking);
    {
      sql::Query id(source, "PRAGMA application_id");
      if (!id.next() || id.integer(0) != sqlite::application_id) {
        return refuse(path, "is no database of Threadkeep");
      }
    }
    source.run_script("BEGIN");
    return sqlite::copy_database(source, file, "", clock, progress);
  } catch (const sql::StorageFailure& failure) {
    return fail(Errc::storage_unavailable, path + ": " + failure.what());
  }
}

Result<BackupReport> back_up_rows(sql::Connection& source, const std::string& file,
                                  const Clock& clock, Progress& progress) {
  return sqlite::make_copy(
      file, "", clock, progress, [&](SqliteConnection& target) -> Result<tables::StoreDigest> {
        target.run_script("PRAGMA application_id=" + std::to_string(sqlite::application_id));
        const auto migrated = sql::migrate_without_copy(target, sql::all_migrations());
        if (!migrated) return tl::unexpected(migrated.error());
        make_equal(source, target, all_tables(), progress);
        const Comparison comparison = compare(source, target, all_tables(), progress);
        if (!comparison.is_equal()) return refuse(file, "was not made: " + comparison.first());
        return comparison.from;
      });
}

}  // namespace threadkeep::upkeep
