// What the stored keys have room for.
#pragma once

#include <cstdint>

#include "base/limits.h"

namespace threadkeep {

// Smaller in tests. Beyond it: too_large.
struct StoreLimits {
  std::int64_t conversations_per_user_max = limits::conversations_per_user_max;
  std::int64_t messages_per_conversation_max = limits::messages_per_conversation_max;
};

}  // namespace threadkeep
