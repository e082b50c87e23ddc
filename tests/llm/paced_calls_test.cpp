#include "llm/paced_calls.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "llm/hearing.h"

namespace threadkeep::llm {
namespace {

using std::chrono::milliseconds;

std::vector<Event> words(std::size_t count) {
  std::vector<Event> events;
  for (std::size_t i = 0; i < count; ++i) events.emplace_back(TextDelta{std::to_string(i) + " "});
  events.emplace_back(Finished{});
  return events;
}

TEST(PacedCalls, SayEverythingInOrder) {
  PacedCalls calls;
  Hearing hearing;
  const auto call = calls.start(words(4), {}, hearing.ear());
  ASSERT_TRUE(hearing.wait_for_end());
  EXPECT_EQ(hearing.heard().text, "0 1 2 3 ");
}

TEST(PacedCalls, KeepThePace) {
  PacedCalls calls;
  Hearing hearing;
  const auto begin = std::chrono::steady_clock::now();
  const auto call = calls.start(words(20), milliseconds(5), hearing.ear());
  ASSERT_TRUE(hearing.wait_for_end());
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, milliseconds(99));
}

TEST(PacedCalls, SpeakSideBySide) {
  PacedCalls calls;
  Hearing slow;
  Hearing quick;
  const auto first = calls.start(words(1'000), milliseconds(10), slow.ear());
  const auto second = calls.start(words(3), milliseconds(1), quick.ear());
  EXPECT_TRUE(quick.wait_for_end());
  EXPECT_FALSE(slow.heard().is_ended());
}

TEST(PacedCalls, AreSilentOnceTheyAreDestroyed) {
  PacedCalls calls;
  for (int round = 0; round < 200; ++round) {
    std::atomic<bool> is_gone = false;
    std::atomic<bool> spoke_too_late = false;
    std::atomic<int> heard = 0;
    auto call = calls.start(words(500), {}, [&](const Event&) {
      ++heard;
      std::this_thread::yield();
      if (is_gone) spoke_too_late = true;
    });
    while (heard < round % 5) std::this_thread::yield();
    call.reset();
    is_gone = true;
    std::this_thread::yield();
    EXPECT_FALSE(spoke_too_late);
  }
}

TEST(PacedCalls, CanBeDestroyedFromTheirOwnEvent) {
  PacedCalls calls;
  std::mutex mutex;
  std::unique_ptr<Call> call;
  std::atomic<int> heard = 0;
  {
    const std::lock_guard lock(mutex);
    call = calls.start(words(100), {}, [&](const Event&) {
      ++heard;
      const std::lock_guard inner(mutex);
      call.reset();
    });
  }
  Hearing other;
  const auto later = calls.start(words(50), {}, other.ear());
  ASSERT_TRUE(other.wait_for_end());
  EXPECT_EQ(heard, 1);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(call, nullptr);
}

// The function of an event may be the last to own another call.
TEST(PacedCalls, CanEndEachOther) {
  PacedCalls calls;
  std::shared_ptr<Call> owned = calls.start(words(5'000), milliseconds(1), [](const Event&) {});
  const std::weak_ptr<Call> watched = owned;
  std::mutex mutex;
  std::unique_ptr<Call> call;
  {
    const std::lock_guard lock(mutex);
    call = calls.start({Finished{}}, {}, [&, owned](const Event&) {
      const std::lock_guard inner(mutex);
      call.reset();
    });
    owned.reset();
  }
  for (int i = 0; i < 1'000 && !watched.expired(); ++i)
    std::this_thread::sleep_for(milliseconds(1));
  EXPECT_TRUE(watched.expired());
  const std::lock_guard lock(mutex);
  EXPECT_EQ(call, nullptr);
}

TEST(PacedCalls, CanBeLeftRunning) {
  Hearing hearing;
  std::unique_ptr<Call> call;
  {
    PacedCalls calls;
    call = calls.start(words(5'000), milliseconds(1), hearing.ear());
  }
  EXPECT_FALSE(hearing.heard().is_ended());
}

}  // namespace
}  // namespace threadkeep::llm
