// Eight writers on one user, and readers who follow: no reader misses a change.
// THREADKEEP_RACE_TRANSACTIONS sets the number.
#include "store/feed_race.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "store/contract.h"

namespace threadkeep::test {
namespace {

class FeedRace : public Contract {};
INSTANTIATE_FOR_ALL_STORES(FeedRace);

TEST_P(FeedRace, NoReaderMissesAChange) {
  FeedRaceSize size;
  if (const char* text = std::getenv("THREADKEEP_RACE_TRANSACTIONS")) {
    size.transactions = std::strtoull(text, nullptr, 10);
  } else if (GetParam() == Kind::memory) {
    size.transactions = 800;  // its pages go over all rows
  } else if (GetParam() == Kind::postgres) {
    size.transactions = 8'000;  // eight stores that wait for one row: each has a commit of its own
  }
  std::vector<std::unique_ptr<Store>> more;
  std::vector<Store*> stores{&store()};
  // As several server processes have them.
  for (int i = 1; GetParam() == Kind::postgres && i < size.writers; ++i) {
    more.push_back(make_store(GetParam(), folder_, clock_, ids_));
    stores.push_back(more.back().get());
  }
  const FeedRaceOutcome outcome = race_for_the_feed(stores, size);
  EXPECT_EQ(outcome.written, size.transactions);
  EXPECT_EQ(outcome.missed, 0U);
  EXPECT_EQ(outcome.backwards, 0U);
  EXPECT_GT(outcome.pages, static_cast<std::uint64_t>(size.readers));
  RecordProperty("pages", static_cast<int>(outcome.pages));
}

}  // namespace
}  // namespace threadkeep::test
