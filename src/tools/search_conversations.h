// The tool that lets any model search the user's own history.
#pragma once

#include "store/store.h"
#include "tools/registry.h"

namespace threadkeep::tools {

// `store` must outlive it.
RunnableTool search_conversations(Store& store);

}  // namespace threadkeep::tools
