// A connection and the numbers of the users that it has met. Inside src/store/postgres.
#pragma once

#include "store/postgres/postgres_connection.h"
#include "store/sql/rows.h"

namespace threadkeep::postgres {

struct Session {
  PostgresConnection connection;
  sql::UserNumbers users;
};

// Another try of what failed for the `tries`-th time: a conflict passes, and a connection that had
// been idle may be gone without anyone having noticed. What was perhaps committed is never tried
// again here.
bool is_worth_another_try(const PostgresFailure& failure, int tries);

}  // namespace threadkeep::postgres
