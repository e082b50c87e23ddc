#include "store/sqlite/page_copy.h"

namespace threadkeep::sqlite {
namespace {

constexpr int pages_per_step = 256;

}  // namespace

void copy_pages(SqliteConnection& source, SqliteConnection& target,
                const std::function<void(std::uint64_t pages, std::uint64_t more)>& on_step) {
  sqlite3_backup* backup = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
  if (backup == nullptr) throw failure_of(target.handle(), sqlite3_errcode(target.handle()));
  int code = SQLITE_OK;
  try {
    int copied = 0;
    while ((code = sqlite3_backup_step(backup, pages_per_step)) == SQLITE_OK) {
      const int pages = sqlite3_backup_pagecount(backup);
      const int now = pages - sqlite3_backup_remaining(backup);
      on_step(static_cast<std::uint64_t>(pages), static_cast<std::uint64_t>(now - copied));
      copied = now;
    }
  } catch (...) {
    sqlite3_backup_finish(backup);
    throw;
  }
  sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) throw failure_of(target.handle(), code);
}

}  // namespace threadkeep::sqlite
