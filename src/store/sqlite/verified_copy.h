// A whole database copied into one file that says what it must hold. A copy is made under a
// temporary name, read back whole, synced, and only then put in place: the name never stands for
// half a copy. Its meta has a row that no store has: the digest of all its rows and when it was
// taken. Inside src/store and src/upkeep.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/progress.h"
#include "base/result.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/tables/digest.h"

namespace threadkeep::sqlite {

struct CopyReport {
  std::int64_t version = 0;  // of the schema
  tables::StoreDigest digest;
  UnixMs taken_at = 0;      // 0: a copy of a database that says nothing about itself
  bool has_digest = false;  // it was compared with the digest that the file gives
};

// Page by page, in the state that the transaction of `source` sees; nobody else changes it.
// Replaces `file` when there is one. `vfs` as SqliteOptions::vfs. Fails: storage_unavailable and
// storage_full with a line for the person; cancelled.
Result<CopyReport> copy_database(SqliteConnection& source, const std::string& file,
                                 const std::string& vfs, const Clock& clock, Progress& progress);

// The same with a file that `fill` fills, and whose digest it returns. What it throws of
// StorageFailure and Stopped is a failure of the copy.
using Fill = std::function<Result<tables::StoreDigest>(SqliteConnection& target)>;
Result<CopyReport> make_copy(const std::string& file, const std::string& vfs, const Clock& clock,
                             Progress& progress, const Fill& fill);

// Whether the file says that it is such a copy. Throws StorageFailure when it cannot be read, or is
// no database.
bool is_copy(const std::string& file);

// Reads a copy whole: SQLite's own check, and every row against the digest. Changes nothing.
// Fails: storage_unavailable when it is damaged, none of ours or of a newer program; cancelled.
Result<CopyReport> verify_copy(const std::string& file, Progress& progress);

}  // namespace threadkeep::sqlite
