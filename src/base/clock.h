// The time, from outside: tests bring their own.
#pragma once

#include <cstdint>

namespace threadkeep {

using UnixMs = std::int64_t;       // milliseconds since 1970-01-01T00:00:00Z
using MonotonicMs = std::int64_t;  // milliseconds since a moment that means nothing

// Safe from several threads.
class Clock {
 public:
  virtual ~Clock() = default;
  // The wall clock: for what people read. It can be wrong, and be set at any moment.
  virtual UnixMs now_ms() const = 0;
  // For waits, leases and limits of time: rises evenly, whatever becomes of the wall clock, and
  // also while the machine sleeps. A clock that has no other time of its own gives that of its
  // wall.
  virtual MonotonicMs monotonic_ms() const { return now_ms(); }
};

// The system's clocks. Lives for the whole process.
const Clock& system_clock();

}  // namespace threadkeep
