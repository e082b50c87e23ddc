#include "sync/clock_watch.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace threadkeep {

bool ClockWatch::look() {
  const std::lock_guard lock(mutex_);
  if (!has_begun_ && !begin()) return false;
  const Moment present = now();
  const std::int64_t ran_ms = present.monotonic - last_.monotonic;
  const std::int64_t moved_ms = present.wall - last_.wall - ran_ms;
  last_ = present;
  distrust_ms_ = std::max<std::int64_t>(0, distrust_ms_ - ran_ms);
  if (std::abs(moved_ms) > options_.jump_ms) distrust(moved_ms, "at once");
  if (!noted_at_ || present.monotonic - *noted_at_ >= options_.between_notes_ms) note();
  return distrust_ms_ == 0;
}

// What the store knows of the time before this start. False: it cannot be read now.
bool ClockWatch::begin() {
  const auto noted =
      store_.read([](const Reader& reader) { return reader.housekeeping().clock_note(); });
  if (!noted) return false;
  has_begun_ = true;
  last_ = now();
  if (!*noted) return true;
  distrust_ms_ = std::clamp<std::int64_t>((*noted)->distrust_ms, 0, options_.distrust_ms);
  const std::int64_t moved_ms = last_.wall - (*noted)->seen_at;
  if (moved_ms > options_.away_ms_max || moved_ms < -options_.future_ms_max)
    distrust(moved_ms, "since the store was used last");
  return true;
}

void ClockWatch::distrust(std::int64_t moved_ms, const char* since) {
  distrust_ms_ = options_.distrust_ms;
  std::fprintf(stderr,
               "threadkeep: the clock of this machine went %s by %lld s %s: nothing is erased for "
               "good by itself for %lld hours of running\n",
               moved_ms < 0 ? "back" : "ahead", static_cast<long long>(std::abs(moved_ms) / 1'000),
               since, static_cast<long long>(options_.distrust_ms / 3'600'000));
  noted_at_.reset();
}

// A store that cannot be written now is noted later.
void ClockWatch::note() {
  const ClockNote note{last_.wall, distrust_ms_};
  const auto noted = store_.write(nobody, [note](Writer& writer) {
    writer.housekeeping().note_clock(note);
    return Result<void>();
  });
  if (noted) noted_at_ = last_.monotonic;
}

}  // namespace threadkeep
