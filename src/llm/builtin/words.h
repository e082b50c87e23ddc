// Words and sentences of a text, by simple rules.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace threadkeep::llm {

// What white space separates; of Chinese and Japanese, each character.
std::size_t count_words(std::string_view text);
std::size_t count_characters(std::string_view text);  // code points
std::size_t count_sentences(std::string_view text);

// Pieces that give the text when joined: each a word and the white space behind it.
std::vector<std::string_view> split_keeping_space(std::string_view text);

// Whether `word` stands in `text`, not as a part of a longer word. Both in lower case.
bool has_word(std::string_view text, std::string_view word);

// On one line, at most about `bytes_max` long, ending in "…" when it was cut.
std::string excerpt(std::string_view text, std::size_t bytes_max);
// Markdown's signs made harmless.
std::string escape_markdown(std::string_view text);

}  // namespace threadkeep::llm
