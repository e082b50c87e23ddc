#include "base/random.h"

#include <gtest/gtest.h>

#include <pthread.h>
#include <csignal>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <span>
#include <thread>
#include <vector>

namespace threadkeep {
namespace {

TEST(Random, FillsEveryByteAndNothingElse) {
  // A byte that is left alone keeps its value in all rounds; by chance that happens to none of
  // these in 2^80 tries or so.
  constexpr std::size_t size = 1'000;
  std::vector<bool> was_changed(size + 2, false);
  for (int round = 0; round < 16; ++round) {
    std::vector<std::byte> bytes(size + 2, std::byte{0x5a});
    fill_random(std::span(bytes).subspan(1, size));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] != std::byte{0x5a}) was_changed[i] = true;
    }
  }
  EXPECT_FALSE(was_changed.front());
  EXPECT_FALSE(was_changed.back());
  EXPECT_EQ(std::count(was_changed.begin(), was_changed.end(), true), static_cast<long>(size));
}

// A signal cuts a long answer of the system short.
TEST(Random, GoesOnAfterAnInterruption) {
  struct sigaction action {};
  struct sigaction former {};
  static std::atomic<int> interruptions = 0;
  action.sa_handler = [](int) { ++interruptions; };
  ASSERT_EQ(sigaction(SIGUSR1, &action, &former), 0);
  const pthread_t filler = pthread_self();
  std::atomic<bool> is_done = false;
  std::thread interrupter([&] {
    while (!is_done) {
      pthread_kill(filler, SIGUSR1);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  std::vector<std::byte> bytes(32U << 20);
  fill_random(bytes);
  is_done = true;
  interrupter.join();
  ASSERT_EQ(sigaction(SIGUSR1, &former, nullptr), 0);
  EXPECT_GT(interruptions, 0);
  const auto tail = std::span(bytes).last(4'096);
  EXPECT_TRUE(std::any_of(tail.begin(), tail.end(), [](std::byte b) { return b != std::byte{}; }));
}

TEST(Random, TwoAnswersDiffer) {
  std::array<std::byte, 32> first{};
  std::array<std::byte, 32> second{};
  fill_random(first);
  fill_random(second);
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace threadkeep
