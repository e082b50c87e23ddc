// ASCII letters, digits and white space, whatever the locale. Bytes of other characters are none of
// these and are left as they are.
#pragma once

#include <string>
#include <string_view>

namespace threadkeep {

inline constexpr std::string_view ascii_space = " \t\r\n";

constexpr bool is_space(char c) { return ascii_space.find(c) != std::string_view::npos; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
// 0 to 15; -1 for what is no hexadecimal digit.
constexpr int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (lower(c) >= 'a' && lower(c) <= 'f') return lower(c) - 'a' + 10;
  return -1;
}

std::string lower(std::string_view text);

bool equals_ignoring_case(std::string_view a, std::string_view b);

// Without those of the `characters` that stand at its beginning or its end.
std::string_view trimmed(std::string_view text, std::string_view characters = ascii_space);

}  // namespace threadkeep
