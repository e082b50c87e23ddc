#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
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

TEST(Random, AnswersMoreThanOneSystemCallGives) {
  // getrandom(2) promises whole answers up to 256 bytes only.
  std::vector<std::byte> bytes(4U << 20);
  fill_random(bytes);
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
