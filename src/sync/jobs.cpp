#include "sync/jobs.h"

#include <cstdio>

#include "base/limits.h"

namespace threadkeep {

Job lease_job(Store& store, std::chrono::milliseconds interval) {
  return {"the lease", interval, [&store, interval] {
            // A store that cannot be written now complains by itself.
            static_cast<void>(store.write(
                nobody, [](Writer& writer) { return writer.housekeeping().keep_lease(); }));
            return interval;
          }};
}

Job purge_job(Store& store, const Clock& clock, const PurgeTimes& times) {
  return {"emptying the trash", times.first, [&store, &clock, times] {
            const auto purged = store.write(nobody, [now = clock.now_ms()](Writer& writer) {
              return writer.housekeeping().purge(now);
            });
            if (!purged) {
              std::fprintf(stderr, "threadkeep: the trash could not be emptied: %s\n",
                           purged.error().detail.c_str());
              return times.between;
            }
            return purged->has_more ? times.between_steps : times.between;
          }};
}

Job collect_job(Store& store, const Clock& clock, const CollectTimes& times) {
  return {"removing files that nothing refers to", times.first, [&store, &clock, times] {
            const auto collected = store.blobs().collect(clock.now_ms() - limits::blobs_kept_ms);
            if (collected) return times.between;
            std::fprintf(stderr, "threadkeep: unused files could not be removed: %s\n",
                         collected.error().detail.c_str());
            return times.first;
          }};
}

}  // namespace threadkeep
