#include "store/sqlite/sqlite_store.h"

#include <string>

#include "store/sql/copy_mark.h"
#include "store/sql/sql_store.h"
#include "store/sqlite/blob_files.h"
#include "store/sqlite/prepare.h"
#include "store/sqlite/sqlite_engine.h"

namespace threadkeep {
namespace {

using sqlite::SqliteConnection;

// A change of a row writes its page, of 8,192 bytes: a row with such a text just fits.
constexpr std::size_t answer_part_bytes = 7'900;

// What an earlier process left in the log goes into the database before anyone waits for it.
sqlite::OldLog move_log(SqliteConnection& writer) {
  try {
    sqlite::write_log_again(writer);
    writer.run_script("PRAGMA wal_checkpoint(TRUNCATE)");
    return sqlite::OldLog::moved;
  } catch (const sql::StorageFailure& failure) {
    if (failure.kind() != sql::StorageFailure::Kind::full) throw;
    return sqlite::OldLog::there;
  }
}

tl::unexpected<Error> refuse(const std::string& path, const std::string& why,
                             Errc code = Errc::storage_unavailable) {
  return fail(code, "the database " + path + " cannot be used: " + why);
}

Result<std::unique_ptr<Store>> open_claimed(const SqliteOptions& options, const Clock& clock,
                                            UlidMaker& ids, sqlite::DatabaseLock lock) {
  auto writer = std::make_unique<SqliteConnection>(options, SqliteConnection::Use::writing);
  const auto prepared = sqlite::prepare_tables(*writer, options, clock);
  if (!prepared) return refuse(options.path, prepared.error().detail, prepared.error().code);
  const auto taken = sql::take_over_copy(*writer);
  if (!taken) return refuse(options.path, taken.error().detail);
  const std::string cursor_key = sqlite::prepare_meta(*writer, options.limits, clock);
  const sqlite::OldLog old_log = move_log(*writer);
  auto engine = std::make_unique<sqlite::SqliteEngine>(options, clock, std::move(lock),
                                                       std::move(writer), old_log);
  auto blobs = std::make_unique<sqlite::BlobFiles>(sqlite::blob_folder_of(options.path));
  blobs->remove_unfinished();
  engine->keep_blobs(std::move(blobs));
  engine->follow(options.derived);
  return std::make_unique<sql::SqlStore>(std::move(engine), ids, cursor_key, answer_part_bytes);
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options, const Clock& clock,
                                                 UlidMaker& ids) {
  auto lock = sqlite::claim_database_file(options.path);
  if (!lock) return tl::unexpected(lock.error());
  SqliteOptions real = options;
  real.path = lock->path();
  try {
    return open_claimed(real, clock, ids, std::move(*lock));
  } catch (const sql::StorageFailure& failure) {
    return refuse(options.path, failure.what());
  }
}

}  // namespace threadkeep
