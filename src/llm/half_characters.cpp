#include "llm/half_characters.h"

#include <charconv>
#include <cstddef>

#include "base/utf8.h"

namespace threadkeep::llm {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::size_t escape_bytes = 6;  // \uXXXX

std::optional<unsigned> read_escape(std::string_view text) {
  if (text.size() != escape_bytes || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  unsigned unit = 0;
  const auto [end, problem] =
      std::from_chars(text.data() + 2, text.data() + escape_bytes, unit, 16);
  return problem == std::errc() && end == text.data() + escape_bytes ? std::optional(unit)
                                                                     : std::nullopt;
}

// The second half of a character at the beginning of a string's source.
std::optional<unsigned> low_at_begin(std::string_view source) {
  const auto unit = read_escape(source.substr(0, escape_bytes));
  return unit && *unit >= 0xDC00 && *unit <= 0xDFFF ? unit : std::nullopt;
}

// The first half at its end. A backslash that is escaped itself begins no escape.
std::optional<unsigned> high_at_end(std::string_view source) {
  if (source.size() < escape_bytes) return std::nullopt;
  const std::size_t begin = source.size() - escape_bytes;
  const auto unit = read_escape(source.substr(begin));
  if (!unit || *unit < 0xD800 || *unit > 0xDBFF) return std::nullopt;
  std::size_t backslashes = 1;
  while (backslashes <= begin && source[begin - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 1 ? unit : std::nullopt;
}

}  // namespace

std::string HalfCharacters::join(json::Value piece) {
  std::string_view text = piece.string();
  if (text.empty()) return "";
  const std::string_view raw = piece.raw();
  const std::string_view source = raw.substr(1, raw.size() - 2);
  std::string out;
  if (high_) {
    // Each half that stands alone was decoded to U+FFFD.
    if (const auto low = low_at_begin(source)) {
      append_utf8(out, 0x10000 + ((*high_ - 0xD800) << 10U) + (*low - 0xDC00));
      text.remove_prefix(replacement.size());
    } else {
      out = replacement;
    }
    high_.reset();
  }
  high_ = high_at_end(source);
  if (high_) text.remove_suffix(replacement.size());
  out += text;
  return out;
}

std::string_view HalfCharacters::take_rest() {
  const std::string_view rest = high_ ? replacement : std::string_view();
  high_.reset();
  return rest;
}

}  // namespace threadkeep::llm
