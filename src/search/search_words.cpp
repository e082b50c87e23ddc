#include "search/search_words.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

namespace threadkeep::search {
namespace {

constexpr std::size_t words_max = 8;
// No code point decomposes (canonically) into more than its bytes times this.
constexpr std::size_t decomposed_max = 2;
constexpr std::string_view cut_mark = "…";

struct CodePoint {
  utf8proc_int32_t value = 0;
  std::size_t length = 1;
};

// `at` lies inside `text`, which is valid UTF-8; a byte that is not counts for itself.
CodePoint code_point_at(std::string_view text, std::size_t at) {
  utf8proc_int32_t value = 0;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at;
  const auto length =
      utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size() - at), &value);
  if (length <= 0) return {0xFFFD, 1};
  return {value, static_cast<std::size_t>(length)};
}

bool is_mark(utf8proc_int32_t code_point) {
  switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
      return true;
    default:
      return false;
  }
}

bool is_letter_or_number(utf8proc_int32_t code_point) {
  switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return true;
    default:
      return false;
  }
}

// What a person looks for as it stands: currency, mathematics, emoji, and two signs that make names
// ("C#", "100 %"). Other signs only frame words.
bool is_sign(utf8proc_int32_t c) {
  if (c == '#' || c == '%' || (c >= 0x1F3FB && c <= 0x1F3FF)) return true;
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SO:
      return true;
    default:
      return false;
  }
}

bool is_space_or_control(utf8proc_int32_t c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return true;
    default:
      return false;
  }
}

// Scripts that are written without spaces: their letters make words of their own.
bool is_unspaced(utf8proc_int32_t c) {
  const auto in = [c](utf8proc_int32_t first, utf8proc_int32_t last) {
    return c >= first && c <= last;
  };
  return in(0x0E00, 0x0EFF) ||                          // Thai, Lao
         in(0x1000, 0x109F) || in(0x1780, 0x17FF) ||    // Myanmar, Khmer
         in(0x1100, 0x11FF) || in(0xAC00, 0xD7FF) ||    // Hangul
         in(0x3005, 0x3007) || in(0x3040, 0x30FF) ||    // iteration mark, Hiragana, Katakana
         in(0x31F0, 0x31FF) || in(0x3400, 0x4DBF) ||    // Katakana extensions, Han A
         in(0x4E00, 0x9FFF) || in(0xF900, 0xFAFF) ||    // Han, compatibility
         in(0x1B000, 0x1B16F) || in(0x20000, 0x3FFFF);  // Kana and Han beyond
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

void fold_ascii(std::string_view text, std::string& out) {
  for (const char c : text) {
    out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
}

// Where the base character that holds `at` ends: after the marks that follow it.
std::size_t end_of_cluster(std::string_view text, std::size_t at) {
  at += code_point_at(text, at).length;
  while (at < text.size()) {
    const CodePoint next = code_point_at(text, at);
    if (!is_mark(next.value)) break;
    at += next.length;
  }
  return at;
}

// The offset in `text` of the cluster that gives the byte `folded_offset` of what `form` makes of
// the text.
std::size_t unfold_offset(std::string_view text, std::size_t folded_offset,
                          std::string (*form)(std::string_view)) {
  std::size_t folded = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = end_of_cluster(text, at);
    folded += end == at + 1 ? 1 : form(text.substr(at, end - at)).size();
    if (folded > folded_offset) break;
    at = end;
  }
  return at;
}

// `count` clusters back from `at`, and forward from it; fewer at the borders of the text.
std::size_t step_back(std::string_view text, std::size_t at, std::size_t count) {
  for (; count > 0 && at > 0; --count) {
    do {
      --at;
      while (at > 0 && (text[at] & 0xC0) == 0x80) --at;
    } while (at > 0 && is_mark(code_point_at(text, at).value));
  }
  return at;
}

std::size_t step_forward(std::string_view text, std::size_t at, std::size_t count) {
  for (; count > 0 && at < text.size(); --count) at = end_of_cluster(text, at);
  return at;
}

void append_on_one_line(std::string_view text, std::string& out) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    const auto category = utf8proc_category(point.value);
    const bool is_space = category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZS ||
                          category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
    if (!is_space) {
      out.append(text.substr(at, point.length));
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
    at += point.length;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
}

enum class Kind { separator, letters, unspaced, signs };

// Signs that only frame words count where there is nothing else to look for.
Kind kind_of(utf8proc_int32_t c, bool has_letters) {
  if (is_letter_or_number(c)) return is_unspaced(c) ? Kind::unspaced : Kind::letters;
  const bool counts = is_sign(c) || (!has_letters && !is_space_or_control(c));
  return counts ? Kind::signs : Kind::separator;
}

bool has_letters_in(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    if (is_letter_or_number(point.value)) return true;
    at += point.length;
  }
  return false;
}

