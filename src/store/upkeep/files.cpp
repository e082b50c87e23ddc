#include "store/upkeep/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace threadkeep::upkeep {
namespace {

constexpr mode_t file_mode = 0600;
constexpr std::array<const char*, 4> ends = {"", "-wal", "-shm", "-journal"};

tl::unexpected<Error> refuse(const std::string& path) {
  const Errc code =
      errno == ENOSPC || errno == EDQUOT ? Errc::storage_full : Errc::storage_unavailable;
  return fail(code, path + ": " + std::strerror(errno));
}

class File {
 public:
  File(const std::string& path, int flags)
      : descriptor_(open(path.c_str(), flags | O_CLOEXEC, file_mode)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool is_open() const { return descriptor_ >= 0; }
  bool sync() const { return is_open() && fsync(descriptor_) == 0; }

 private:
  int descriptor_;
};

}  // namespace

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

void remove_database(const std::string& path) {
  for (const char* end : ends) unlink((path + end).c_str());
}

Result<bool> make_private_file(const std::string& path) {
  remove_database(path);
  const File file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (!file.is_open()) return refuse(path);
  return true;
}

Result<bool> put_in_place(const std::string& from, const std::string& to) {
  if (!File(from, O_RDONLY).sync()) return refuse(from);
  if (std::rename(from.c_str(), to.c_str()) != 0) return refuse(to);
  if (!File(folder_of(to), O_RDONLY | O_DIRECTORY).sync()) return refuse(folder_of(to));
  return true;
}

Result<bool> link_file(const std::string& path, const std::string& name) {
  if (link(path.c_str(), name.c_str()) != 0) return refuse(name);
  if (!File(folder_of(name), O_RDONLY | O_DIRECTORY).sync()) return refuse(folder_of(name));
  return true;
}

}  // namespace threadkeep::upkeep
