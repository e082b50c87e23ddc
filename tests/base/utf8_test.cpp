#include "base/utf8.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace threadkeep {
namespace {

using namespace std::string_view_literals;
constexpr std::size_t valid = std::string_view::npos;

TEST(Utf8, EveryCodePointRoundTrips) {
  std::string all;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    append_utf8(text, c);
    const CodePoint decoded = code_point_at(text, 0);
    ASSERT_TRUE(decoded.is_valid);
    ASSERT_EQ(decoded.value, c);
    ASSERT_EQ(decoded.length, text.size());
    all += text;
  }
  EXPECT_EQ(find_invalid_utf8(all), valid);
}

TEST(Utf8, FindsTheFirstBadByte) {
  struct BadText {
    std::string_view text;
    std::size_t offset;
  };
  const BadText bad[] = {
      {"\x80"sv, 0},         {"ab\xFF"sv, 2},           {"\xC0\x80"sv, 0},
      {"\xC1\xBF"sv, 0},     {"\xE0\x9F\xBF"sv, 0},     {"\xED\xA0\x80"sv, 0},
      {"\xED\xBF\xBF"sv, 0}, {"\xF0\x8F\xBF\xBF"sv, 0}, {"\xC3"sv, 0},
      {"a\xE4\xB8"sv, 1},    {"\xF0\x9F\x98"sv, 0},     {"\xF4\x90\x80\x80"sv, 0},
      {"\xE4\xB8\x41"sv, 0}, {"\xC3\xA9\xC3\x28"sv, 2}, {"\xF5\x80\x80\x80"sv, 0},
  };
  for (const BadText& text : bad)
    EXPECT_EQ(find_invalid_utf8(text.text), text.offset) << testing::PrintToString(text.text);
  for (const std::string_view good :
       {""sv, "a\0b"sv, "\xED\x9F\xBF\xEE\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv}) {
    EXPECT_EQ(find_invalid_utf8(good), valid);
  }
}

// Two implementations that share nothing: the library answers whether, the decoder answers where.
TEST(Utf8, TheDecoderAgreesWithTheLibrary) {
  std::mt19937_64 random(5);
  const std::string_view seed = "a\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80z\xED\x9F\xBF";
  int broken = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string text(seed);
    for (std::uint64_t i = random() % 3; i > 0; --i)
      text[random() % text.size()] = static_cast<char>(random());
    std::size_t at = 0;
    while (at < text.size() && code_point_at(text, at).is_valid)
      at += code_point_at(text, at).length;
    ASSERT_EQ(find_invalid_utf8(text), at == text.size() ? valid : at)
        << testing::PrintToString(text);
    if (at != text.size()) ++broken;
  }
  EXPECT_GT(broken, 10'000);
  EXPECT_LT(broken, 90'000);
}

TEST(Utf8, APrefixCutsNoCodePoint) {
  const std::string_view text = "a\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80";  // 1 + 2 + 3 + 4 bytes
  const std::size_t lengths[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (std::size_t limit = 0; limit < std::size(lengths); ++limit) {
    EXPECT_EQ(utf8_prefix(text, limit).size(), lengths[limit]) << limit;
  }
}

}  // namespace
}  // namespace threadkeep
