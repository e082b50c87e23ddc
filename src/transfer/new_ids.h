// A conversation from elsewhere under ids that are not its source's.
#pragma once

#include "store/store.h"

namespace threadkeep {

// All ids of it replaced by ones that follow from them. Called again for the outcome: others.
ConversationMerge with_new_ids(ConversationMerge merge, const UserId& user);

}  // namespace threadkeep
