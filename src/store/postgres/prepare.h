// Makes a PostgreSQL database a store that this program can use. Inside src/store.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/postgres/postgres_connection.h"
#include "store/store.h"

namespace threadkeep::postgres {

// What to do while another process prepares the same database, or writes it alone.
enum class Wait { for_others, not_at_all };

// Locks the database against others that prepare it, until the connection ends, and runs the
// migrations that it lacks. Fails: newer_schema; storage_unavailable (the lock is taken, and
// Wait::not_at_all). Throws StorageFailure.
Result<void> prepare_tables(PostgresConnection& connection, Wait wait);

// What is made once with the store. Returns the key of the cursors. Throws StorageFailure.
std::string prepare_meta(PostgresConnection& connection, const StoreLimits& limits,
                         const Clock& clock);

// Whether another connection of Threadkeep is open to this database: a server that runs.
bool is_in_use(PostgresConnection& connection);

}  // namespace threadkeep::postgres
