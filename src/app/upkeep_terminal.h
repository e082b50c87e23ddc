// What the upkeep commands share: opening a store by its location, progress, and being stopped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "app/config.h"
#include "app/progress.h"
#include "base/clock.h"
#include "base/progress.h"
#include "base/result.h"
#include "upkeep/opened_store.h"

namespace threadkeep {

// For reading: a snapshot is begun.
Result<upkeep::OpenedStore> look_at_store(const StoreLocation& location);
// For writing, alone where the engine can tell.
Result<upkeep::OpenedStore> claim_store(const StoreLocation& location, const Clock& clock);

// A bar or lines, until Ctrl-C or SIGTERM, which from now on only stop the work.
class UpkeepProgress {
 public:
  explicit UpkeepProgress(const std::string& what);
  Progress& progress() { return progress_; }
  void done() { line_.done(); }

 private:
  ProgressLine line_;
  std::uint64_t steps_ = 0;
  Progress progress_;
};

// "1 row", "2 rows".
std::string counted(std::uint64_t count, std::string_view thing);

// Writes the line and returns the exit code.
int complain_about(const Error& error);

}  // namespace threadkeep
