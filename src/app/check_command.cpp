#include <cstdlib>
#include <iostream>

#include "app/upkeep_commands.h"
#include "app/upkeep_terminal.h"
#include "store/upkeep/check.h"

namespace threadkeep {
namespace {

void print(const upkeep::Finding& finding) {
  std::cout << finding.rule << ": " << finding.where << ": " << finding.what;
  if (!finding.done.empty()) std::cout << " (mended: " << finding.done << ")";
  std::cout << std::endl;
}

Result<upkeep::CheckReport> run(upkeep::Place& place, upkeep::Mend mend) {
  UpkeepProgress progress("check");
  const auto tell = [&](const upkeep::Finding& finding) {
    progress.done();
    print(finding);
  };
  auto report =
      upkeep::check_store(*place.connection, mend, system_clock(), tell, progress.course());
  progress.done();
  return report;
}

}  // namespace

int check_store(const Config& config, const CheckChoice& choice) {
  auto place =
      choice.repairs ? claim_store(config.store, system_clock()) : look_at_store(config.store);
  if (!place) return complain_about(place.error());
  auto report = run(*place, choice.repairs ? upkeep::Mend::yes : upkeep::Mend::no);
  if (!report) return complain_about(report.error());
  if (report->mended > 0) {
    std::cout << "mended " << report->mended << " of " << report->findings
              << " findings; looking again" << std::endl;
    report = run(*place, upkeep::Mend::no);
    if (!report) return complain_about(report.error());
  }
  std::cout << report->conversations << " conversations, " << report->messages << " messages, "
            << report->findings << " findings" << std::endl;
  return report->findings == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace threadkeep
