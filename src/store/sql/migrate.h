// Brings the tables of a database to the form that this program knows: numbered SQL files, each run
// once, in a transaction of its own together with the note that it ran.
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
};

// Those of src/store/migrations, in order.
std::span<const Migration> all_migrations();

// The number of the latest migration that ran; 0 for a database without tables.
std::int64_t schema_version(Connection& connection);

// Runs what is missing. `before_first` is called when the database has tables already and one will
// run: the moment for a copy. Fails: storage_unavailable when the database was written by a newer
// program; nothing is changed then. Throws StorageFailure.
Result<bool> migrate(Connection& connection, std::span<const Migration> migrations,
                     const std::function<void(std::int64_t version)>& before_first);

}  // namespace threadkeep::sql
