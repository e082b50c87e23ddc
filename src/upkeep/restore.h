// Brings a backup back as a store. What was there before is kept aside, and a new epoch begins:
// devices then give back what they have and the backup has not.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/progress.h"
#include "base/result.h"
#include "store/sql/driver.h"
#include "upkeep/backup.h"
#include "upkeep/backup_target.h"
#include "upkeep/check.h"

namespace threadkeep::upkeep {

struct RestoreReport {
  BackupReport backup;
  CheckReport check;       // of what was restored, before it took its place; nothing is mended
  std::int64_t epoch = 0;  // the one that began
  std::string kept_aside;  // where what was there lies now; empty: nothing was there
};

// As a SQLite store at `path`. The backup is verified first, what was made of it is checked, and
// the store changes in one step at the end: also when the check finds something, since a store with
// a flaw is better than none. Fails: storage_unavailable (the backup is damaged, or a file of that
// store; a server is running, ...), id_conflict (there are conversations, and Replace::no),
// storage_full, cancelled.
Result<RestoreReport> restore_sqlite(const std::string& file, const std::string& path,
                                     Replace replace, const Clock& clock, Progress& progress);

// Into any store that is open for writing and has this program's schema: it gets exactly the rows
// of the backup. What was there is written to the file `aside` first, a backup like any other. When
// it is stopped or fails in between, the store is an unfinished copy, which no server starts on:
// restore again, or restore `aside`. Fails as above.
Result<RestoreReport> restore_rows(const std::string& file, const OpenedStore& store,
                                   const std::string& aside, Replace replace, const Clock& clock,
                                   Progress& progress);

}  // namespace threadkeep::upkeep
