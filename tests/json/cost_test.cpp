// Input made to be slow. The limits are far above what is measured and far below what a quadratic
// reader needs.
#include <gtest/gtest.h>

#include <cstring>
#include <ctime>
#include <functional>
#include <random>
#include <string>

#include "json/json.h"

namespace threadkeep::json {
namespace {

// For a million keys or values, also under a sanitizer; a cost that grows with the square takes
// hours.
constexpr double million_cpu_s = 60;

double cpu_seconds(const std::function<void()>& work) {
  const std::clock_t begin = std::clock();
  work();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

std::optional<Error> failure_of(const std::string& text, Mode mode) {
  const Result<Document> parsed = Document::parse(text, mode);
  if (parsed) return std::nullopt;
  return parsed.error();
}

TEST(JsonCost, AMillionKeys) {
  std::string text = "{";
  for (int i = 0; i < 1'000'000; ++i) text += "\"k" + std::to_string(i) + "\":1,";
  text.back() = '}';
  EXPECT_LT(cpu_seconds([&] { EXPECT_FALSE(failure_of(text, Mode::strict)); }), million_cpu_s);
  text.back() = ',';
  text += "\"k\\u0035\":1}";
  EXPECT_LT(
      cpu_seconds([&] { EXPECT_EQ(failure_of(text, Mode::strict)->code, Errc::duplicate_key); }),
      million_cpu_s);
  EXPECT_LT(cpu_seconds([&] { EXPECT_FALSE(failure_of(text, Mode::foreign)); }), million_cpu_s);
}

TEST(JsonCost, AMillionTimesTheSameKey) {
  std::string text = "{";
  for (int i = 0; i < 1'000'000; ++i) text += "\"k\":1,";
  text.back() = '}';
  EXPECT_LT(cpu_seconds([&] {
              EXPECT_TRUE(failure_of(text, Mode::strict)->detail.ends_with("at byte 7."));
            }),
            million_cpu_s);
  EXPECT_LT(cpu_seconds([&] { EXPECT_FALSE(failure_of(text, Mode::foreign)); }), million_cpu_s);
}

// Pairs of blocks after which the library's hash (Murmur, 64 bits, one known seed) is in the same
// state: n pairs give 2^n keys.
class CollidingKeys {
 public:
  explicit CollidingKeys(std::size_t pairs) : state_(seed ^ (pairs * 16 * factor)) {
    while (pairs_.size() < pairs) pairs_.push_back(find_pair());
  }
  std::string key(std::size_t choice) const {
    std::string text;
    for (std::size_t i = 0; i < pairs_.size(); ++i)
      text += (choice >> i) % 2 == 0 ? pairs_[i].first : pairs_[i].second;
    return text;
  }

 private:
  static constexpr std::uint64_t factor = 0xc6a4a7935bd1e995U;
  static constexpr std::uint64_t seed = 0xc70f6907U;
  static std::uint64_t shift_mix(std::uint64_t v) { return v ^ (v >> 47); }
  static std::uint64_t mix(std::uint64_t block) { return shift_mix(block * factor) * factor; }
  static std::uint64_t unmix(std::uint64_t mixed) {
    std::uint64_t inverse = factor;
    for (int i = 0; i < 6; ++i) inverse *= 2 - factor * inverse;
    return shift_mix(mixed * inverse) * inverse;
  }
  static std::string text_of(std::uint64_t block) {
    std::string text(sizeof block, '\0');
    std::memcpy(text.data(), &block, sizeof block);
    return text;
  }
  static bool is_text(std::uint64_t block) {
    for (const char c : text_of(block)) {
      if (c < 0x20 || c == '"' || c == '\\') return false;
    }
    return true;
  }
  std::uint64_t random_text() {
    std::uint64_t block = 0;
    for (int i = 0; i < 8; ++i) block = block << 8 | ('a' + random_() % 26);
    return block;
  }
  std::uint64_t after(std::uint64_t state, std::uint64_t block) const {
    return (state ^ mix(block)) * factor;
  }

  std::pair<std::string, std::string> find_pair() {
    const std::uint64_t a = random_text();
    const std::uint64_t b = random_text();
    const std::uint64_t difference = after(state_, a) ^ after(state_, b);
    for (;;) {
      const std::uint64_t a_next = random_text();
      const std::uint64_t b_next = unmix(mix(a_next) ^ difference);
      if (!is_text(b_next)) continue;
      state_ = after(after(state_, a), a_next);
      return {text_of(a) + text_of(a_next), text_of(b) + text_of(b_next)};
    }
  }

  std::mt19937_64 random_{11};
  std::uint64_t state_;
  std::vector<std::pair<std::string, std::string>> pairs_;
};

TEST(JsonCost, KeysMadeToCollide) {
  constexpr std::size_t pairs = 16;
  const CollidingKeys keys(pairs);
  const std::hash<std::string_view> hash;
  if (hash(keys.key(0)) != hash(keys.key(1))) GTEST_SKIP() << "this library hashes otherwise";
  std::string text = "{";
  for (std::size_t i = 0; i < (1U << pairs); ++i) text += json::quoted(keys.key(i)) + ":1,";
  text.back() = '}';
  ASSERT_EQ(hash(keys.key(0)), hash(keys.key((1U << pairs) - 1)));
  EXPECT_LT(cpu_seconds([&] { EXPECT_FALSE(failure_of(text, Mode::strict)); }), 10);

  // One of them again: it is found among all that look alike.
  text.back() = ',';
  text += json::quoted(keys.key(12'345)) + ":1}";
  EXPECT_LT(
      cpu_seconds([&] { EXPECT_EQ(failure_of(text, Mode::strict)->code, Errc::duplicate_key); }),
      10);
}

TEST(JsonCost, LongKeysAndStrings) {
  const std::string key = json::quoted(std::string(10U << 20, 'k'));
  const std::string once = "{" + key + ":1}";
  const std::string twice = "{" + key + ":1," + key + ":2}";
  EXPECT_LT(cpu_seconds([&] { EXPECT_FALSE(failure_of(once, Mode::strict)); }), 10);
  EXPECT_LT(cpu_seconds([&] { EXPECT_TRUE(failure_of(twice, Mode::strict)); }), 10);
  std::string escapes = "\"";
  for (int i = 0; i < 1'000'000; ++i) escapes += "\\ud83d\\ude00";
  EXPECT_LT(cpu_seconds([&] { EXPECT_FALSE(failure_of(escapes + "\"", Mode::strict)); }), 10);
}

TEST(JsonCost, LongNumbers) {
  const std::string digits(8U << 20, '9');
  std::string fraction = "-" + digits;
  fraction += "." + digits + "e-5";
  for (const std::string& text : {digits, "0." + digits, "1e" + digits, fraction}) {
    EXPECT_LT(cpu_seconds([&] {
                EXPECT_EQ(failure_of(text, Mode::strict)->code, Errc::number_out_of_range);
              }),
              10);
    EXPECT_LT(cpu_seconds([&] {
                const Result<Document> parsed = Document::parse(text, Mode::foreign);
                ASSERT_TRUE(parsed);
                EXPECT_EQ(parsed->root().raw(), text);
                EXPECT_FALSE(parsed->root().integer());
                [[maybe_unused]] const std::optional<double> number = parsed->root().number();
              }),
              10);
  }
}

TEST(JsonCost, DeepNesting) {
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  for (const std::string& text : {std::string(100'000, '['), std::string(8U << 20, '['), objects}) {
    for (const Mode mode : {Mode::strict, Mode::foreign}) {
      EXPECT_LT(cpu_seconds([&] { EXPECT_EQ(failure_of(text, mode)->code, Errc::json_too_deep); }),
                1);
    }
  }
}

TEST(JsonCost, MillionsOfSmallValues) {
  std::string text = "[";
  for (int i = 0; i < 2'000'000; ++i) text += "[],";
  text.back() = ']';
  EXPECT_LT(cpu_seconds([&] { EXPECT_FALSE(failure_of(text, Mode::strict)); }), million_cpu_s);
}

}  // namespace
}  // namespace threadkeep::json
