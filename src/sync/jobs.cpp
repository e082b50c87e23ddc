#include "sync/jobs.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/limits.h"

namespace threadkeep {
namespace {

// Returns after how long the next step is due.
std::chrono::milliseconds purge_once(Store& store, const Clock& clock, const PurgeTimes& times) {
  const auto purged = store.write(
      nobody, [now = clock.now_ms()](Writer& writer) { return writer.housekeeping().purge(now); });
  if (!purged) {
    std::fprintf(stderr, "threadkeep: the trash could not be emptied: %s\n",
                 purged.error().detail.c_str());
    return times.between;
  }
  return purged->has_more ? times.between_steps : times.between;
}

}  // namespace

Job lease_job(Store& store, std::chrono::milliseconds interval) {
  return {"the lease", interval, [&store, interval] {
            // A store that cannot be written now complains by itself.
            static_cast<void>(store.write(
                nobody, [](Writer& writer) { return writer.housekeeping().keep_lease(); }));
            return interval;
          }};
}

Job purge_job(Store& store, const Clock& clock, ClockWatch& watch, const PurgeTimes& times) {
  using Time = std::chrono::steady_clock;
  const auto due = std::make_shared<Time::time_point>(Time::now() + times.first);
  return {"emptying the trash", std::min(times.looks, times.first),
          [&store, &clock, &watch, times, due] {
            // The clock is looked at before each step, so that none runs by a wrong one.
            const bool is_trusted = watch.look();
            if (is_trusted && Time::now() >= *due)
              *due = Time::now() + purge_once(store, clock, times);
            const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*due - Time::now());
            return std::clamp(wait, std::chrono::milliseconds(1), times.looks);
          }};
}

Job collect_job(Store& store, const Clock& clock, ClockWatch& watch, const CollectTimes& times) {
  return {"removing files that nothing refers to", times.first, [&store, &clock, &watch, times] {
            if (!watch.look()) return times.first;
            const auto collected = store.blobs().collect(clock.now_ms() - limits::blobs_kept_ms);
            if (collected) return times.between;
            std::fprintf(stderr, "threadkeep: unused files could not be removed: %s\n",
                         collected.error().detail.c_str());
            return times.first;
          }};
}

}  // namespace threadkeep