std::string fold_without_accents(std::string_view text) { return without_accents(fold(text)); }

// Where the first of the words begins in `text`, compared by what `form` makes of it.
std::size_t first_match(const SearchWords& wanted, std::string_view text,
                        std::string (*form)(std::string_view)) {
  const std::string formed = form(text);
  std::size_t first = std::string::npos;
  for (const std::string& word : wanted.words) first = std::min(first, formed.find(word));
  return first == std::string::npos ? first : unfold_offset(text, first, form);
}

}  // namespace

std::string fold(std::string_view text) {
  std::string folded;
  if (is_ascii(text)) {
    folded.reserve(text.size());
    fold_ascii(text, folded);
    return folded;
  }
  constexpr auto options = static_cast<utf8proc_option_t>(
      UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  utf8proc_uint8_t* bytes = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &bytes, options);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(bytes, &std::free);
  if (length > 0) {
    folded.assign(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
  }
  return folded;
}

std::string without_accents(std::string_view folded) {
  if (is_ascii(folded)) return std::string(folded);
  std::vector<utf8proc_int32_t> points(folded.size() * decomposed_max);
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(folded.data());
  constexpr auto decompose = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE);
  const auto count =
      utf8proc_decompose(bytes, static_cast<utf8proc_ssize_t>(folded.size()), points.data(),
                         static_cast<utf8proc_ssize_t>(points.size()), decompose);
  if (count < 0 || static_cast<std::size_t>(count) > points.size()) return std::string(folded);
  points.resize(static_cast<std::size_t>(count));
  const auto is_accent = [](utf8proc_int32_t c) { return c >= 0x0300 && c <= 0x036F; };
  points.erase(std::remove_if(points.begin(), points.end(), is_accent), points.end());
  // The text is written in the place of its code points, and is never longer than they are; one
  // more byte ends it.
  points.push_back(0);
  constexpr auto compose = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const auto length =
      utf8proc_reencode(points.data(), static_cast<utf8proc_ssize_t>(points.size() - 1), compose);
  if (length < 0) return std::string(folded);
  return {reinterpret_cast<const char*>(points.data()), static_cast<std::size_t>(length)};
}

SearchWords parse_search_words(std::string_view text) {
  SearchWords wanted;
  const std::string folded = fold(text);
  const bool has_letters = has_letters_in(folded);
  std::string word;
  Kind word_kind = Kind::separator;
  const auto end_word = [&] {
    const auto& words = wanted.words;
    const bool is_new = std::find(words.begin(), words.end(), word) == words.end();
    if (!word.empty() && is_new && words.size() < words_max) wanted.words.push_back(word);
    word.clear();
  };
  for (std::size_t at = 0; at < folded.size();) {
    const CodePoint point = code_point_at(folded, at);
    // A mark belongs to what stands before it.
    const bool continues = is_mark(point.value) && !word.empty();
    const Kind kind = continues              ? word_kind
                      : is_mark(point.value) ? Kind::letters
                                             : kind_of(point.value, has_letters);
    if (kind != word_kind) end_word();
    word_kind = kind;
    if (kind != Kind::separator) word.append(folded, at, point.length);
    at += point.length;
  }
  end_word();
  return wanted;
}

bool matches(const SearchWords& wanted, std::string_view folded_text) {
  std::optional<std::string> plain;
  const auto is_in = [&](const std::string& word) {
    if (folded_text.find(word) != std::string_view::npos) return true;
    if (!plain) plain = without_accents(folded_text);
    return plain->find(word) != std::string::npos;
  };
  return std::all_of(wanted.words.begin(), wanted.words.end(), is_in);
}

std::string snippet(const SearchWords& wanted, std::string_view text, std::size_t characters) {
  std::size_t match = first_match(wanted, text, fold);
  if (match == std::string_view::npos) match = first_match(wanted, text, fold_without_accents);
  if (match == std::string_view::npos) match = 0;
  std::size_t begin = step_back(text, match, characters / 4);
  const std::size_t end = step_forward(text, begin, characters);
  // Near the end of the text there is more room in front.
  begin = std::min(begin, step_back(text, end, characters));
  std::string line;
  append_on_one_line(text.substr(begin, end - begin), line);
  if (begin > 0) line.insert(0, cut_mark);
  if (end < text.size()) line.append(cut_mark);
  return line;
}

}  // namespace threadkeep::search
