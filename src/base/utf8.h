// UTF-8: is it valid, where is it not, and its code points.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace threadkeep {

inline constexpr char32_t replacement_character = 0xFFFD;

// One code point and the bytes it takes. `is_valid` is false for a byte that begins no well-formed
// sequence (RFC 3629: overlong forms, surrogates, beyond U+10FFFF, cut off); then `value` is U+FFFD
// and `length` 1.
struct CodePoint {
  char32_t value = replacement_character;
  std::size_t length = 1;
  bool is_valid = false;
};

// The code point that begins at `at`, which lies inside `text`.
CodePoint code_point_at(std::string_view text, std::size_t at);

// The offset of the first byte that is not part of a well-formed sequence; npos when the whole text
// is valid.
std::size_t find_invalid_utf8(std::string_view text);

// Appends a code point up to U+10FFFF that is not a surrogate.
void append_utf8(std::string& out, char32_t code_point);

// The longest prefix of at most `bytes_max` bytes that does not cut a code point of a valid text.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max);

}  // namespace threadkeep
