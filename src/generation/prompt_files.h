// The files that the turns of a prompt refer to.
#pragma once

#include <memory>
#include <vector>

#include "llm/provider.h"
#include "store/store.h"

namespace threadkeep {

// Those of the user's turns, the newest first, as many as a model is given at once; the others are
// named with the reason. Null: there are none. Blocks.
std::shared_ptr<const llm::Attachments> load_attachments(Store& store, const UserId& user,
                                                         const std::vector<llm::Turn>& turns);

}  // namespace threadkeep
