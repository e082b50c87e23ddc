#include "store/sqlite/database_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
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

// The file may be no more than a link that leads to where it will be.
std::string real_path(const std::string& path, int links_left) {
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  if (const std::unique_ptr<char, Free> real(realpath(path.c_str(), nullptr)); real) {
    return real.get();
  }
  std::array<char, PATH_MAX> target{};
  const ssize_t length = readlink(path.c_str(), target.data(), target.size());
  if (length > 0 && links_left > 0) {
    const std::string leads_to(target.data(), static_cast<std::size_t>(length));
    return real_path(leads_to[0] == '/' ? leads_to : folder_of(path) + "/" + leads_to,
                     links_left - 1);
  }
  const std::unique_ptr<char, Free> folder(realpath(folder_of(path).c_str(), nullptr));
  if (!folder) return path;
  const std::string name = path.substr(path.rfind('/') + 1);
  return std::string(folder.get()) + (std::string_view(folder.get()) == "/" ? "" : "/") + name;
}

bool lock(int descriptor) { return flock(descriptor, LOCK_EX | LOCK_NB) == 0; }

std::string why_not_locked() {
  return errno == EWOULDBLOCK ? "another process is using it" : reason();
}

// Whether another process holds the lock of that file.
bool is_locked(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool is_free = flock(file, LOCK_SH | LOCK_NB) == 0;
  close(file);
  return !is_free;
}

int open_private(const std::string& path) {
  return open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, file_mode);
}

}  // namespace

std::string real_path(const std::string& path) {
  constexpr int links_max = 40;  // as the kernel
  return real_path(path, links_max);
}

DatabaseLock::Descriptor::Descriptor(Descriptor&& other) noexcept
    : number_(std::exchange(other.number_, -1)) {}

DatabaseLock::Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
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
  const std::string real = real_path(path);
  // The file itself is looked at only when nobody here can have it open: closing a file gives up
  // the locks that SQLite holds on it in the same process.
  return is_locked(real + ".lock") || is_locked(real);
}

Result<DatabaseLock> claim_database_file(const std::string& path) {
  if (!make_folder(folder_of(path))) {
    return refuse(path, "its folder cannot be made: " + reason());
  }
  const std::string real = real_path(path);
  struct stat status {};
  if (stat(real.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    return refuse(path, "it is no file");
  }
  struct statfs file_system {};
  if (statfs(folder_of(real).c_str(), &file_system) != 0) return refuse(path, reason());
  if (is_network_file_system(static_cast<std::uint64_t>(file_system.f_type))) {
    return refuse(path, "it lies on a network file system, where it would not be safe");
  }
  DatabaseLock::Descriptor beside(open_private(real + ".lock"));
  if (beside.number() < 0) return refuse(path, reason());
  if (!lock(beside.number())) return refuse(path, why_not_locked());
  // SQLite gives the files beside it the same mode.
  DatabaseLock::Descriptor file(open_private(real));
  if (file.number() < 0) return refuse(path, reason());
  if (!lock(file.number())) return refuse(path, why_not_locked());
  if (fstat(file.number(), &status) != 0) return refuse(path, reason());
  if (status.st_nlink > 1) {
    return refuse(path,
                  "it has a second name (a hard link), by which another process could use it with "
                  "a log of its own: remove one of the names");
  }
  return DatabaseLock(real, std::move(beside), std::move(file));
}

}  // namespace threadkeep::sqlite
