// Invariants, in every build.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace threadkeep {

// Ends the process when what must hold does not: better no answer than nonsense that is stored.
// What was acknowledged is on the disk, and the next start goes on from there. `what` says what
// must hold.
inline void ensure(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "threadkeep: ended by itself, as this does not hold: %s\n", what);
  std::abort();
}

}  // namespace threadkeep
