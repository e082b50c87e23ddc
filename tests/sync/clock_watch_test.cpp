// A wall clock that is set, or was wrong at a start, empties nothing.
#include "sync/clock_watch.h"

#include <gtest/gtest.h>

#include "store/stores.h"
#include "sync/jobs.h"
#include "sync/ticker.h"

namespace threadkeep::test {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour;

class ClockWatching : public testing::TestWithParam<Kind> {
 protected:
  ClockWatch start() { return ClockWatch(*store_, clock_); }
  // Looks every minute for so long; returns whether the clock is trusted at the end.
  bool run(ClockWatch& watch, std::int64_t ms) {
    bool is_trusted = watch.look();
    for (std::int64_t ran = 0; ran < ms; ran += 60'000) {
      clock_.advance(60'000);
      is_trusted = watch.look();
    }
    return is_trusted;
  }

  const TemporaryFolder folder_{TemporaryFolder::On::memory};
  ManualClock clock_;
  UlidMaker ids_{clock_};
  const std::unique_ptr<Store> store_ = make_store(GetParam(), folder_, clock_, ids_);
};
INSTANTIATE_TEST_SUITE_P(Stores, ClockWatching, testing::Values(Kind::memory, Kind::sqlite));

TEST_P(ClockWatching, AnEvenClockIsTrusted) {
  ClockWatch watch = start();
  EXPECT_TRUE(run(watch, 3 * day));
  clock_.advance(40 * day);  // the machine slept
  EXPECT_TRUE(watch.look());
}

TEST_P(ClockWatching, AJumpIsDistrustedForADayOfRunning) {
  for (const std::int64_t jump : {31 * day, -31 * day, std::int64_t{2 * 60'000}}) {
    ClockWatch watch = start();
    ASSERT_TRUE(run(watch, hour));
    clock_.jump(jump);
    EXPECT_FALSE(watch.look());
    EXPECT_FALSE(run(watch, day - 2 * 60'000)) << jump;
    EXPECT_TRUE(run(watch, 3 * 60'000)) << jump;
    clock_.jump(-jump);
    run(watch, day + hour);
  }
}

TEST_P(ClockWatching, AMinuteOfAWrongClockAndBackIsAJumpToo) {
  ClockWatch watch = start();
  ASSERT_TRUE(watch.look());
  clock_.jump(31 * day);
  EXPECT_FALSE(run(watch, 60'000));
  clock_.jump(-31 * day);
  EXPECT_FALSE(run(watch, hour));
}

TEST_P(ClockWatching, AnotherStartDoesNotEndTheDistrust) {
  {
    ClockWatch watch = start();
    ASSERT_TRUE(watch.look());
    clock_.jump(31 * day);
    EXPECT_FALSE(run(watch, 12 * hour));
  }
  ClockWatch again = start();
  EXPECT_FALSE(run(again, 10 * hour));
  EXPECT_TRUE(run(again, 4 * hour));
}

TEST_P(ClockWatching, AStartByAWrongClockIsNoticed) {
  {
    ClockWatch watch = start();
    ASSERT_TRUE(run(watch, hour));
  }
  clock_.advance(6 * day);  // switched off: as long as that is usual
  EXPECT_TRUE(start().look());
  clock_.advance(31 * day);
  ClockWatch late = start();
  EXPECT_FALSE(run(late, 20 * hour));
  EXPECT_TRUE(run(late, 5 * hour));
  clock_.jump(-400 * day);
  EXPECT_FALSE(start().look());
}

TEST(PurgeJob, EmptiesNothingByAClockThatJumped) {
  const TemporaryFolder folder(TemporaryFolder::On::memory);
  ManualClock clock;
  UlidMaker ids(clock);
  const auto store = make_store(Kind::sqlite, folder, clock, ids);
  const UserId ann = id_of(1);
  store->write(ann, chat(id_of(1), "Tea")).value();
  store->write(ann, DeleteConversation{id_of(1), Erase::later}).value();
  PurgeTimes times;
  times.looks = times.first = times.between = 1ms;
  ClockWatch watch(*store, clock);
  const Job job = purge_job(*store, clock, watch, times);
  std::this_thread::sleep_for(2ms);
  job.run();
  clock.jump(31 * day);
  const auto run_often = [&] {
    for (int i = 0; i < 5; ++i) {
      std::this_thread::sleep_for(2ms);
      job.run();
    }
  };
  run_often();
  EXPECT_EQ(find_conversation(*store, ann, id_of(1)).value().title, "Tea");
  clock.advance(day - 1);
  run_often();
  EXPECT_EQ(find_conversation(*store, ann, id_of(1)).value().title, "Tea");
  clock.advance(1);
  run_often();
  EXPECT_EQ(find_conversation(*store, ann, id_of(1)).value().title, "") << "a person had a day";
}

TEST(CollectJob, RemovesNothingByAClockThatJumped) {
  const TemporaryFolder folder(TemporaryFolder::On::memory);
  ManualClock clock;
  UlidMaker ids(clock);
  const auto store = make_store(Kind::sqlite, folder, clock, ids);
  const UserId ann = id_of(1);
  const auto upload = store->blobs().upload(ann, "text/plain");
  ASSERT_TRUE((*upload)->add("not sent yet, by a device that is offline"));
  const BlobHash unsent = (*upload)->finish().value().hash;
  ClockWatch watch(*store, clock);
  const CollectTimes times;
  const Job job = collect_job(*store, clock, watch, times);
  EXPECT_EQ(job.run(), times.between);
  clock.jump(limits::blobs_kept_ms + day);
  EXPECT_EQ(job.run(), times.first) << "it looks again soon";
  EXPECT_TRUE(store->blobs().find(ann, unsent));
  clock.advance(day - 1);
  job.run();
  EXPECT_TRUE(store->blobs().find(ann, unsent));
  clock.advance(1);
  EXPECT_EQ(job.run(), times.between);
  EXPECT_FALSE(store->blobs().find(ann, unsent)) << "a person had a day";
}

}  // namespace
}  // namespace threadkeep::test
