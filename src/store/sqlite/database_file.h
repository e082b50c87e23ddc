// The file of a database: its folder, its modes, and the lock that keeps a second process away.
// Inside src/store/sqlite and its tests.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace threadkeep::sqlite {

// Held as long as the object lives, and given up by the kernel when the process ends in any way.
class DatabaseLock {
 public:
  DatabaseLock(DatabaseLock&& other) noexcept;
  DatabaseLock& operator=(DatabaseLock&&) = delete;
  ~DatabaseLock();

 private:
  friend Result<DatabaseLock> claim_database_file(const std::string& path);
  explicit DatabaseLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// Makes the folder (0700) and the empty file (0600) where they are missing, and locks it.
// Fails: storage_unavailable (in use, a network file system, no permission).
Result<DatabaseLock> claim_database_file(const std::string& path);

// Whether a file system of this kind (statfs f_type) is shared over a network: its locks and its
// memory maps are not what SQLite's WAL needs.
bool is_network_file_system(std::uint64_t type);

}  // namespace threadkeep::sqlite
