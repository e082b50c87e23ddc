// The store in a PostgreSQL database, which any number of server processes may use at once.
//
// Durable: an acknowledged write was committed with synchronous_commit=on; where the server names a
// synchronous standby, that has it too. A connection that is lost before the commit was asked for
// is opened anew and the work runs again; one that is lost afterwards gives outcome_unknown. What
// two processes do to one user is done one after the other: each transaction locks its users first,
// in the order of their numbers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/ulid.h"
#include "store/store.h"

namespace threadkeep {

namespace sql {
class Derived;
}

struct PostgresOptions {
  // As libpq takes it: postgres://user@host1,host2/name?target_session_attrs=read-write or
  // "host=... dbname=...".
  std::string url;
  int readers = 8;  // connections for reading, at most; opened when they are needed
  // Connections for writing, at most; opened when they are needed. Each takes the writes of some
  // users, so that a user whom another process keeps locked holds up nobody else.
  int writers = 4;
  int statement_timeout_ms = 30'000;
  // How long a lock is waited for before the users of a transaction are looked at one by one.
  int lock_wait_ms = 30;
  // How long a write waits for its user altogether.
  int lock_timeout_ms = 10'000;
  int idle_in_transaction_timeout_ms = 60'000;
  // The server process. When it starts again under the same name, the answers that it had begun are
  // its own; usually it has a new name, and they wait for the end of the lease.
  std::optional<Ulid> process;
  // Without a word for so long a process is taken to be gone. Clocks may differ by half of it.
  std::int64_t lease_ms = 30'000;
  StoreLimits limits;
  std::vector<const sql::Derived*> derived;  // tables to keep up; they outlive the store
};

// Whether libpq can read the address. Fails: invalid_field, with a line that does not repeat the
// address: it may hold a password.
Result<void> check_postgres_url(const std::string& url);

// Makes the tables in an empty database; of processes that start at once one does it. `clock` and
// `ids` must outlive the store. Fails: storage_unavailable, with a line for the person who starts
// the server: there is no connection, it is a standby, its settings or its version do not do, it is
// an unfinished copy; newer_schema: a newer program wrote the tables.
Result<std::unique_ptr<Store>> open_postgres_store(const PostgresOptions& options,
                                                   const Clock& clock, UlidMaker& ids);

}  // namespace threadkeep
