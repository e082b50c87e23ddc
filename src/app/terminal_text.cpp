#include "app/terminal_text.h"

#include "base/utf8.h"

namespace threadkeep {
namespace {

bool is_obeyed(char32_t c) {
  const bool is_control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool is_line_end = c == 0x2028 || c == 0x2029;
  const bool turns_direction = c == 0x061C || c == 0x200E || c == 0x200F ||
                               (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  return is_control || is_line_end || turns_direction;
}

}  // namespace

std::string terminal_text(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    if (is_obeyed(point.value)) {
      append_utf8(shown, replacement_character);
    } else {
      append_utf8(shown, point.value);
    }
    at += point.length;
  }
  return shown;
}

}  // namespace threadkeep
