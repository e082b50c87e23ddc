#include <cstdlib>
#include <iostream>

#include "app/upkeep_commands.h"
#include "app/upkeep_terminal.h"
#include "upkeep/restore.h"

namespace threadkeep {
namespace {

constexpr int exit_restored_with_findings = 3;  // docs/operations.md

Result<upkeep::RestoreReport> restore(const StoreLocation& location, const RestoreChoice& choice,
                                      Progress& progress) {
  const auto replace = choice.replaces ? upkeep::Replace::yes : upkeep::Replace::no;
  if (location.kind == StoreLocation::Kind::sqlite) {
    return upkeep::restore_sqlite(choice.file, location.path, replace, system_clock(), progress);
  }
  auto store = claim_store(location, system_clock());
  if (!store) return tl::unexpected(store.error());
  return upkeep::restore_rows(choice.file, *store, choice.file + ".before-restore", replace,
                              system_clock(), progress);
}

}  // namespace

int restore_store(const Config& config, const RestoreChoice& choice) {
  UpkeepProgress shown("restore");
  const auto report = restore(config.store, choice, shown.progress());
  shown.done();
  if (!report) return complain_about(report.error());
  std::cout << "restored " << report->backup.digest.rows << " rows";
  if (report->backup.blobs > 0) std::cout << " and " << report->backup.blobs << " files";
  std::cout << " from " << choice.file;
  if (!report->backup.has_digest) {
    std::cout << " (a copy without a digest: only its structure could be verified)";
  }
  std::cout << "; epoch " << report->epoch << " begins" << std::endl;
  if (!report->kept_aside.empty()) {
    std::cout << "what was there is kept in " << report->kept_aside << std::endl;
  }
  if (report->check.findings == 0) return EXIT_SUCCESS;
  std::cerr << "threadkeep: it is in place, and " << report->check.findings
            << " things in it are not as they must be: `threadkeep check` names them, `threadkeep "
               "check --repair` mends what can be mended"
            << std::endl;
  return exit_restored_with_findings;
}

}  // namespace threadkeep
