#include "store/sqlite/database_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/files.h"

namespace threadkeep::sqlite {
namespace {

constexpr mode_t folder_mode = 0700;
constexpr mode_t file_mode = 0600;
constexpr std::array<const char*, 4> file_endings = {"", "-wal", "-shm", "-journal"};

tl::unexpected<Error> refuse(const std::string& path, const std::string& why) {
  return fail(Errc::storage_unavailable, "the database " + path + " cannot be used: " + why);
}

std::string reason() { return std::strerror(errno); }

bool make_folder(const std::string& folder) {
  if (mkdir(folder.c_str(), folder_mode) == 0 || errno == EEXIST) return true;
  if (errno != ENOENT || folder_of(folder) == folder) return false;
  return make_folder(folder_of(folder)) &&
         (mkdir(folder.c_str(), folder_mode) == 0 || errno == EEXIST);
}

int open_private(const std::string& path) {
  return open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, file_mode);
}

}  // namespace

DatabaseLock::DatabaseLock(DatabaseLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

DatabaseLock::~DatabaseLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

PathWatch::PathWatch(std::string path) : path_(std::move(path)) {
  struct stat file {};
  was_there_ = stat(path_.c_str(), &file) == 0;
  device_ = file.st_dev;
  inode_ = file.st_ino;
}

bool PathWatch::is_same() const {
  struct stat file {};
  return !was_there_ ||
         (stat(path_.c_str(), &file) == 0 && file.st_dev == device_ && file.st_ino == inode_);
}

bool is_network_file_system(std::uint64_t type) {
  // NFS, SMB, CIFS, SMB2, AFS, Coda, 9P, Ceph, of linux/magic.h and statfs(2)
  constexpr std::array<std::uint64_t, 8> types{0x6969,     0x517B,     0xFF534D42, 0xFE534D42,
                                               0x5346414F, 0x73757245, 0x01021997, 0x00C36400};
  return std::find(types.begin(), types.end(), type & 0xFFFFFFFF) != types.end();
}

void remove_database(const std::string& path) {
  for (const char* ending : file_endings) unlink((path + ending).c_str());
}

bool is_claimed(const std::string& path) {
  const int lock = open((path + ".lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (lock < 0) return false;
  const bool is_free = flock(lock, LOCK_SH | LOCK_NB) == 0;
  close(lock);
  return !is_free;
}

Result<DatabaseLock> claim_database_file(const std::string& path) {
  const std::string folder = folder_of(path);
  if (!make_folder(folder)) return refuse(path, "its folder cannot be made: " + reason());
  struct statfs file_system {};
  if (statfs(folder.c_str(), &file_system) != 0) return refuse(path, reason());
  if (is_network_file_system(static_cast<std::uint64_t>(file_system.f_type))) {
    return refuse(path, "it lies on a network file system, where it would not be safe");
  }
  const int lock = open_private(path + ".lock");
  if (lock < 0) return refuse(path, reason());
  DatabaseLock owner(lock);
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    return refuse(path, errno == EWOULDBLOCK ? "another process is using it" : reason());
  }
  // SQLite gives the files beside it the same mode.
  const int file = open_private(path);
  if (file < 0) return refuse(path, reason());
  close(file);
  return owner;
}

}  // namespace threadkeep::sqlite
