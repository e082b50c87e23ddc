#include "store/messages.h"

#include <algorithm>

#include "base/limits.h"

namespace threadkeep {

SiblingRange siblings_near(std::size_t own, std::size_t count) {
  constexpr std::size_t half = limits::siblings_listed_max / 2;
  const std::size_t listed = std::min(count, limits::siblings_listed_max);
  const std::size_t first = std::min(own > half ? own - half : 0, count - listed);
  return {first, first + listed};
}

}  // namespace threadkeep
