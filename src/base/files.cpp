#include "base/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace threadkeep {
namespace {

constexpr mode_t file_mode = 0600;

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

Result<void> make_private_file(const std::string& path) {
  unlink(path.c_str());
  const File file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (!file.is_open()) return refuse(path);
  return {};
}

Result<void> put_in_place(const std::string& from, const std::string& to) {
  if (!File(from, O_RDONLY).sync()) return refuse(from);
  if (std::rename(from.c_str(), to.c_str()) != 0) return refuse(to);
  if (!File(folder_of(to), O_RDONLY | O_DIRECTORY).sync()) return refuse(folder_of(to));
  return {};
}

Result<void> link_file(const std::string& path, const std::string& name) {
  if (link(path.c_str(), name.c_str()) != 0) return refuse(name);
  if (!File(folder_of(name), O_RDONLY | O_DIRECTORY).sync()) return refuse(folder_of(name));
  return {};
}

}  // namespace threadkeep
