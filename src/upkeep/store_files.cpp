#include "upkeep/store_files.h"

#include <sys/stat.h>

#include <array>

#include "base/files.h"
#include "store/sqlite/blob_files.h"
#include "store/sqlite/database_file.h"

namespace threadkeep::upkeep {
namespace {

constexpr std::array<const char*, 7> endings = {"",      "-wal",       "-shm",     "-journal",
                                                ".lock", ".restoring", ".unpacked"};

bool is_same_file(const std::string& a, const std::string& b) {
  struct stat of_a {};
  struct stat of_b {};
  return stat(a.c_str(), &of_a) == 0 && stat(b.c_str(), &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
         of_a.st_ino == of_b.st_ino;
}

bool is_inside(const std::string& real_name, const std::string& folder) {
  for (std::string at = real_name;; at = folder_of(at)) {
    if (at == folder || is_same_file(at, folder)) return true;
    if (at == "/" || at == ".") return false;
  }
}

}  // namespace

StoreFiles::StoreFiles(const std::string& path) : path_(sqlite::real_path(path)) {}

bool StoreFiles::holds(const std::string& name) const {
  const std::string real_name = sqlite::real_path(name);
  for (const char* ending : endings) {
    const std::string own = path_ + ending;
    if (real_name == own || is_same_file(real_name, own)) return true;
  }
  return is_inside(real_name, sqlite::blob_folder_of(path_));
}

bool StoreFiles::begin_with(const std::string& name) const {
  return path_.starts_with(sqlite::real_path(name));
}

}  // namespace threadkeep::upkeep
