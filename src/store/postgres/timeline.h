// The history that the server is in.
#pragma once

#include "base/clock.h"
#include "store/postgres/postgres_connection.h"

namespace threadkeep::postgres {

// A standby that takes over and a server that is restored to an earlier moment begin a new
// timeline, and what was acknowledged on the old one may be missing: then a new epoch begins here.
// Of several processes that find it one begins it. Throws PostgresFailure.
void note_timeline(PostgresConnection& connection, const StoreLimits& limits, UnixMs now);

}  // namespace threadkeep::postgres
