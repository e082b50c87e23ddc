#include "base/ulid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <random>
#include <set>
#include <unordered_set>

namespace threadkeep {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

Ulid::Bytes bytes_of(std::initializer_list<int> values) {
  Ulid::Bytes bytes{};
  std::transform(values.begin(), values.end(), bytes.begin(),
                 [](int value) { return static_cast<std::uint8_t>(value); });
  return bytes;
}

struct Vector {
  std::string_view text;
  Ulid::Bytes bytes;
  UnixMs time_ms;
};

// The example of github.com/ulid/spec, the one of its JavaScript version, and both ends. The bytes
// were worked out apart from this code.
const Vector vectors[] = {
    {"01ARZ3NDEKTSV4RRFFQ69G5FAV",
     bytes_of({0x01, 0x56, 0x3e, 0x3a, 0xb5, 0xd3, 0xd6, 0x76, 0x4c, 0x61, 0xef, 0xb9, 0x93, 0x02,
               0xbd, 0x5b}),
     1469922850259},
    {"01ARYZ6S41TSV4RRFFQ69G5FAV",
     bytes_of({0x01, 0x56, 0x3d, 0xf3, 0x64, 0x81, 0xd6, 0x76, 0x4c, 0x61, 0xef, 0xb9, 0x93, 0x02,
               0xbd, 0x5b}),
     1469918176385},
    {"00000000000000000000000000", Ulid::Bytes{}, 0},
    {"7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
     bytes_of({255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}),
     281474976710655},  // the year 10889
    {"00000000000000000000000001", bytes_of({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), 0},
    {"0000000001ZZZZZZZZZZZZZZZZ",
     bytes_of({0, 0, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}), 1},
};

TEST(Ulid, ReadsAndWritesTheVectorsOfTheSpecification) {
  for (const Vector& vector : vectors) {
    SCOPED_TRACE(vector.text);
    const Result<Ulid> parsed = Ulid::parse(vector.text);
    ASSERT_TRUE(parsed) << parsed.error().detail;
    EXPECT_EQ(*parsed, Ulid(vector.bytes));
    EXPECT_EQ(parsed->time_ms(), vector.time_ms);
    EXPECT_EQ(parsed->text(), vector.text);
    EXPECT_EQ(Ulid::from_bytes(parsed->bytes()), *parsed);
    EXPECT_EQ(parsed->bytes().size(), 16U);
  }
}

TEST(Ulid, RoundTripsRandomValues) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    Ulid::Bytes bytes{};
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    const Ulid id(bytes);
    const std::string text = id.text();
    ASSERT_EQ(text.size(), Ulid::text_length);
    ASSERT_EQ(text.find_first_not_of(alphabet), std::string::npos) << text;
    const Result<Ulid> again = Ulid::parse(text);
    ASSERT_TRUE(again) << text;
    ASSERT_EQ(*again, id);
  }
}

TEST(Ulid, OrderOfTheTextsIsTheOrderOfTheBytes) {
  std::mt19937_64 random(2);
  std::vector<Ulid> ids;
  for (int i = 0; i < 2'000; ++i) {
    Ulid::Bytes bytes{};
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    ids.emplace_back(bytes);
  }
  std::sort(ids.begin(), ids.end());
  for (std::size_t i = 1; i < ids.size(); ++i) ASSERT_LT(ids[i - 1].text(), ids[i].text());
}

TEST(Ulid, EachDigitAtEachPlaceCountsForItself) {
  std::set<std::string> seen;
  for (std::size_t place = 0; place < Ulid::text_length; ++place) {
    for (const char digit : alphabet) {
      std::string text(Ulid::text_length, '0');
      text[place] = digit;
      const Result<Ulid> parsed = Ulid::parse(text);
      const bool fits = place > 0 || digit <= '7';
      ASSERT_EQ(parsed.has_value(), fits) << text;
      if (!fits) continue;
      EXPECT_EQ(parsed->text(), text);
      seen.insert(std::string(parsed->bytes()));
    }
  }
  EXPECT_EQ(seen.size(), 25U * 31U + 7U + 1U);  // all zero is the same for each place
}

