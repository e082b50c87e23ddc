#include <cstdlib>
#include <iostream>

#include "app/upkeep_commands.h"
#include "app/upkeep_terminal.h"
#include "upkeep/check.h"
#include "upkeep/copy.h"

namespace threadkeep {
namespace {

void print(const upkeep::Finding& finding) {
  std::cout << finding.rule << ": " << finding.where << ": " << finding.what;
  if (!finding.done.empty()) std::cout << " (mended: " << finding.done << ")";
  std::cout << std::endl;
}

Result<upkeep::CheckReport> run(upkeep::OpenedStore& store, upkeep::Mend mend) {
  UpkeepProgress shown("check");
  const auto tell = [&](const upkeep::Finding& finding) {
    shown.done();
    print(finding);
  };
  auto report = upkeep::check_store(*store.connection, mend, system_clock(), tell, shown.progress(),
                                    {{}, store.blobs.get()});
  shown.done();
  return report;
}

}  // namespace

int check_store(const Config& config, const CheckChoice& choice) {
  auto store =
      choice.repairs ? claim_store(config.store, system_clock()) : look_at_store(config.store);
  if (!store) return complain_about(store.error());
  if (const auto whole = upkeep::refuse_unfinished_copy(*store->connection); !whole) {
    return complain_about(whole.error());
  }
  auto report = run(*store, choice.repairs ? upkeep::Mend::yes : upkeep::Mend::no);
  if (!report) return complain_about(report.error());
  if (report->mended > 0) {
    std::cout << "mended " << report->mended << " of " << counted(report->findings, "finding")
              << "; looking again" << std::endl;
    report = run(*store, upkeep::Mend::no);
    if (!report) return complain_about(report.error());
  }
  std::cout << counted(report->conversations, "conversation") << ", "
            << counted(report->messages, "message") << ", " << counted(report->findings, "finding")
            << std::endl;
  return report->findings == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace threadkeep
