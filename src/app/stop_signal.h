// Ctrl-C and SIGTERM for commands that end at their next safe point.
#pragma once

namespace threadkeep {

// From now on the first of the two signals only makes is_stop_requested() true. The second one ends
// the process at once: everything that is half done can bear that.
void catch_stop_signals();

// Any thread.
bool is_stop_requested();

}  // namespace threadkeep
