#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace threadkeep {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(Errc::invalid_field, "The number is odd.");
  return number / 2;
}

TEST(ResultOf, IsAValueOrAnError) {
  const Result<int> six = half(12);
  ASSERT_TRUE(six);
  EXPECT_EQ(*six, 6);

  const Result<int> failed = half(3);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::invalid_field);
  EXPECT_EQ(failed.error().detail, "The number is odd.");
}

TEST(ResultOf, MapsItsValueAndKeepsItsError) {
  const auto next = [](int number) { return number + 1; };
  const Result<int> seven = half(12).map(next);
  ASSERT_TRUE(seven);
  EXPECT_EQ(*seven, 7);
  const Result<int> failed = half(3).map(next);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::invalid_field);
}

TEST(ResultOf, CarriesThingsThatOnlyMove) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); };
  Result<std::unique_ptr<int>> made = make();
  ASSERT_TRUE(made);
  const std::unique_ptr<int> taken = std::move(*made);
  EXPECT_EQ(*taken, 7);
}

Result<void> check_even(int number) {
  if (number % 2 != 0) return fail(Errc::invalid_field, "The number is odd.");
  return {};
}

TEST(ResultOf, NothingSaysOnlyWhetherItWentWell) {
  EXPECT_TRUE(check_even(12));
  const Result<void> failed = check_even(3);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::invalid_field);
}

TEST(ResultOf, NothingPassesTheErrorOfSomethingOn) {
  const auto pass_on = []() -> Result<void> {
    const Result<int> odd = half(3);
    if (!odd) return tl::unexpected(odd.error());
    return {};
  };
  EXPECT_FALSE(pass_on());
}

}  // namespace
}  // namespace threadkeep
