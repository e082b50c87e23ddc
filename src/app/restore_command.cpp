#include <cstdlib>
#include <iostream>

#include "app/upkeep_commands.h"
#include "app/upkeep_terminal.h"
#include "store/upkeep/restore.h"

namespace threadkeep {
namespace {

Result<upkeep::RestoreReport> restore(const StoreLocation& location, const RestoreChoice& choice,
                                      upkeep::Course& course) {
  const auto replace = choice.replaces ? upkeep::Replace::yes : upkeep::Replace::no;
  if (location.kind == StoreLocation::Kind::sqlite) {
    return upkeep::restore_sqlite(choice.file, location.path, replace, system_clock(), course);
  }
  auto place = claim_store(location, system_clock());
  if (!place) return tl::unexpected(place.error());
  return upkeep::restore_rows(choice.file, *place->connection, choice.file + ".before-restore",
                              replace, system_clock(), course);
}

}  // namespace

int restore_store(const Config& config, const RestoreChoice& choice) {
  UpkeepProgress progress("restore");
  const auto report = restore(config.store, choice, progress.course());
  progress.done();
  if (!report) return complain_about(report.error());
  std::cout << "restored " << report->backup.digest.rows << " rows from " << choice.file;
  if (!report->backup.has_digest) {
    std::cout << " (a copy without a digest: only its structure could be verified)";
  }
  std::cout << "; epoch " << report->epoch << " begins" << std::endl;
  if (!report->kept_aside.empty()) {
    std::cout << "what was there is kept in " << report->kept_aside << std::endl;
  }
  return EXIT_SUCCESS;
}

}  // namespace threadkeep
