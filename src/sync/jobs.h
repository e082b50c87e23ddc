// What a server does by itself while it runs. Each store, clock and watch must outlive the job.
#pragma once

#include <chrono>

#include "base/clock.h"
#include "store/store.h"
#include "sync/clock_watch.h"
#include "sync/ticker.h"

namespace threadkeep {

// Says that this process lives, so that other processes on the same store leave its answers alone;
// and ends the answers of those that are gone. The lease is longer than several intervals.
Job lease_job(Store& store, std::chrono::milliseconds interval = std::chrono::milliseconds(5'000));

struct PurgeTimes {
  std::chrono::milliseconds looks{5'000};   // at the clock
  std::chrono::milliseconds first{60'000};  // after the start
  std::chrono::milliseconds between{3'600'000};
  std::chrono::milliseconds between_steps{50};  // so that others are served meanwhile
};

// Empties the trash of all users: what Housekeeping::purge does, step by step, but nothing while
// the clock is not to be trusted: that is looked at again and again, also for others who ask the
// watch seldom. A purge that fails is told on stderr and tried again the next time.
Job purge_job(Store& store, const Clock& clock, ClockWatch& watch, const PurgeTimes& times = {});

struct CollectTimes {
  std::chrono::milliseconds first{600'000};  // after the start
  std::chrono::milliseconds between{24 * 3'600'000};
};

// Removes the files that no message has referred to for limits::blobs_kept_ms (store/blobs.h). It
// looks through messages, so it belongs on a ticker of its own, where nothing waits for it. While
// the clock is not to be trusted nothing is removed. Then, and when a run fails, which is told on
// stderr, it is tried again after `first`.
Job collect_job(Store& store, const Clock& clock, ClockWatch& watch,
                const CollectTimes& times = {});

}  // namespace threadkeep
