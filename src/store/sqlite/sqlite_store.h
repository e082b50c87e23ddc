// The store in one SQLite file.
//
// One process at a time uses the file; `<path>.lock` holds the others off. The folder is made with
// mode 0700, the file with 0600. Durable: every acknowledged write survives a loss of power (WAL,
// synchronous=FULL). When the disk cannot be written any more (a failed write or fsync, not a full
// disk) the requests that wait are answered with storage_unavailable, one line goes to stderr and
// the process is aborted: after a failed fsync nobody knows what the disk holds, and a restart
// finds out.
#pragma once

#include <cstdint>
#include <memory>
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

struct SqliteOptions {
  std::string path;
  int readers = 0;  // connections for reading; 0: one less than the machine has cores, at least two
  int page_size_bytes = 8192;  // of a new file
  std::int64_t mmap_bytes = std::int64_t{1} << 31;
  std::int64_t writer_cache_bytes = 64 << 20;
  std::int64_t reader_cache_bytes = 16 << 20;
  // Length of the log from which on it is moved into the database, and from which on the writer
  // waits shortly for readers that are in the way.
  int checkpoint_pages = 4'000;
  int restart_pages = 16'000;
  std::string vfs;  // of SQLite, for tests that make the disk fail; empty: the usual one
  StoreLimits limits;
  std::vector<const sql::Derived*> derived;  // tables to keep up; they outlive the store
};

// `clock` and `ids` must outlive the store. Fails: storage_unavailable, with a line for the person
// who starts the server: another process uses the file, it lies on a network file system, it is not
// ours, it is an unfinished copy, it cannot be opened or made durable; newer_schema: a newer
// program wrote it.
Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options, const Clock& clock,
                                                 UlidMaker& ids);

}  // namespace threadkeep
