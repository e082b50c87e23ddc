// Notices that the wall clock was set, or was wrong at a start, so that nothing is erased for good
// by a time that is not true.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "store/store.h"

namespace threadkeep {

struct ClockWatchOptions {
  // The wall clock has jumped when it moved so much more or less than the monotonic one.
  std::int64_t jump_ms = 60'000;
  // After a jump the clock is not trusted for so long: enough for a person to notice.
  std::int64_t distrust_ms = 86'400'000;
  // At a start: it is wrong, or the server was off for so long that nobody can tell, when the
  // store has not been seen for longer; and when the store was seen in a future farther than that.
  std::int64_t away_ms_max = std::int64_t{7} * 86'400'000;
  std::int64_t future_ms_max = 3'600'000;
  std::int64_t between_notes_ms = 3'600'000;
};

// Safe from several threads. `store` and `clock` must outlive it.
class ClockWatch {
 public:
  ClockWatch(Store& store, const Clock& clock, const ClockWatchOptions& options = {})
      : store_(store), clock_(clock), options_(options) {}

  // To be called every few seconds. Tells a jump on stderr. Returns whether the wall clock may be
  // trusted with what cannot be undone. What is left of a distrust is noted in the store, so that
  // another start does not end it.
  bool look();

 private:
  // The mutex is held.
  bool begin();
  void distrust(std::int64_t moved_ms, const char* since);
  void note();

  struct Moment {
    UnixMs wall = 0;
    MonotonicMs monotonic = 0;
  };
  Moment now() const { return {clock_.now_ms(), clock_.monotonic_ms()}; }

  Store& store_;
  const Clock& clock_;
  const ClockWatchOptions options_;
  std::mutex mutex_;
  bool has_begun_ = false;
  Moment last_;
  std::int64_t distrust_ms_ = 0;  // that are left
  std::optional<MonotonicMs> noted_at_;
};

}  // namespace threadkeep
