// The reader: one pass, no recursion, a stack of at most as many entries as the depth limit.
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "json/scan.h"
#include "json/tree.h"

namespace threadkeep::json {
namespace {

constexpr std::size_t foreign_depth_max = 512;
constexpr std::ptrdiff_t strict_number_length_max = 1'000;
constexpr std::size_t safe_integer_length = 18;  // any 18 characters fit into 64 bits

bool is_high_surrogate(char32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low_surrogate(char32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

class Reader {
 public:
  Reader(Tree& tree, Mode mode)
      : tree_(tree),
        mode_(mode),
        depth_max_(mode == Mode::strict ? limits::json_depth_max : foreign_depth_max),
        begin_(tree.text.data()),
        at_(begin_),
        end_(begin_ + tree.text.size()) {}

  Result<void> read();

 private:
  struct Open {
    std::uint32_t node;
    bool is_object;
    bool is_empty;
  };

  // Each of these moves `at_` past what it read, or returns false with error_ set.
  bool read_all();
  bool read_next_inside();
  bool read_key();
  bool read_value();
  bool read_string();
  bool read_escape();
  bool read_unicode_escape();
  bool read_four_hex_digits(char32_t& unit);
  bool read_number();
  bool check_number(const char* from, const char* to, bool is_integer);
  bool read_word(std::string_view word, Kind kind);
  bool open(Kind kind);
  bool close();
  bool check_keys(std::uint32_t object);

  // The text is followed by a zero byte, so looking at the end is safe.
  void skip_space() {
    while (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t') ++at_;
  }
  void skip_digits() {
    while (is_digit(*at_)) ++at_;
  }

  std::uint32_t offset(const char* at) const { return static_cast<std::uint32_t>(at - begin_); }
  std::uint32_t node_count() const { return static_cast<std::uint32_t>(tree_.nodes.size()); }

  bool refuse(Errc code, const char* at, std::string_view reason) {
    error_ = {code, std::string(reason) + " at byte " + std::to_string(at - begin_) + "."};
    return false;
  }
  bool broken(std::string_view expected) {
    if (at_ == end_) return refuse(Errc::invalid_json, at_, "The JSON ends too early");
    return refuse(Errc::invalid_json, at_, expected);
  }

  Tree& tree_;
  const Mode mode_;
  const std::size_t depth_max_;
  const char* const begin_;
  const char* at_;
  const char* const end_;
  std::vector<Open> open_;
  std::vector<HashedKey> keys_;  // of the object that is being closed
  Error error_{};
};

Result<void> Reader::read() {
  if (tree_.text.size() >= std::numeric_limits<std::uint32_t>::max()) {
    return fail(Errc::too_large, "A JSON text is at most 4 GiB long.");
  }
  // Only a text that is not valid is looked through byte by byte.
  if (!simdjson::validate_utf8(tree_.text.data(), tree_.text.size())) {
    return fail(Errc::invalid_utf8, "The text is not UTF-8 at byte " +
                                        std::to_string(find_invalid_utf8(tree_.text)) + ".");
  }
  tree_.nodes.reserve(std::min<std::size_t>(tree_.text.size() / 16 + 8, 1'024));
  if (!read_all()) return tl::unexpected(std::move(error_));
  return {};
}

bool Reader::read_all() {
  skip_space();
  if (!read_value()) return false;
  while (!open_.empty()) {
    if (!read_next_inside()) return false;
  }
  skip_space();
  return at_ == end_ || broken("Nothing may follow the JSON value");
}

// The next item or member of the innermost container, or its end.
bool Reader::read_next_inside() {
  Open& inside = open_.back();
  skip_space();
  if (*at_ == (inside.is_object ? '}' : ']')) return close();
  if (!inside.is_empty) {
    if (*at_ != ',') return broken("Expected a comma or the end of the array or object");
    ++at_;
    skip_space();
  }
  inside.is_empty = false;
  if (inside.is_object && !read_key()) return false;
  return read_value();
}

bool Reader::read_key() {
  if (*at_ != '"') return broken("Expected a key");
  if (!read_string()) return false;
  skip_space();
  if (*at_ != ':') return broken("Expected a colon");
  ++at_;
  skip_space();
  return true;
}

bool Reader::read_value() {
  switch (*at_) {
    case '"':
      return read_string();
    case '{':
      return open(Kind::object);
    case '[':
      return open(Kind::array);
    case 't':
      return read_word("true", Kind::boolean);
    case 'f':
      return read_word("false", Kind::boolean);
    case 'n':
      return read_word("null", Kind::null);
    default:
      return read_number();
  }
}

bool Reader::open(Kind kind) {
  if (open_.size() == depth_max_) {
    return refuse(Errc::json_too_deep, at_,
                  "The JSON is nested deeper than " + std::to_string(depth_max_) + " levels");
  }
  open_.push_back({node_count(), kind == Kind::object, true});
  tree_.nodes.push_back({.begin = offset(at_), .kind = kind});
  ++at_;
  return true;
}

bool Reader::close() {
  ++at_;
  const Open closed = open_.back();
  open_.pop_back();
  tree_.nodes[closed.node].end = offset(at_);
  tree_.nodes[closed.node].link = node_count();
  return !closed.is_object || check_keys(closed.node);
}

bool Reader::check_keys(std::uint32_t object) {
  const std::uint32_t repeat = drop_repeated_keys(tree_, object, keys_);
  if (repeat == 0 || mode_ == Mode::foreign) return true;
  return refuse(Errc::duplicate_key, begin_ + tree_.nodes[repeat].begin, "A key is given twice");
}

bool Reader::read_word(std::string_view word, Kind kind) {
  const char* const from = at_;
  for (const char c : word) {
    if (*at_ != c) return broken("Expected a JSON value");
    ++at_;
  }
  tree_.nodes.push_back({.begin = offset(from), .end = offset(at_), .kind = kind});
  return true;
}

bool Reader::read_string() {
  const char* const from = at_;
  const char* plain = ++at_;
  bool has_escapes = false;
  std::size_t link = 0;
  for (;;) {
    at_ = skip_plain(at_, end_);
    if (*at_ == '"') break;
    if (*at_ != '\\') return broken("A control character must be escaped");
    if (!has_escapes) {
      has_escapes = true;
      link = tree_.decoded.size();
      tree_.decoded.append(sizeof(std::uint32_t), '\0');
    }
    tree_.decoded.append(plain, at_);
    if (!read_escape()) return false;
    plain = at_;
  }
  if (has_escapes) {
    tree_.decoded.append(plain, at_);
    const auto length =
        static_cast<std::uint32_t>(tree_.decoded.size() - link - sizeof(std::uint32_t));
    std::memcpy(tree_.decoded.data() + link, &length, sizeof length);
  }
  ++at_;
  tree_.nodes.push_back({.begin = offset(from),
                         .end = offset(at_),
                         .link = static_cast<std::uint32_t>(link),
                         .kind = Kind::string,
                         .has_escapes = has_escapes});
  return true;
}

bool Reader::read_escape() {
  constexpr std::string_view names = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  const char name = at_[1];
  if (name == 'u') return read_unicode_escape();
  const std::size_t which = names.find(name);
  if (which == std::string_view::npos) {
    ++at_;
    return broken("Unknown escape");
  }
  tree_.decoded.push_back(meanings[which]);
  at_ += 2;
  return true;
}

bool Reader::read_unicode_escape() {
  const char* const from = at_;
  char32_t unit = 0;
  if (!read_four_hex_digits(unit)) return false;
  if (is_high_surrogate(unit) && at_[0] == '\\' && at_[1] == 'u') {
    const char* const second = at_;
    char32_t low = 0;
    if (!read_four_hex_digits(low)) return false;
    if (is_low_surrogate(low)) {
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    } else {
      at_ = second;
    }
  }
  const bool is_unpaired = is_high_surrogate(unit) || is_low_surrogate(unit);
  if (mode_ == Mode::strict) {
    if (is_unpaired) return refuse(Errc::invalid_unicode, from, "Unpaired surrogate");
    if (unit == 0)
      return refuse(Errc::nul_not_allowed, from, "The character U+0000 is not allowed");
  } else if (is_unpaired || unit == 0) {
    unit = replacement_character;
  }
  append_utf8(tree_.decoded, unit);
  return true;
}

bool Reader::read_four_hex_digits(char32_t& unit) {
  at_ += 2;
  for (int i = 0; i < 4; ++i, ++at_) {
    const int digit = hex_digit(*at_);
    if (digit < 0) return broken("Expected four hexadecimal digits");
    unit = unit * 16 + static_cast<char32_t>(digit);
  }
  return true;
}

bool Reader::read_number() {
  const char* const from = at_;
  bool is_integer = true;
  if (*at_ == '-') ++at_;
  if (!is_digit(*at_)) return broken("Expected a JSON value");
  if (*at_++ != '0') {
    skip_digits();
  } else if (is_digit(*at_)) {
    return broken("A number does not begin with a zero");
  }
  if (*at_ == '.') {
    is_integer = false;
    ++at_;
    if (!is_digit(*at_)) return broken("Expected a digit");
    skip_digits();
  }
  if (*at_ == 'e' || *at_ == 'E') {
    is_integer = false;
    ++at_;
    if (*at_ == '+' || *at_ == '-') ++at_;
    if (!is_digit(*at_)) return broken("Expected a digit");
    skip_digits();
  }
  tree_.nodes.push_back({.begin = offset(from), .end = offset(at_), .kind = Kind::number});
  return mode_ == Mode::foreign || check_number(from, at_, is_integer);
}

bool Reader::check_number(const char* from, const char* to, bool is_integer) {
  const std::string_view text(from, to);
  const auto out_of_range = [&] {
    return refuse(Errc::number_out_of_range, from, "The number cannot be kept exactly enough");
  };
  if (to - from > strict_number_length_max) return out_of_range();
  if (is_integer) {
    if (text == "-0") return out_of_range();
    if (text.size() <= safe_integer_length) return true;
    std::int64_t value = 0;
    return std::from_chars(from, to, value).ec == std::errc() || out_of_range();
  }
  double value = 0;
  // Too large for a double, or so small that only zero would be left.
  return std::from_chars(from, to, value).ec == std::errc() || out_of_range();
}

}  // namespace

Result<void> read(Tree& tree, Mode mode) { return Reader(tree, mode).read(); }

}  // namespace threadkeep::json
