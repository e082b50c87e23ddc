#include "store/postgres/postgres_store.h"

#include "store/postgres/postgres_connection.h"
#include "store/postgres/postgres_engine.h"
#include "store/postgres/prepare.h"
#include "store/sql/copy_mark.h"
#include "store/sql/sql_store.h"

namespace threadkeep {
namespace {

using postgres::PostgresConnection;

tl::unexpected<Error> refuse(const std::string& why, Errc code = Errc::storage_unavailable) {
  return fail(code, "the PostgreSQL database cannot be used: " + why);
}

Result<std::string> prepare_database(const PostgresOptions& options, const Clock& clock) {
  PostgresConnection connection(options, PostgresConnection::Use::preparing);
  const auto prepared = postgres::prepare_tables(connection, postgres::Wait::for_others);
  if (!prepared) return refuse(prepared.error().detail, prepared.error().code);
  const auto taken = sql::take_over_copy(connection);
  if (!taken) return refuse(taken.error().detail);
  return postgres::prepare_meta(connection, options.limits, clock);
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
