#include "upkeep/backup_target.h"

#include <sys/stat.h>

#include <array>

#include "base/files.h"
#include "store/sqlite/database_file.h"
#include "upkeep/backup.h"

namespace threadkeep::upkeep {
namespace {

// What a backup is called while it is made.
constexpr std::array<const char*, 3> passing_endings = {".unfinished", ".database", ".verifying"};

tl::unexpected<Error> refuse(const std::string& file, const std::string& why) {
  return fail(Errc::storage_unavailable, file + " " + why);
}

bool passes_through(const std::string& file, const StoreFiles& own) {
  for (const char* ending : passing_endings) {
    if (own.holds(file + ending) || own.begin_with(file + ending)) return true;
  }
  return false;
}

// A backup that has been used as a store has a lock beside it.
bool is_store(const std::string& file) {
  return exists(file + ".lock") || sqlite::is_claimed(file);
}

}  // namespace

Result<void> check_backup_target(const std::string& file, const std::optional<StoreFiles>& own,
                                 Replace replace) {
  if (file == to_standard_output) return {};
  if (own && own->holds(file)) return refuse(file, "belongs to the store itself");
  if (own && passes_through(file, *own))
    return refuse(file, "is so named that the store itself would be in the way");
  struct stat present {};
  if (lstat(file.c_str(), &present) != 0) return {};  // a folder that is missing is told later
  if (stat(file.c_str(), &present) != 0) return refuse(file, "is a link that leads nowhere");
  if (!S_ISREG(present.st_mode)) return refuse(file, "is no file (- writes to standard output)");
  if (is_store(file)) return refuse(file, "is there, and is a store");
  if (!is_backup(file)) return refuse(file, "is there, and is no backup of Threadkeep");
  if (replace == Replace::no)
    return refuse(file, "is a backup already (--replace puts the new one in its place)");
  return {};
}

}  // namespace threadkeep::upkeep
