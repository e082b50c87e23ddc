#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "base/ulid.h"

namespace threadkeep {
namespace {

class SetClock final : public Clock {
 public:
  UnixMs now_ms() const override { return now_.load(); }
  void set(UnixMs now) { now_ = now; }

 private:
  std::atomic<UnixMs> now_ = 0;
};

TEST(UlidMaker, TakesTheTimeOfItsClock) {
  SetClock clock;
  UlidMaker maker(clock);
  clock.set(1469922850259);
  EXPECT_EQ(maker.next().time_ms(), 1469922850259);
  EXPECT_EQ(maker.next().time_ms(), 1469922850259);
  clock.set(1469922850260);
  EXPECT_EQ(maker.next().time_ms(), 1469922850260);
}

TEST(UlidMaker, RisesWhileTheClockStandsStill) {
  SetClock clock;
  clock.set(1'700'000'000'000);
  UlidMaker maker(clock);
  Ulid last = maker.next();
  for (int i = 0; i < 100'000; ++i) {  // many carries over the lowest bytes
    const Ulid next = maker.next();
    ASSERT_LT(last, next);
    last = next;
  }
}

TEST(UlidMaker, RisesWhenTheClockStepsBack) {
  SetClock clock;
  UlidMaker maker(clock);
  std::mt19937_64 random(3);
  UnixMs now = 1'700'000'000'000;
  clock.set(now);
  Ulid last = maker.next();
  for (int i = 0; i < 20'000; ++i) {
    now += static_cast<UnixMs>(random() % 2'001) - 1'000;  // back as often as forth
    if (i % 5'000 == 4'999) now -= 86'400'000;             // and by a day
    clock.set(now);
    const Ulid next = maker.next();
    ASSERT_LT(last, next) << "step " << i;
    ASSERT_GE(next.time_ms(), last.time_ms());
    last = next;
  }
}

TEST(UlidMaker, TakesFreshRandomBitsEachMillisecond) {
  SetClock clock;
  UlidMaker maker(clock);
  std::set<std::string> random_parts;
  for (UnixMs now = 1; now <= 1'000; ++now) {
    clock.set(now);
    random_parts.insert(std::string(maker.next().bytes().substr(6)));
  }
  EXPECT_EQ(random_parts.size(), 1'000U);
}

TEST(UlidMaker, TwoMakersDoNotMeet) {
  SetClock clock;
  clock.set(1'700'000'000'000);
  UlidMaker first(clock);
  UlidMaker second(clock);
  std::set<Ulid> ids;
  for (int i = 0; i < 1'000; ++i) {
    ids.insert(first.next());
    ids.insert(second.next());
  }
  EXPECT_EQ(ids.size(), 2'000U);
}

void expect_unique_over_threads(const Clock& clock) {
  constexpr std::size_t thread_count = 8;
  constexpr std::size_t ids_each = 50'000;
  UlidMaker maker(clock);
  std::vector<std::vector<Ulid>> made(thread_count);
  std::vector<std::thread> threads;
  threads.reserve(thread_count);
  std::latch start(thread_count);
  for (std::vector<Ulid>& mine : made) {
    threads.emplace_back([&maker, &mine, &start] {
      mine.reserve(ids_each);
      start.arrive_and_wait();
      for (std::size_t i = 0; i < ids_each; ++i) mine.push_back(maker.next());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<Ulid> all;
  for (const std::vector<Ulid>& mine : made) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    all.insert(all.end(), mine.begin(), mine.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  EXPECT_EQ(all.size(), 400'000U);
}

TEST(UlidMaker, ThreadsGetDifferentIdsAndEachSeesThemRise) {
  expect_unique_over_threads(system_clock());
}

// Without fresh random bits only the lock keeps them apart.
TEST(UlidMaker, ThreadsGetDifferentIdsInOneMillisecond) {
  SetClock clock;
  clock.set(1'700'000'000'000);
  expect_unique_over_threads(clock);
}

}  // namespace
}  // namespace threadkeep
