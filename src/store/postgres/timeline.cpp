#include "store/postgres/timeline.h"

#include <string>

#include "store/sql/operations.h"

namespace threadkeep::postgres {
namespace {

constexpr std::string_view meta_name = "postgres_timeline";
// "Thkq".
constexpr std::string_view lock_sql = "SELECT pg_advisory_xact_lock(1416128369)";
// A file of the log is named after its timeline.
constexpr std::string_view timeline_sql =
    "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";

}  // namespace

void note_timeline(PostgresConnection& connection, const StoreLimits& limits, UnixMs now) {
  sql::UserNumbers users;
  sql::Transaction transaction{connection, users, limits, now};
  connection.queue("BEGIN");
  sql::Query(connection, lock_sql).run();
  std::string present;
  {
    sql::Query query(connection, timeline_sql);
    query.next();
    present = query.text(0);
  }
  const auto known = sql::find_meta(transaction, meta_name);
  if (known != present) {
    if (known) sql::bump_epoch(transaction, 0);
    sql::put_meta(transaction, meta_name, present);
  }
  connection.commit();
}

}  // namespace threadkeep::postgres
