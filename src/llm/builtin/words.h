// Words of a text, by simple rules.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace threadkeep::llm {

// What white space separates.
std::size_t count_words(std::string_view text);
// Pieces that give the text when joined: each a word and the white space after it.
std::vector<std::string_view> split_keeping_space(std::string_view text);
// Whether `word` stands in `text`, not as a part of a longer word. Both in lower case.
bool has_word(std::string_view text, std::string_view word);

}  // namespace threadkeep::llm
