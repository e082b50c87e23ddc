#include "tools/page_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/utf8.h"

namespace threadkeep::tools {
namespace {

// Elements whose content is not words of the page.
constexpr auto wordless = std::to_array<std::string_view>(
    {"script", "style", "noscript", "template", "svg", "iframe", "object"});

constexpr auto blocks = std::to_array<std::string_view>(
    {"address",  "article",    "aside",   "blockquote", "br",    "dd",   "div", "dl", "dt",
     "fieldset", "figcaption", "figure",  "footer",     "form",  "h1",   "h2",  "h3", "h4",
     "h5",       "h6",         "header",  "hr",         "li",    "main", "nav", "ol", "option",
     "p",        "pre",        "section", "table",      "title", "tr",   "ul"});

template <std::size_t Count>
bool is_one_of(std::string_view name, const std::array<std::string_view, Count>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::pair<std::string_view, char32_t>, 18> entities = {{
    {"amp", U'&'},
    {"lt", U'<'},
    {"gt", U'>'},
    {"quot", U'"'},
    {"apos", U'\''},
    {"nbsp", U' '},
    {"ndash", 0x2013},
    {"mdash", 0x2014},
    {"lsquo", 0x2018},
    {"rsquo", 0x2019},
    {"ldquo", 0x201C},
    {"rdquo", 0x201D},
    {"hellip", 0x2026},
    {"euro", 0x20AC},
    {"copy", 0xA9},
    {"middot", 0xB7},
    {"laquo", 0xAB},
    {"raquo", 0xBB},
}};
constexpr std::size_t entity_bytes_max = 12;

bool is_scalar(char32_t value) {
  return value != 0 && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
}

// "#8211", "#x2013", "amp"
std::optional<char32_t> entity_of(std::string_view name) {
  if (name.empty() || name[0] != '#') {
    const auto found = std::find_if(entities.begin(), entities.end(),
                                    [&](const auto& pair) { return pair.first == name; });
    if (found == entities.end()) return std::nullopt;
    return found->second;
  }
  const bool is_hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
  const std::string_view digits = name.substr(is_hex ? 2 : 1);
  char32_t value = 0;
  for (const char c : digits) {
    const bool is_digit = c >= '0' && c <= '9';
    const char low = lower(c);
    if (!is_digit && !(is_hex && low >= 'a' && low <= 'f')) return std::nullopt;
    value = value * (is_hex ? 16 : 10) + static_cast<char32_t>(is_digit ? c - '0' : low - 'a' + 10);
    if (value > 0x10FFFF) return replacement_character;
  }
  if (digits.empty()) return std::nullopt;
  return is_scalar(value) ? value : replacement_character;
}

class Extractor {
 public:
  explicit Extractor(std::string_view html) : html_(html) {}

  PageText run() {
    while (at_ < html_.size()) {
      if (html_[at_] == '<') {
        read_markup();
      } else if (html_[at_] == '&') {
        read_entity();
      } else {
        add(html_.substr(at_++, 1));
      }
    }
    return {std::string(trimmed(page_.title)), std::string(trimmed(page_.text))};
  }

 private:
  void read_markup() {
    if (html_.substr(at_, 4) == "<!--") return skip_after("-->");
    const std::size_t name_at = at_ + (html_.substr(at_, 2) == "</" ? 2 : 1);
    std::size_t end = name_at;
    while (end < html_.size() && is_name(html_[end])) ++end;
    std::string name(html_.substr(name_at, end - name_at));
    for (char& c : name) c = threadkeep::lower(c);
    const bool is_end = name_at == at_ + 2;
    if (name.empty() && html_.substr(at_, 2) != "<!" && html_.substr(at_, 2) != "<?" && !is_end)
      return add(html_.substr(at_++, 1));
    skip_tag(end);
    if (name == "title") in_title_ = !is_end;
    if (is_one_of(name, blocks)) break_line();
    if (!is_end && is_one_of(name, wordless)) skip_element(name);
  }

  // To the end of a tag; a ">" in a quoted value does not end it.
  void skip_tag(std::size_t from) {
    char quote = 0;
    for (at_ = from; at_ < html_.size(); ++at_) {
      const char c = html_[at_];
      if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        ++at_;
        return;
      }
    }
  }

  void skip_after(std::string_view mark) {
    const std::size_t found = html_.find(mark, at_);
    at_ = found == html_.npos ? html_.size() : found + mark.size();
  }

  // What is not closed goes on to the end.
  void skip_element(const std::string& name) {
    while (at_ < html_.size()) {
      at_ = html_.find("</", at_);
      if (at_ == html_.npos) {
        at_ = html_.size();
        return;
      }
      if (equals_ignoring_case(html_.substr(at_ + 2, name.size()), name)) {
        skip_tag(at_ + 2);
        return;
      }
      at_ += 2;
    }
  }

  void read_entity() {
    const std::size_t end = html_.substr(at_, entity_bytes_max).find(';');
    const auto value = end == html_.npos ? std::nullopt : entity_of(html_.substr(at_ + 1, end - 1));
    if (!value) return add(html_.substr(at_++, 1));
    std::string text;
    append_utf8(text, *value);
    add(text);
    at_ += end + 1;
  }

  void add(std::string_view text) {
    std::string& out = in_title_ ? page_.title : page_.text;
    const bool is_space = text == " " || text == "\n" || text == "\r" || text == "\t";
    if (is_space) {
      if (!out.empty() && out.back() != ' ' && out.back() != '\n') out += ' ';
    } else {
      out += text;
    }
  }

  void break_line() {
    std::string& text = page_.text;
    while (!text.empty() && text.back() == ' ') text.pop_back();
    const bool is_paragraph_end = text.size() > 1 && text.substr(text.size() - 2) == "\n\n";
    if (!text.empty() && !is_paragraph_end) text += '\n';
  }

  static bool is_name(char c) {
    const char low = lower(c);
    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == ':';
  }

  std::string_view html_;
  std::size_t at_ = 0;
  bool in_title_ = false;
  PageText page_;
};

}  // namespace

PageText text_of_html(std::string_view html) { return Extractor(html).run(); }

std::string utf8_of(std::string_view bytes, std::string_view charset) {
  const bool is_latin = equals_ignoring_case(charset, "iso-8859-1") ||
                        equals_ignoring_case(charset, "windows-1252") ||
                        equals_ignoring_case(charset, "us-ascii");
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const auto byte = static_cast<unsigned char>(bytes[at]);
    if (byte == 0) {
      append_utf8(text, replacement_character);
      ++at;
    } else if (is_latin) {
      append_utf8(text, byte);
      ++at;
    } else {
      const CodePoint point = code_point_at(bytes, at);
      append_utf8(text, point.value);
      at += point.length;
    }
  }
  return text;
}

}  // namespace threadkeep::tools
