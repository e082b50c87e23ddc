// The time, from outside: tests bring their own.
#pragma once

#include <cstdint>

namespace threadkeep {

using UnixMs = std::int64_t;  // milliseconds since 1970-01-01T00:00:00Z

// Safe from several threads.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMs now_ms() const = 0;
};

// The system's wall clock. Lives for the whole process.
const Clock& system_clock();

}  // namespace threadkeep
