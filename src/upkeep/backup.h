// Backups: one SQLite file that holds everything, whatever engine it came from, and that says what
// it must hold (store/sqlite/verified_copy.h).
#pragma once

#include <string>

#include "base/clock.h"
#include "base/progress.h"
#include "base/result.h"
#include "store/sql/driver.h"
#include "store/sqlite/verified_copy.h"

namespace threadkeep::upkeep {

using BackupReport = sqlite::CopyReport;

// Of a SQLite store, also while a server is writing it: one snapshot, page by page. Replaces `file`
// when there is one. Fails: storage_unavailable and storage_full with a line for the person;
// cancelled.
Result<BackupReport> back_up_sqlite(const std::string& path, const std::string& file,
                                    const Clock& clock, Progress& progress);
// From any engine, row by row. `source` has begun a snapshot of a store with this program's schema.
Result<BackupReport> back_up_rows(sql::Connection& source, const std::string& file,
                                  const Clock& clock, Progress& progress);

// Reads a backup whole: SQLite's own check, and every row against the digest. Changes nothing.
// Fails: storage_unavailable when it is damaged, no backup at all or of a newer program.
Result<BackupReport> verify_backup(const std::string& file, Progress& progress);

}  // namespace threadkeep::upkeep
