// Opens what a crash left, and compares it with the history that was going on.
#pragma once

#include <string>

#include "store/history.h"
#include "store/simulated_disk.h"
#include "store/sqlite/sqlite_store.h"

namespace threadkeep::test {

struct Recovery {
  std::size_t lost = 0;  // changes that were acknowledged and are not there
  // The database does not open, holds no state of the history, disagrees with itself, or is not
  // what it should be after the rest of the history was sent again.
  std::string complaint;

  bool is_sound() const { return lost == 0 && complaint.empty(); }
};

// What came to be known before the crash.
struct Known {
  std::size_t acknowledged = 0;
  std::size_t submitted = 0;
};

// The clients send again, with the same ids, everything that was not acknowledged to them:
// afterwards each change must be there once, and after another loss of power too. `folder` is for
// the lock file.
enum class Afterwards { nothing, another_power_cut };
Recovery recover(const History& history, const Files& files, const Known& known,
                 const TemporaryFolder& folder, std::uint64_t seed, Afterwards afterwards);

// Small pages, and few of them in the log, so that checkpoints happen within a short history.
SqliteOptions options_on(const SimulatedDisk& disk, const std::string& path);

}  // namespace threadkeep::test
