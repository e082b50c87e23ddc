// The tool that lets a model read one of the user's conversations, page by page.
#pragma once

#include "store/store.h"
#include "tools/registry.h"

namespace threadkeep::tools {

// `store` must outlive it.
RunnableTool read_conversation(Store& store);

}  // namespace threadkeep::tools
