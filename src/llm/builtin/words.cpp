#include "llm/builtin/words.h"

#include <cctype>

#include "base/ascii.h"

namespace threadkeep::llm {
namespace {

bool is_word_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || (static_cast<unsigned char>(c) >> 7U);
}

}  // namespace

std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  for (std::size_t at = 0; at < text.size(); ++at)
    words += !is_space(text[at]) && (at == 0 || is_space(text[at - 1])) ? 1 : 0;
  return words;
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

}  // namespace threadkeep::llm
