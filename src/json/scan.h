// Finds the next byte of a string that is not plain: a quote, a backslash or a control character.
// For reader, writer and splitter.
#pragma once

#include <cstdint>
#include <cstring>

namespace threadkeep::json {

inline bool is_plain(char c) {
  return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
}

// The first byte in [at, end) that is not plain, or `end`. Eight bytes at a time: a borrow can only
// mark a byte too much above a byte that is marked rightly, so "none is marked" is exact.
inline const char* skip_plain(const char* at, const char* end) {
  constexpr std::uint64_t ones = 0x0101010101010101U;
  constexpr std::uint64_t tops = ones * 0x80U;
  while (end - at >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t quote = word ^ (ones * '"');
    const std::uint64_t backslash = word ^ (ones * '\\');
    const std::uint64_t marks = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
                                ((word - ones * 0x20U) & ~word);
    if ((marks & tops) != 0) break;
    at += 8;
  }
  while (at != end && is_plain(*at)) ++at;
  return at;
}

}  // namespace threadkeep::json
