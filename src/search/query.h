// The words that a person looks for, and how they match a text: shared by all stores so that they
// find the same.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace threadkeep::search {

// The text folded for comparing: NFKC and case folding (utf8proc), marks kept. Invalid UTF-8 gives
// the empty string.
std::string fold(std::string_view text);

struct Query {
  std::vector<std::string> words;  // folded, without repeats, at most 8; a run of Han, Kana, Hangul
                                   // or Thai letters counts as one word
};

// Everything that is no letter, number or mark separates words: nothing in the input is syntax.
Query parse_query(std::string_view text);

// Whether the folded text holds every word (anywhere, also inside longer words).
bool matches(const Query& query, std::string_view folded_text);

// About `characters` code points of `text` around the first match, on one line, with "…" where it
// was cut.
std::string snippet(const Query& query, std::string_view text, std::size_t characters);

}  // namespace threadkeep::search
