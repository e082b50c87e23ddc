#include "llm/foreign_words.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/utf8.h"

namespace threadkeep::llm {
namespace {

constexpr std::size_t words_bytes_max = 240;
constexpr std::string_view hidden = "[key]";

bool is_key_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '*' ||
         c == '.';
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// Vendors repeat a refused key, with some of its letters or with all of them.
void hide_keys(std::string& text) {
  constexpr std::array<std::string_view, 5> beginnings = {"sk-", "gsk_", "xai-", "pplx-",
                                                          "Bearer "};
  for (const std::string_view beginning : beginnings) {
    std::size_t at = text.find(beginning);
    while (at != std::string::npos) {
      std::size_t end = at + beginning.size();
      while (end < text.size() && is_key_character(text[end])) ++end;
      const bool starts_a_word = at == 0 || !is_key_character(text[at - 1]);
      if (starts_a_word && end - at >= beginning.size() + 4) {
        text.replace(at, end - at, hidden);
        end = at + hidden.size();
      }
      at = text.find(beginning, end);
    }
  }
}

void hide_passwords_in_addresses(std::string& text) {
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const std::size_t begin = at + 3;
    const std::size_t end = std::min(text.find_first_of("/?# \"'", begin), text.size());
    const std::size_t sign = text.substr(begin, end - begin).rfind('@');
    if (sign != std::string::npos) text.erase(begin, sign + 1);
  }
}

// U+0000..U+0020, U+007F..U+009F.
bool is_gap(char32_t c) { return c <= 0x20 || (c >= 0x7F && c <= 0x9F); }

std::string on_one_line(std::string_view text) {
  std::string out;
  bool gap = false;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    at += point.length;
    if (is_gap(point.value)) {
      gap = !out.empty();
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    append_utf8(out, point.value);
  }
  return out;
}

}  // namespace

std::string clean_words(std::string_view text, const std::string& api_key) {
  // Enough for the sentence also after the hiding, and no work on megabytes.
  std::string words =
      on_one_line(text.substr(0, std::min<std::size_t>(text.size(), 16 * words_bytes_max)));
  replace_all(words, api_key, hidden);
  hide_keys(words);
  hide_passwords_in_addresses(words);
  if (words.size() <= words_bytes_max) return words;
  return std::string(utf8_prefix(words, words_bytes_max)) + "…";
}

}  // namespace threadkeep::llm
