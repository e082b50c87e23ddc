#include "llm/builtin/words.h"

#include "base/ascii.h"
#include "base/utf8.h"

namespace threadkeep::llm {
namespace {

bool is_ideograph(char32_t c) {
  return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

bool is_sentence_end(char32_t c) {
  return c == '.' || c == '!' || c == '?' || c == 0x3002 || c == 0xFF01 || c == 0xFF1F;
}

bool is_word_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

}  // namespace

std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  bool in_word = false;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    if (is_ideograph(point.value)) {
      ++words;
      in_word = false;
    } else if (is_space(text[at])) {
      in_word = false;
    } else if (!in_word) {
      // The sign at the end of an ideographic sentence is no word.
      const bool is_foreign_sign = point.value >= 0x3000 && point.value <= 0x303F;
      const bool is_wide_sign = point.value >= 0xFF00 && point.value <= 0xFF20;
      if (!is_foreign_sign && !is_wide_sign) {
        ++words;
        in_word = true;
      }
    }
    at += point.length;
  }
  return words;
}

std::size_t count_characters(std::string_view text) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); at += code_point_at(text, at).length) ++characters;
  return characters;
}

std::size_t count_sentences(std::string_view text) {
  std::size_t sentences = 0;
  bool in_sentence = false;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    at += point.length;
    const bool ends_here =
        is_sentence_end(point.value) &&
        (point.value > 0x7F || at == text.size() || is_space(text[at]) || text[at] == '"');
    if (ends_here) {
      if (in_sentence) ++sentences;
      in_sentence = false;
    } else if (point.value > 0x20 && !is_sentence_end(point.value)) {
      in_sentence = true;
    }
  }
  return sentences + (in_sentence ? 1 : 0);
}

std::vector<std::string_view> split_keeping_space(std::string_view text) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  for (std::size_t at = 1; at <= text.size(); ++at) {
    const bool begins_word = at < text.size() && is_space(text[at - 1]) && !is_space(text[at]);
    if (!begins_word && at < text.size()) continue;
    pieces.push_back(text.substr(begin, at - begin));
    begin = at;
  }
  return pieces;
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word_byte(text[at - 1])) &&
        (end == text.size() || !is_word_byte(text[end])))
      return true;
  }
  return false;
}

std::string excerpt(std::string_view text, std::size_t bytes_max) {
  std::string line;
  for (const std::string_view piece : split_keeping_space(trimmed(text))) {
    if (!line.empty()) line += ' ';
    line += trimmed(piece);
    if (line.size() > bytes_max) return std::string(utf8_prefix(line, bytes_max)) + "…";
  }
  return line;
}

std::string escape_markdown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_[]<>#|~").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace threadkeep::llm
