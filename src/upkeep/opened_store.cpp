#include "upkeep/opened_store.h"

#include <chrono>
#include <thread>

#include "base/files.h"
#include "store/postgres/blob_chunks.h"
#include "store/postgres/prepare.h"
#include "store/sql/migrate.h"
#include "store/sql/query.h"
#include "store/sqlite/blob_files.h"
#include "store/sqlite/prepare.h"

namespace threadkeep::upkeep {
namespace {

using postgres::PostgresConnection;
using sqlite::SqliteConnection;

constexpr auto patient = PostgresConnection::Use::preparing;  // a copy takes what it takes
constexpr int tries = 40;
constexpr std::chrono::milliseconds between_tries{100};

// The log of a large copy must not grow for ever: nothing else moves it here.
constexpr std::string_view write_settings = "PRAGMA wal_autocheckpoint=4000";

tl::unexpected<Error> refuse(const std::string& path, const Error& error) {
  return fail(error.code, "the database " + path + " cannot be used: " + error.detail);
}

tl::unexpected<Error> refuse_postgres(const Error& error) {
  return fail(error.code, "the PostgreSQL database cannot be used: " + error.detail);
}

}  // namespace

std::int64_t newest_schema() { return sql::all_migrations().back().version; }

Result<void> check_schema(sql::Connection& connection) {
  sql::Query query(connection, "SELECT coalesce(max(version), 0) FROM schema_version");
  query.next();
  const std::int64_t present = query.integer(0);
  const std::int64_t newest = newest_schema();
  if (present > newest) {
    return fail(Errc::newer_schema, "a newer version of Threadkeep wrote it");
  }
  if (present < newest) {
    return fail(Errc::storage_unavailable,
                "an older version of Threadkeep wrote it: run `threadkeep migrate` first");
  }
  return {};
}

Result<OpenedStore> look_at_sqlite(const std::string& path) {
  if (!exists(path)) return refuse(path, {Errc::storage_unavailable, "it is not there"});
  try {
    SqliteOptions options;
    options.path = path;
    OpenedStore store;
    store.is_in_use = sqlite::is_claimed(path);
    store.connection = std::make_unique<SqliteConnection>(options, SqliteConnection::Use::looking);
    store.blobs = std::make_unique<sqlite::BlobFiles>(sqlite::blob_folder_of(path));
    sql::Connection& connection = *store.connection;
    {
      sql::Query id(connection, "PRAGMA application_id");
      if (!id.next() || id.integer(0) != sqlite::application_id) {
        return refuse(path, {Errc::storage_unavailable, "it is no store of Threadkeep"});
      }
    }
    connection.run_script(std::string(connection.word("snapshot")));
    if (auto known = check_schema(connection); !known) return refuse(path, known.error());
    return store;
  } catch (const sql::StorageFailure& failure) {
    return refuse(path, {Errc::storage_unavailable, failure.what()});
  }
}

Result<OpenedStore> claim_sqlite(const std::string& path, const Clock& clock) {
  auto lock = sqlite::claim_database_file(path);
  if (!lock) return tl::unexpected(lock.error());
  try {
    SqliteOptions options;
    options.path = lock->path();
    OpenedStore store;
    store.lock.emplace(std::move(*lock));
    auto connection = std::make_unique<SqliteConnection>(options, SqliteConnection::Use::writing);
    const auto prepared = sqlite::prepare_tables(*connection, options, clock);
    if (!prepared) return refuse(path, prepared.error());
    (void)sqlite::prepare_meta(*connection, options.limits, clock);
    sqlite::write_log_again(*connection);
    connection->run_script(std::string(write_settings));
    store.connection = std::move(connection);
    store.blobs = std::make_unique<sqlite::BlobFiles>(sqlite::blob_folder_of(path));
    return store;
  } catch (const sql::StorageFailure& failure) {
    return refuse(path, {Errc::storage_unavailable, failure.what()});
  }
}

Result<OpenedStore> look_at_postgres(const std::string& url) {
  try {
    PostgresOptions options;
    options.url = url;
    auto connection = std::make_unique<PostgresConnection>(options, patient);
    OpenedStore store;
    store.is_in_use = postgres::is_in_use(*connection);
    {
      sql::Query tables(*connection,
                        "SELECT count(*) FROM pg_class WHERE oid = to_regclass('schema_version')");
      if (!tables.next() || tables.integer(0) == 0) {
        return refuse_postgres({Errc::storage_unavailable, "it is no store of Threadkeep"});
      }
    }
    connection->run_script(std::string(connection->word("snapshot")));
    if (auto known = check_schema(*connection); !known) return refuse_postgres(known.error());
    store.connection = std::move(connection);
    store.blobs = std::make_unique<postgres::BlobChunks>(options);
    return store;
  } catch (const sql::StorageFailure& failure) {
    return refuse_postgres({Errc::storage_unavailable, failure.what()});
  }
}

Result<OpenedStore> claim_postgres(const std::string& url, const Clock& clock) {
  try {
    PostgresOptions options;
    options.url = url;
    auto connection = std::make_unique<PostgresConnection>(options, patient);
    // A server that has just ended may not be gone for the database yet.
    for (int i = 0; postgres::is_in_use(*connection); ++i) {
      if (i == tries) {
        return refuse_postgres({Errc::storage_unavailable, "another process is using it"});
      }
      std::this_thread::sleep_for(between_tries);
    }
    const auto prepared = postgres::prepare_tables(*connection, postgres::Wait::not_at_all);
    if (!prepared) return refuse_postgres(prepared.error());
    (void)postgres::prepare_meta(*connection, options.limits, clock);
    OpenedStore store;
    store.connection = std::move(connection);
    store.blobs = std::make_unique<postgres::BlobChunks>(options);
    return store;
  } catch (const sql::StorageFailure& failure) {
    return refuse_postgres({Errc::storage_unavailable, failure.what()});
  }
}

}  // namespace threadkeep::upkeep
