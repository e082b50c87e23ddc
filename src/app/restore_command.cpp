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
  std::cout << "restored " << counted(report->backup.digest.rows, "row");
  if (report->backup.blobs > 0) std::cout << " and " << counted(report->backup.blobs, "file");
  std::cout << " from " << choice.file;
  if (!report->backup.has_digest) {
    std::cout << " (a copy without a digest: only its structure could be verified)";
  }
  std::cout << "; epoch " << report->epoch << " begins" << std::endl;
  if (!report->kept_aside.empty()) {
    std::cout << "what was there is kept in " << report->kept_aside << std::endl;
  }
  const std::uint64_t findings = report->check.findings;
  if (findings == 0) return EXIT_SUCCESS;
  std::cerr << "threadkeep: it is in place, and " << counted(findings, "thing") << " in it "
            << (findings == 1 ? "is not as it must be" : "are not as they must be")
            << ": `threadkeep check` shows where, `threadkeep check --repair` mends what can be "
               "mended"
            << std::endl;
  return exit_restored_with_findings;
}

}  // namespace threadkeep
