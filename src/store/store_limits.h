// What the stored keys have room for, and from where on a store keeps things otherwise.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/limits.h"

namespace threadkeep {

// Smaller in tests. Beyond it: too_large.
struct StoreLimits {
  std::int64_t conversations_per_user_max = limits::conversations_per_user_max;
  std::int64_t messages_per_conversation_max = limits::messages_per_conversation_max;
  // Bytes from which on an answer is not written once more at its end, where the engine keeps it in
  // few parts: they stay.
  std::size_t long_answer_bytes = std::size_t{64} << 10;
  // Files of a user that a collection looks for in the messages at once. All of them are looked at:
  // this bounds its memory.
  std::int64_t blobs_per_look = 100'000;
};

}  // namespace threadkeep
