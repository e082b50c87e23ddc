#include "sync/ticker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "store/stores.h"
#include "sync/jobs.h"

namespace threadkeep::test {
namespace {

using namespace std::chrono_literals;

TEST(Ticker, EachJobRunsAtItsOwnTimesAndOneThatFailsRunsAgain) {
  std::atomic<int> often = 0;
  std::atomic<int> seldom = 0;
  std::atomic<int> failing = 0;
  const Ticker ticker({{"often", 1ms,
                        [&] {
                          ++often;
                          return 1ms;
                        }},
                       {"seldom", 1ms,
                        [&] {
                          ++seldom;
                          return std::chrono::milliseconds(1h);
                        }},
                       {"failing", 1ms, [&]() -> std::chrono::milliseconds {
                          ++failing;
                          throw std::runtime_error("as the test wants it");
                        }}});
  while (often < 50 || failing < 5) std::this_thread::yield();
  EXPECT_EQ(seldom, 1);
}

TEST(Ticker, EndsAtOnceWhenThereIsNothingToDoForAnHour) {
  const Ticker idle({{"later", std::chrono::milliseconds(1h), [] { return 1ms; }}});
  const Ticker empty({});
}

TEST(PurgeJob, EmptiesTheTrashByItself) {
  const TemporaryFolder folder(TemporaryFolder::On::memory);
  ManualClock clock;
  UlidMaker ids(clock);
  const auto store = make_store(Kind::sqlite, folder, clock, ids);
  const UserId ann = id_of(1);
  for (std::uint64_t number = 1; number <= 3; ++number) {
    store->write(ann, chat(id_of(number), "Tea")).value();
  }
  store->write(ann, DeleteConversation{id_of(1), Erase::later}).value();
  PurgeTimes times;
  times.first = 1ms;
  times.between = 1ms;
  ClockWatch watch(*store, clock);
  const Ticker ticker({purge_job(*store, clock, watch, times)});
  clock.advance(limits::trash_kept_ms - 1);
  store->write(ann, DeleteConversation{id_of(2), Erase::later}).value();
  EXPECT_EQ(find_conversation(*store, ann, id_of(1)).value().title, "Tea");
  clock.advance(1);
  while (find_conversation(*store, ann, id_of(1)).value().title == "Tea") std::this_thread::yield();
  EXPECT_EQ(find_conversation(*store, ann, id_of(2)).value().title, "Tea");
  EXPECT_EQ(find_conversation(*store, ann, id_of(3)).value().title, "Tea");
}

TEST(CollectJob, RemovesFilesThatNothingReferredToForLong) {
  const TemporaryFolder folder(TemporaryFolder::On::memory);
  ManualClock clock;
  UlidMaker ids(clock);
  const auto store = make_store(Kind::sqlite, folder, clock, ids);
  const UserId ann = id_of(1);
  const auto put = [&](const std::string& bytes) {
    const auto upload = store->blobs().upload(ann, "text/plain");
    EXPECT_TRUE((*upload)->add(bytes));
    return (*upload)->finish().value().hash;
  };
  const BlobHash referred = put("referred to");
  const BlobHash unused = put("unused");
  store->write(ann, chat(id_of(1))).value();
  NewMessage message = said(id_of(2), id_of(1), "");
  message.content = R"([{"type":"file","attachmentId":")" + referred.text() +
                    R"(","name":"a","mediaType":"text/plain","size":11}])";
  store->write(ann, message).value();
  CollectTimes times;
  times.first = 1ms;
  times.between = 1ms;
  ClockWatch watch(*store, clock);
  const Ticker ticker({collect_job(*store, clock, watch, times)});
  clock.advance(limits::blobs_kept_ms - 1);
  const BlobHash young = put("young");
  std::this_thread::sleep_for(50ms);
  EXPECT_TRUE(store->blobs().find(ann, unused)) << "a device may still hold its message unsent";
  clock.advance(2);
  while (store->blobs().find(ann, unused)) std::this_thread::yield();
  EXPECT_TRUE(store->blobs().find(ann, referred));
  EXPECT_TRUE(store->blobs().find(ann, young));
}

}  // namespace
}  // namespace threadkeep::test
