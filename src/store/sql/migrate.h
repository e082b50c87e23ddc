// Brings the tables of a database to the form that this program knows: numbered SQL files, each run
// once, in a transaction of its own together with the note that it ran. A new database gets all of
// them in one transaction, so that it is never there in an old form.
//
// `0004_name.sql` runs on every engine. Where engines must differ, `0004_name.sqlite.sql` and
// `0004_name.postgres.sql` run on theirs, after the shared file of that number when there is one.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "store/sql/driver.h"

namespace threadkeep::sql {

struct Migration {
  std::int64_t version = 0;  // 1, 2, 3 ...
  std::string_view sql;
  std::string_view engine = {};  // as Connection::word("engine"); empty: every engine
};

// Those of src/store/migrations by their numbers; of one number the shared one first.
std::span<const Migration> all_migrations();

// The number of the latest migration that ran; 0 for a database without tables.
std::int64_t schema_version(Connection& connection);

// Runs what is missing. `before_first` is called when the database has tables already and one will
// run: the moment for a copy; when it fails, nothing runs. Fails: newer_schema when the database
// was written by a newer program, nothing is changed then; as `before_first`. Throws
// StorageFailure.
using BeforeFirst = std::function<Result<void>(std::int64_t version)>;
Result<void> migrate(Connection& connection, std::span<const Migration> migrations,
                     const BeforeFirst& before_first);
// For a database that is new, or that nobody would miss.
Result<void> migrate_without_copy(Connection& connection, std::span<const Migration> migrations);

}  // namespace threadkeep::sql
