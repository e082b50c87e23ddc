// What the store does for itself and not for a user: what a start, the passing of time and a
// restore call for.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "domain/conversation.h"

namespace threadkeep {

struct Purged {
  std::int64_t erased = 0;      // conversations
  std::int64_t messages = 0;    // erased, of those that were deleted alone
  std::int64_t forgotten = 0;   // conversations, and presets
  std::int64_t operations = 0;  // forgotten
  bool has_more = false;
};

// What servers on this store have noted of their wall clock, for the next start.
struct ClockNote {
  UnixMs seen_at = 0;           // by the wall clock, when it was noted
  MonotonicMs distrust_ms = 0;  // for so long the clock was still not to be trusted
};

class Housekeeping {
 public:
  virtual ~Housekeeping() = default;

  // Leaves a mark, and looks for it: whether the store can be written and read.
  virtual void leave_mark() = 0;
  virtual bool has_mark() const = 0;
  // The one local user of an installation without accounts; made at the first call.
  virtual UserId local_user() = 0;
  // At the start of a process: sets the reserved and streaming answers of all users that nobody
  // writes any more to interrupted, keeping their text: what a crash left. Where several processes
  // use the store, those of this process in an earlier life and of processes that are gone. Touches
  // the messages alone. Returns how many.
  virtual std::int64_t interrupt_unfinished() = 0;
  // Where several processes use the store: says that this one lives, and does the same for those
  // that have not said so for too long. To be called every few seconds. Returns how many.
  virtual std::int64_t keep_lease() = 0;
  // Begins another epoch (store/sync.h), greater than `above`: after a restore, or when a standby
  // takes over. Returns it.
  virtual std::int64_t bump_epoch(std::int64_t above) = 0;
  // None: nothing was noted yet.
  virtual std::optional<ClockNote> clock_note() const = 0;
  virtual void note_clock(const ClockNote& note) = 0;
  // Erases for good what has been in the trash for trash_kept_ms, forgets the ids of what was
  // erased ids_kept_ms ago and the operations run before that. A call does about
  // purge_rows_per_call rows of each.
  virtual Purged purge(UnixMs now) = 0;
};

}  // namespace threadkeep
