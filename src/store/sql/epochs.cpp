#include "store/operation_rules.h"
#include "store/sql/aggregates.h"
#include "store/sql/operations.h"

namespace threadkeep::sql {

std::int64_t present_epoch(Transaction& transaction) {
  Query query(transaction.connection, "SELECT max(number) FROM epochs");
  query.next();
  return query.integer(0);
}

std::int64_t bump_epoch(Transaction& transaction, std::int64_t above) {
  const std::int64_t next = next_epoch(present_epoch(transaction), above, transaction.now);
  Query(transaction.connection, "INSERT INTO epochs (number, began_at) VALUES ($1, $2)", next,
        transaction.now)
      .run();
  Query(transaction.connection,
        "INSERT INTO epoch_starts (owner, epoch, seq) SELECT number, CAST($1 AS BIGINT), seq FROM "
        "users",
        next)
      .run();
  return next;
}

std::int64_t SqlSync::epoch() const { return present_epoch(transaction_); }

std::int64_t SqlHousekeeping::bump_epoch(std::int64_t above) {
  return sql::bump_epoch(transaction_, above);
}

std::int64_t SqlSync::resume_floor(const UserId& user, std::int64_t epoch) const {
  const auto number = find_user(transaction_, user);
  if (!number) return 0;
  std::int64_t later = 0;
  {
    Query query(transaction_.connection,
                "SELECT (SELECT count(*) FROM epochs WHERE number = $1), (SELECT count(*) FROM "
                "epochs WHERE number > $1)",
                epoch);
    query.next();
    // An epoch of a history that this database never had.
    if (query.integer(0) == 0) return 0;
    later = query.integer(1);
  }
  Query query(transaction_.connection,
              "SELECT count(*), coalesce(min(seq), 0) FROM epoch_starts WHERE owner = $1 AND epoch "
              "> $2",
              *number, epoch);
  query.next();
  // A user who was not there yet when one of them began.
  if (query.integer(0) < later) return 0;
  return query.integer(1);
}

}  // namespace threadkeep::sql
