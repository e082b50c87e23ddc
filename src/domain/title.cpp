#include "domain/title.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "domain/content.h"

namespace threadkeep {
namespace {

constexpr std::size_t code_points_max = 57;
constexpr std::size_t last_third = code_points_max - code_points_max / 3;

utf8proc_category_t category_of(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

bool is_white_space(char32_t c) {
  if (c >= 0x09 && c <= 0x0D) return true;
  if (c == 0x85) return true;
  const utf8proc_category_t category = category_of(c);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP;
}

constexpr char32_t zero_width_non_joiner = 0x200C;
constexpr char32_t zero_width_joiner = 0x200D;
constexpr char32_t black_flag = 0x1F3F4;
bool is_tag(char32_t c) { return c >= 0xE0020 && c <= 0xE007F; }

// Controls of any kind: of terminals, of direction, of layout. The joiners shape words and emoji,
// the tags the flags of regions.
bool is_left_out(char32_t c) {
  if (c == zero_width_joiner || c == zero_width_non_joiner || is_tag(c)) return false;
  const utf8proc_category_t category = category_of(c);
  return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF;
}

// Whether a reader sees anything. Marks alone have nothing to stand on; fillers are letters without
// ink.
bool has_ink(char32_t c) {
  if (c == 0x115F || c == 0x1160 || c == 0x2800 || c == 0x3164 || c == 0xFFA0) return false;
  switch (category_of(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ZS:
      return false;
    default:
      return true;
  }
}

std::size_t count_leading(std::string_view text, char c) {
  return std::min(text.find_first_not_of(c), text.size());
}

// A line that opens or closes a fenced block. A fence of backticks has none after its mark:
// otherwise it is code within the line.
bool is_fence(std::string_view line) {
  const std::size_t ticks = count_leading(line, '`');
  if (ticks >= 3) return line.find('`', ticks) == std::string_view::npos;
  return count_leading(line, '~') >= 3;
}

// Where the words of the line that begins at `at` begin: after its blanks and its heading mark, or
// at its end when it is a fence.
std::size_t skip_marks(std::string_view text, std::size_t at) {
  at = std::min(text.find_first_not_of(" \t", at), text.size());
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("```") || rest.starts_with("~~~")) {
    const std::string_view line = rest.substr(0, rest.find_first_of("\r\n"));
    return is_fence(line) ? at + line.size() : at;
  }
  const std::size_t marks = count_leading(rest, '#');
  const bool is_heading = marks >= 1 && marks <= 6 &&
                          (marks == rest.size() ||
                           std::string_view(" \t\r\n").find(rest[marks]) != std::string_view::npos);
  return is_heading ? at + marks : at;
}

// Folds a text into code points, and stops as soon as there is one more than a title has.
class Folder {
 public:
  explicit Folder(std::size_t code_points) : code_points_max_(code_points) {}
  bool is_full() const { return code_points_.size() > code_points_max_; }

  void add(char32_t c) {
    if (is_white_space(c)) {
      wants_space_ = true;
      return;
    }
    if (is_left_out(c)) return;
    in_flag_ = c == black_flag || (in_flag_ && is_tag(c));
    if (is_tag(c) && !in_flag_) return;
    if (wants_space_ && !code_points_.empty()) code_points_.push_back(' ');
    wants_space_ = false;
    code_points_.push_back(c);
  }

  std::vector<char32_t> take() { return std::move(code_points_); }

 private:
  const std::size_t code_points_max_;
  std::vector<char32_t> code_points_;
  bool wants_space_ = false;
  bool in_flag_ = false;
};

std::vector<char32_t> fold(std::string_view text, std::size_t code_points) {
  Folder folder(code_points);
  bool is_line_start = true;
  for (std::size_t at = 0; !folder.is_full();) {
    if (is_line_start) at = skip_marks(text, at);
    if (at >= text.size()) break;
    const CodePoint next = code_point_at(text, at);
    folder.add(next.value);
    is_line_start = next.value == '\n' || next.value == '\r';
    at += next.length;
  }
  return folder.take();
}

// The last place at or before the limit where no grapheme cluster is cut. A cluster longer than a
// whole title is cut at the limit.
std::size_t last_cluster_border(const std::vector<char32_t>& text) {
  std::size_t border = 0;
  utf8proc_int32_t state = 0;
  for (std::size_t at = 1; at <= code_points_max; ++at) {
    const auto before = static_cast<utf8proc_int32_t>(text[at - 1]);
    const auto after = static_cast<utf8proc_int32_t>(text[at]);
    if (utf8proc_grapheme_break_stateful(before, after, &state)) border = at;
  }
  return border == 0 ? code_points_max : border;
}

std::size_t cut_place(const std::vector<char32_t>& text) {
  const std::size_t border = last_cluster_border(text);
  for (std::size_t at = border; at >= last_third; --at) {
    if (text[at] == ' ') return at;
  }
  return text[border - 1] == ' ' ? border - 1 : border;
}

// Of a title by a model: eight long words.
constexpr std::size_t model_code_points_max = 90;
constexpr std::ptrdiff_t model_words_max = 12;

// What models put around a title.
struct Pair {
  std::string_view begin;
  std::string_view end;
};
constexpr auto pairs = std::to_array<Pair>({
    {"**", "**"},
    {"*", "*"},
    {"_", "_"},
    {"`", "`"},
    {"\"", "\""},
    {"'", "'"},
    {"“", "”"},
    {"„", "“"},
    {"„", "”"},
    {"«", "»"},
    {"»", "«"},
    {"‹", "›"},
    {"‘", "’"},
    {"「", "」"},
    {"『", "』"},
    {"《", "》"},
});
constexpr auto introductions =
    std::to_array<std::string_view>({"title:", "titel:", "titre:", "título:", "titolo:"});

bool is_within(std::string_view text, const Pair& pair) {
  return text.size() >= pair.begin.size() + pair.end.size() && text.starts_with(pair.begin) &&
         text.ends_with(pair.end);
}

// Without one layer of what stands around it; the same text when there is none.
std::string_view without_layer(std::string_view text) {
  text = trimmed(text);
  const std::size_t marks = text.find_first_not_of("#>");
  if (marks > 0 && marks < text.size() && text[marks] == ' ') return text.substr(marks);
  const auto pair = std::find_if(pairs.begin(), pairs.end(),
                                 [&](const Pair& one) { return is_within(text, one); });
  if (pair != pairs.end())
    return text.substr(pair->begin.size(), text.size() - pair->begin.size() - pair->end.size());
  const std::string small = lower(text);
  for (const std::string& bold : {std::string(), std::string("**")}) {
    for (const std::string_view introduction : introductions) {
      std::string begin = bold;
      begin.append(introduction).append(bold);
      if (small.starts_with(begin)) return text.substr(begin.size());
    }
  }
  if (text.ends_with("。")) return text.substr(0, text.size() - std::string_view("。").size());
  if (text.ends_with('.') && !text.ends_with("..")) return text.substr(0, text.size() - 1);
  return text;
}

// "Here is a title:" is none, nor is the beginning of a block of code.
bool is_introduction(std::string_view line) {
  return line.empty() || line.starts_with("```") || line.ends_with(':') || line.ends_with("：");
}

}  // namespace

std::string title_excerpt(std::string_view text) {
  std::vector<char32_t> folded = fold(text, code_points_max);
  if (std::none_of(folded.begin(), folded.end(), has_ink)) return {};
  const bool is_cut = folded.size() > code_points_max;
  if (is_cut) folded.resize(cut_place(folded));
  std::string title;
  for (const char32_t c : folded) append_utf8(title, c);
  if (is_cut) title += "…";
  return title;
}

std::optional<std::string> title_of_model(std::string_view said) {
  std::string_view line;
  while (is_introduction(line) && !said.empty()) {
    const std::size_t end = std::min(said.find('\n'), said.size());
    line = trimmed(said.substr(0, end));
    said.remove_prefix(std::min(end + 1, said.size()));
  }
  if (is_introduction(line)) return std::nullopt;
  for (std::string_view inner = without_layer(line); inner != line; inner = without_layer(line))
    line = inner;
  const std::vector<char32_t> folded = fold(line, model_code_points_max);
  const auto words = 1 + std::count(folded.begin(), folded.end(), U' ');
  if (folded.size() > model_code_points_max || words > model_words_max) return std::nullopt;
  if (std::none_of(folded.begin(), folded.end(), has_ink)) return std::nullopt;
  std::string title;
  for (const char32_t c : folded) append_utf8(title, c);
  return title;
}

bool is_untitled(const Conversation& conversation) {
  return conversation.title.empty() && conversation.title_source == TitleSource::none;
}

void forget_excerpt(Conversation& conversation) {
  if (conversation.title_source != TitleSource::excerpt) return;
  conversation.title.clear();
  conversation.title_source = TitleSource::none;
}

void title_by(Conversation& conversation, const Said& said) {
  if (!is_untitled(conversation) || said.role != Role::user) return;
  std::string excerpt = title_excerpt(plain_text(said.content, limits::content_bytes_max));
  if (excerpt.empty()) return;
  conversation.title = std::move(excerpt);
  conversation.title_source = TitleSource::excerpt;
}

}  // namespace threadkeep
