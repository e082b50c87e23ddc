// The store that keeps everything in memory and nothing after the process ends. For tests, where it
// is the oracle of the others, and for trying the server out.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/ulid.h"
#include "store/store.h"

namespace threadkeep {

// `clock` and `ids` must outlive the store.
std::unique_ptr<Store> make_memory_store(const Clock& clock, UlidMaker& ids,
                                         const StoreLimits& limits = {});

}  // namespace threadkeep