TEST(Ulid, AcceptsLowerCaseAndAnswersInUpperCase) {
  const Result<Ulid> lower = Ulid::parse("01arz3ndektsv4rrffq69g5fav");
  const Result<Ulid> mixed = Ulid::parse("01aRZ3ndEKTSV4rRFFq69g5FAv");
  ASSERT_TRUE(lower && mixed);
  EXPECT_EQ(lower->text(), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
  EXPECT_EQ(*lower, *mixed);
}

TEST(Ulid, RefusesEveryOtherForm) {
  using namespace std::string_view_literals;
  const std::string_view bad[] = {
      ""sv,
      "0"sv,
      "01ARZ3NDEKTSV4RRFFQ69G5FA"sv,     // 25
      "01ARZ3NDEKTSV4RRFFQ69G5FAV0"sv,   // 27
      "01ARZ3NDEKTSV4RRFFQ69G5FAV\0"sv,  // 26 and a zero byte
      "01ARZ3NDEKTSV4RRFFQ69G5FA\0"sv,   // a zero byte inside the 26
      " 1ARZ3NDEKTSV4RRFFQ69G5FAV"sv,
      "01ARZ3NDEKTSV4RRFFQ69G5FA "sv,
      "01ARZ3NDEKTSV4RRFFQ69G5FA\n"sv,
      "8ZZZZZZZZZZZZZZZZZZZZZZZZZ"sv,  // 2^128 and more
      "80000000000000000000000000"sv,
      "ZZZZZZZZZZZZZZZZZZZZZZZZZZ"sv,
      "01ARZ3NDEKTSV4RRFFQ69G5FAI"sv,  // the letters that Crockford leaves out
      "01ARZ3NDEKTSV4RRFFQ69G5FAL"sv,
      "01ARZ3NDEKTSV4RRFFQ69G5FAO"sv,
      "01ARZ3NDEKTSV4RRFFQ69G5FAU"sv,
      "01ARZ3NDEKTSV4RRFFQ69G5FAi"sv,
      "01ARZ3NDEKTSV4RRFFQ69G5FAu"sv,
      "01ARZ3NDEKTSV4RRFFQ69G5F\xd9\xa1"sv,     // an Arabic digit one, 26 bytes
      "01ARZ3NDEKTSV4RRFFQ69G5\xef\xbc\x91"sv,  // a full-width digit one, 26 bytes
      "../../../../../etc/passwd0"sv,
      "01ARZ3NDEKTSV4RRFFQ69G5F.."sv,
      "01ARZ3NDEK-TSV4RRFFQ69G5FA"sv,
      "123e4567-e89b-12d3-a456-426614174000"sv,  // UUID
      "123e4567e89b12d3a456426614174000"sv,
      "-1ARZ3NDEKTSV4RRFFQ69G5FAV"sv,
      "01ARZ3NDEKTSV4RRFFQ69G5FA\xff"sv,
  };
  for (const std::string_view text : bad) {
    const Result<Ulid> parsed = Ulid::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::invalid_id) << text;
    const bool is_echoed = text.size() > 1 && parsed.error().detail.find(text) != std::string::npos;
    EXPECT_FALSE(is_echoed) << text;
  }
}

TEST(Ulid, RefusesEveryByteThatIsNoDigit) {
  int accepted = 0;
  for (int byte = 0; byte < 256; ++byte) {
    std::string text = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    text[13] = static_cast<char>(byte);
    const auto upper = static_cast<char>(std::toupper(byte));
    const bool is_digit = byte < 128 && alphabet.find(upper) != std::string_view::npos;
    const Result<Ulid> parsed = Ulid::parse(text);
    EXPECT_EQ(parsed.has_value(), is_digit) << byte;
    if (parsed) ++accepted;
  }
  EXPECT_EQ(accepted, 32 + 22);
}

TEST(Ulid, IsAKeyOfHashTables) {
  std::unordered_set<Ulid> ids;
  for (const Vector& vector : vectors) ids.insert(Ulid(vector.bytes));
  EXPECT_EQ(ids.size(), std::size(vectors));
  EXPECT_TRUE(ids.contains(Ulid()));
}

}  // namespace
}  // namespace threadkeep
