// Backups, whatever engine they come from. Of a store without files: one SQLite database that says
// what it must hold (store/sqlite/verified_copy.h). Of a store with files: a tar archive, in which
// `store.db` is that database, `blobs/HASH` are the files, and `lost-blobs.txt` comes last and
// names those that the store itself did not have whole: an archive without it is cut off.
//
// A backup is made under a temporary name, read back whole, synced, and only then put in place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/progress.h"
#include "base/result.h"
#include "store/sql/blob_contents.h"
#include "store/sqlite/verified_copy.h"
#include "upkeep/opened_store.h"

namespace threadkeep::upkeep {

struct BackupReport : sqlite::CopyReport {
  std::uint64_t blobs = 0;              // files
  std::vector<std::string> lost_blobs;  // hashes of files that the store did not have whole
};

// In place of a file's name: the backup goes to standard output as an archive, and is not read
// back.
inline constexpr std::string_view to_standard_output = "-";

// Whether the file says that it is one. It may be damaged: verify_backup reads it.
bool is_backup(const std::string& file);

// Of a SQLite store, also while a server is writing it: one snapshot, page by page. Replaces what
// is at `file`: the caller has asked check_backup_target (backup_target.h). Fails:
// storage_unavailable and storage_full with a line for the person; cancelled.
Result<BackupReport> back_up_sqlite(const std::string& path, const std::string& file,
                                    const Clock& clock, Progress& progress);
// From any engine, row by row. `source` is a store with this program's schema, open for reading.
Result<BackupReport> back_up_rows(const OpenedStore& source, const std::string& file,
                                  const Clock& clock, Progress& progress);

// Reads a backup whole: SQLite's own check, every row against the digest, every file against its
// hash. Changes nothing. Fails: storage_unavailable when it is damaged, no backup at all or of a
// newer program; storage_full: the database of an archive is unpacked beside it for that.
Result<BackupReport> verify_backup(const std::string& file, Progress& progress);

// A verified backup for a restore: writes its files into `contents`, each checked against its hash,
// and returns the path of its database: `file` itself, or `unpacked`, which the caller removes.
// Throws StorageFailure, Stopped.
std::string unpack_backup(const std::string& file, const std::string& unpacked,
                          sql::BlobContents& contents, Progress& progress);

// The database alone, as backups of a store without files are.
Result<sqlite::CopyReport> copy_sqlite(const std::string& path, const std::string& file,
                                       const Clock& clock, Progress& progress);

}  // namespace threadkeep::upkeep
