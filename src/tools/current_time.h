// The tool that tells what time it is.
#pragma once

#include "base/clock.h"
#include "tools/registry.h"

namespace threadkeep::tools {

// In UTC and where the server is. `clock` must outlive it.
RunnableTool current_time(const Clock& clock);

}  // namespace threadkeep::tools
