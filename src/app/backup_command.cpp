#include <cstdlib>
#include <iostream>
#include <optional>

#include "app/upkeep_commands.h"
#include "app/upkeep_terminal.h"
#include "upkeep/backup.h"
#include "upkeep/backup_target.h"
#include "upkeep/check.h"
#include "upkeep/copy.h"

namespace threadkeep {
namespace {

// One that cannot be looked at, as it is of an older schema, is left to the backup.
Result<void> refuse_half_a_store(const StoreLocation& location) {
  const auto store = look_at_store(location);
  return store ? upkeep::refuse_unfinished_copy(*store->connection) : Result<void>();
}

Result<upkeep::BackupReport> back_up(const StoreLocation& location, const BackupChoice& choice,
                                     Progress& progress) {
  const bool is_sqlite = location.kind == StoreLocation::Kind::sqlite;
  std::optional<upkeep::StoreFiles> own;
  if (is_sqlite) own.emplace(location.path);
  const auto replace = choice.replaces ? upkeep::Replace::yes : upkeep::Replace::no;
  if (auto free = upkeep::check_backup_target(choice.file, own, replace); !free) {
    return tl::unexpected(free.error());
  }
  if (auto whole = refuse_half_a_store(location); !whole) return tl::unexpected(whole.error());
  if (is_sqlite) {
    return upkeep::back_up_sqlite(location.path, choice.file, system_clock(), progress);
  }
  auto store = look_at_store(location);
  if (!store) return tl::unexpected(store.error());
  return upkeep::back_up_rows(*store, choice.file, system_clock(), progress);
}

// What is wrong in the store is wrong in its backup: said here, but the backup is what it must be.
void tell_findings(const std::string& file, Progress& progress) {
  const auto store = upkeep::look_at_sqlite(file);
  if (!store) return;  // of an older schema, or an archive: see threadkeep check
  const auto tell = [](const upkeep::Finding& finding) {
    std::cerr << "threadkeep: in the store: " << finding.rule << ": " << finding.where << ": "
              << finding.what << std::endl;
  };
  const auto report =
      upkeep::check_store(*store->connection, upkeep::Mend::no, system_clock(), tell, progress);
  if (report && report->findings > 0) {
    std::cerr << "threadkeep: the backup is whole; the store has "
              << counted(report->findings, "finding") << ": see threadkeep check" << std::endl;
  }
}

}  // namespace

int back_up_store(const Config& config, const BackupChoice& choice) {
  const std::string& file = choice.file;
  UpkeepProgress shown("backup");
  const auto report = back_up(config.store, choice, shown.progress());
  shown.done();
  if (!report) return complain_about(report.error());
  for (const std::string& lost : report->lost_blobs) {
    std::cerr << "threadkeep: in the store: the file " << lost
              << " is missing or damaged, and not in the backup" << std::endl;
  }
  const bool is_pipe = file == upkeep::to_standard_output;
  if (!is_pipe) tell_findings(file, shown.progress());
  shown.done();
  // Standard output is the backup itself.
  std::ostream& out = is_pipe ? std::cerr : std::cout;
  out << file << ": " << counted(report->digest.rows, "row") << " of schema " << report->version;
  if (report->blobs > 0) out << " and " << counted(report->blobs, "file");
  out << (is_pipe ? ", digest " : ", read back, digest ") << report->digest.text << std::endl;
  return EXIT_SUCCESS;
}

}  // namespace threadkeep
