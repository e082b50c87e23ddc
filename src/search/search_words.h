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

// A folded text as it is typed in a hurry: without the accents of Latin, Greek and Cyrillic
// letters. Marks that make another letter (Devanagari, Arabic) stay.
std::string without_accents(std::string_view folded);

struct SearchWords {
  std::vector<std::string> words;  // folded, without repeats, at most 8
};

// Words are runs of letters, numbers and their marks, each script without spaces (Han, Kana,
// Hangul, Thai, Lao, Khmer, Myanmar) apart; and runs of currency, mathematical and other signs,
// such as emoji, "++", "#". Everything else separates words, unless the query has no letters and
// numbers at all: then "?" looks for "?". Nothing in the input is syntax. The client has the same
// rule: tests/vectors/words.json.
SearchWords parse_search_words(std::string_view text);

// Whether the folded text holds every word, anywhere, also inside longer words. A word finds its
// accented forms too, not the other way round.
bool matches(const SearchWords& wanted, std::string_view folded_text);

// About `characters` code points of `text` around the first match, on one line, with "…" where it
// was cut.
std::string snippet(const SearchWords& wanted, std::string_view text, std::size_t characters);

}  // namespace threadkeep::search
