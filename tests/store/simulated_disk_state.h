// What a SimulatedDisk holds: files, folder, locks. Inside simulated_disk*.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <mutex>

#include "store/simulated_disk.h"

namespace threadkeep::test {

// An open file, for the locks that it holds.
struct Holder {
  int level = 0;  // SQLITE_LOCK_...
  unsigned shared_mask = 0;
  unsigned exclusive_mask = 0;
};

struct DiskFile : FileContent {
  std::vector<Holder*> holders;
  std::vector<std::unique_ptr<std::array<char, 32'768>>> index;  // SQLite's shared memory
};

// Guarded by the mutex, and used by simulated_disk_files.cpp on behalf of SQLite.
class SimulatedDisk::State {
 public:
  using FilePtr = std::shared_ptr<DiskFile>;

  explicit State(std::uint64_t seed) : random(seed) {}

  // Asks the hook. Nothing wrong on a disk without one.
  Failure call(Operation operation);
  void sync(DiskFile& file);
  void fail_sync(DiskFile& file);

  // Recursive: the hook may ask for files.
  mutable std::recursive_mutex mutex;
  std::map<std::string, FilePtr> folder;
  std::map<std::string, FilePtr> synced_folder;
  std::mt19937_64 random;
  Hook hook;
  Syncs syncs = Syncs::honest;
  std::uint64_t sync_count = 0;
};

// A VFS over the disk. Not registered yet.
std::unique_ptr<sqlite3_vfs> make_vfs(SimulatedDisk::State& state, const char* name);

}  // namespace threadkeep::test
