#include "transfer/one_line.h"

#include "base/utf8.h"

namespace threadkeep {
namespace {

// C0, DEL, C1 and the two separators of Unicode.
bool breaks_line(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029;
}

}  // namespace

std::string one_line(std::string_view text, std::size_t bytes_max) {
  std::string line;
  bool owes_space = false;
  for (std::size_t at = 0; at < text.size() && line.size() <= bytes_max;) {
    const CodePoint point = code_point_at(text, at);
    at += point.length;
    if (breaks_line(point.value)) {
      owes_space = !line.empty() && line.back() != ' ';
      continue;
    }
    if (owes_space && point.value != ' ') line += ' ';
    owes_space = false;
    append_utf8(line, point.value);
  }
  return std::string(utf8_prefix(line, bytes_max));
}

}  // namespace threadkeep
