// Writers and readers of one user's feed at once: does any reader miss a change?
#pragma once

#include <cstdint>
#include <vector>

#include "store/store.h"

namespace threadkeep::test {

struct FeedRaceSize {
  int writers = 8;
  int readers = 4;
  std::uint64_t transactions = 32'000;  // of all writers
};

struct FeedRaceOutcome {
  std::uint64_t written = 0;
  std::uint64_t pages = 0;      // read by all readers
  std::uint64_t missed = 0;     // messages that a reader never saw, of all readers
  std::uint64_t backwards = 0;  // pages that were not behind the one before
};

// Every writer appends to a conversation of its own, the first with the first store and so on; the
// readers follow the feed in pages of random sizes with the stores in turn, until they have seen
// the end of it after the last commit. The stores are of one database.
FeedRaceOutcome race_for_the_feed(const std::vector<Store*>& stores, const FeedRaceSize& size);

}  // namespace threadkeep::test
