// Fresh ids and contents for appends, as clients make them.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>

namespace bench {

inline std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

// The 16 bytes of ULIDs.
class Ids {
 public:
  // Of the present time; the same buffer each time.
  std::string_view next() {
    const auto time = static_cast<std::uint64_t>(now_ms());
    for (std::size_t i = 0; i < 6; ++i) bytes_[i] = static_cast<char>(time >> (40 - 8 * i));
    const std::array<std::uint64_t, 2> bits{random_(), random_()};
    std::memcpy(bytes_.data() + 6, bits.data(), 10);
    return {bytes_.data(), bytes_.size()};
  }

 private:
  std::mt19937_64 random_{std::random_device{}()};
  std::array<char, 16> bytes_{};
};

// A content of about 560 bytes of text, as the HTTP clients send.
inline std::string content() {
  std::string text = R"([{"type":"text","text":")";
  while (text.size() < 560) text += "the lantern keeps its small light over a patient harbour ";
  return text + R"("}])";
}

// Which conversations a measurement is about.
enum class Which {
  any,
  longest,
  shortest,  // small ones of the same user, so that nothing but the length differs
};

// As a word of a command line; any other word: any.
inline Which which_of(std::string_view word) {
  if (word == "longest") return Which::longest;
  return word == "shortest" ? Which::shortest : Which::any;
}

constexpr int appends_per_short = 50;

}  // namespace bench
