#include "base/ascii.h"

#include <gtest/gtest.h>

namespace threadkeep {
namespace {

TEST(Ascii, LowersLettersAndLeavesOtherBytes) {
  EXPECT_EQ(lower("Content-TYPE @[`{ \xC3\x84"), "content-type @[`{ \xC3\x84");
  EXPECT_EQ(lower(""), "");
}

TEST(Ascii, ComparesWithoutRegardToCase) {
  EXPECT_TRUE(equals_ignoring_case("Retry-After", "retry-AFTER"));
  EXPECT_FALSE(equals_ignoring_case("Retry-After", "Retry-Afte"));
  EXPECT_FALSE(equals_ignoring_case("Retry-Afte", "Retry-After"));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));  // apart by the bit that tells letters apart
}

TEST(Ascii, TrimsBothEndsOnly) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed("\n \t"), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed("[::1]", "[]"), "::1");
  EXPECT_EQ(trimmed("\xC2\xA0 x"), "\xC2\xA0 x");  // a no-break space is not ASCII
}

TEST(Ascii, ReadsHexadecimalDigits) {
  EXPECT_EQ(hex_digit('0'), 0);
  EXPECT_EQ(hex_digit('9'), 9);
  EXPECT_EQ(hex_digit('a'), 10);
  EXPECT_EQ(hex_digit('F'), 15);
  EXPECT_EQ(hex_digit('g'), -1);
  EXPECT_EQ(hex_digit('/'), -1);
  EXPECT_EQ(hex_digit(':'), -1);
}

}  // namespace
}  // namespace threadkeep
