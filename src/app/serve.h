// `threadkeep serve`: builds the parts, runs until SIGTERM or SIGINT, takes them down in order.
#pragma once

#include <chrono>
#include <memory>

#include "app/config.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/ulid.h"
#include "store/store.h"

namespace threadkeep {

// Opens the store that the configuration names. Fails: storage_unavailable with the reason.
Result<std::unique_ptr<Store>> open_store(const Config& config, const Clock& clock, UlidMaker& ids);

// Blocks until a signal. `started_at` is when the process began, for the line that tells how long
// the start took. Returns the exit code: exit_config when the start is refused by the
// configuration, or by the store that it names.
int serve(const Config& config, std::chrono::steady_clock::time_point started_at);

}  // namespace threadkeep
