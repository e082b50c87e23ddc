// Random bytes from the operating system.
#pragma once

#include <cstddef>
#include <span>

namespace threadkeep {

// Fills `bytes` from getrandom(2). Throws std::system_error when the system has none. Safe from
// several threads.
void fill_random(std::span<std::byte> bytes);

}  // namespace threadkeep
