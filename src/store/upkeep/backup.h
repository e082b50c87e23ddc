// Backups: one SQLite file that holds everything, whatever engine it came from, and that says what
// it must hold.
//
// A backup is made under a temporary name, read back whole, synced, and only then put in place: the
// name never stands for half a backup. Its meta has a row that no store has: the digest of all its
// rows and when it was taken.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/progress.h"
#include "base/result.h"
#include "store/sql/driver.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/upkeep/digest.h"

namespace threadkeep::upkeep {

struct BackupReport {
  std::int64_t version = 0;  // of the schema
  StoreDigest digest;
  UnixMs taken_at = 0;      // 0: a copy of a database that says nothing about itself
  bool has_digest = false;  // it was compared with the digest that the file gives
};

// Of a SQLite store, also while a server is writing it: one snapshot, page by page. Replaces `file`
// when there is one. `vfs` as SqliteOptions::vfs. Fails: storage_unavailable and storage_full with
// a line for the person; cancelled.
Result<BackupReport> back_up_sqlite(const std::string& path, const std::string& file,
                                    const Clock& clock, Progress& progress);
// The same from a connection whose state nobody else changes.
Result<BackupReport> back_up_connection(sqlite::SqliteConnection& source, const std::string& file,
                                        const std::string& vfs, const Clock& clock,
                                        Progress& progress);
// From any engine, row by row. `source` has begun a snapshot of a store with this program's schema.
Result<BackupReport> back_up_rows(sql::Connection& source, const std::string& file,
                                  const Clock& clock, Progress& progress);

// Reads a backup whole: SQLite's own check, and every row against the digest. Changes nothing.
// Fails: storage_unavailable when it is damaged, no backup at all or of a newer program.
Result<BackupReport> verify_backup(const std::string& file, Progress& progress);

}  // namespace threadkeep::upkeep
