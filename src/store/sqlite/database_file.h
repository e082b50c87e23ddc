// The file of a database: its folder, its modes, and the lock that keeps a second process away.
// Inside src/store/sqlite and its tests.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"

namespace threadkeep::sqlite {

inline constexpr std::int64_t application_id = 0x54686b70;  // "Thkp" in the header of the file

// Held as long as the object lives, and given up by the kernel when the process ends in any way.
class DatabaseLock {
 public:
  DatabaseLock(DatabaseLock&& other) noexcept = default;
  DatabaseLock& operator=(DatabaseLock&&) = delete;

  // Where the file lies, without symbolic links: to be opened by this name, so that the log beside
  // it is the same for everybody.
  const std::string& path() const { return path_; }

 private:
  friend Result<DatabaseLock> claim_database_file(const std::string& path);
  // An open file; closing it gives its lock up.
  class Descriptor {
   public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor();
    int number() const { return number_; }

   private:
    int number_;
  };
  DatabaseLock(std::string path, Descriptor beside, Descriptor file)
      : path_(std::move(path)), beside_(std::move(beside)), file_(std::move(file)) {}

  std::string path_;
  Descriptor beside_;  // of `<path>.lock`: stays the same when a restore replaces the file
  Descriptor file_;    // of the database itself, whatever name led to it
};

// Makes the folder (0700) and the empty file (0600) where they are missing, and locks what the name
// leads to: through symbolic links, and other mounts of the file. Fails: storage_unavailable (in
// use, no file, more than one hard link, a network file system, no permission).
Result<DatabaseLock> claim_database_file(const std::string& path);

// Where the name leads to, without symbolic links; also when the file itself is not there yet.
std::string real_path(const std::string& path);

// Removes a database file and those that SQLite keeps beside it, where they are.
void remove_database(const std::string& path);

// Whether some process has claimed it now.
bool is_claimed(const std::string& path);

// Whether a path still leads to the file that it led to at first.
class PathWatch {
 public:
  explicit PathWatch(std::string path);
  // Also true for a path that led nowhere at first.
  bool is_same() const;

 private:
  std::string path_;
  bool was_there_ = false;
  std::uint64_t device_ = 0;
  std::uint64_t inode_ = 0;
};

// Whether a file system of this kind (statfs f_type) is shared over a network: its locks and its
// memory maps are not what SQLite's WAL needs.
bool is_network_file_system(std::uint64_t type);

}  // namespace threadkeep::sqlite
