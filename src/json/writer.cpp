#include <array>
#include <cassert>
#include <charconv>
#include <cmath>

#include "json/json.h"
#include "json/scan.h"

namespace threadkeep::json {
namespace {

void append_escape(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::string_view meanings = "\"\\\b\f\n\r\t";
  constexpr std::string_view names = "\"\\bfnrt";
  out.push_back('\\');
  const std::size_t which = meanings.find(c);
  if (which != std::string_view::npos) {
    out.push_back(names[which]);
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  out.append("u00").push_back(digits[byte >> 4]);
  out.push_back(digits[byte & 15U]);
}

bool needs_no_escape(std::string_view text) {
  return skip_plain(text.data(), text.data() + text.size()) == text.data() + text.size();
}

// The text in quotes between two single characters, either of which may be missing (NUL). In one
// step: most of what is written are short keys, ids and names.
void append_plain(std::string& out, char before, std::string_view text, char after) {
  const std::size_t at = out.size();
  out.resize(at + text.size() + 2 + (before != '\0' ? 1 : 0) + (after != '\0' ? 1 : 0));
  char* to = out.data() + at;
  if (before != '\0') *to++ = before;
  *to++ = '"';
  to += text.copy(to, text.size());
  *to++ = '"';
  if (after != '\0') *to = after;
}

void append_quoted(std::string& out, std::string_view utf8) {
  if (needs_no_escape(utf8)) return append_plain(out, '\0', utf8, '\0');
  const char* at = utf8.data();
  const char* const end = at + utf8.size();
  out.push_back('"');
  for (;;) {
    const char* const stop = skip_plain(at, end);
    out.append(at, stop);
    if (stop == end) break;
    append_escape(out, *stop);
    at = stop + 1;
  }
  out.push_back('"');
}

template <class Number>
std::size_t append_number(std::string& out, Number value) {
  std::array<char, 32> text{};  // the longest double has 24 characters
  const auto done = std::to_chars(text.data(), text.data() + text.size(), value);
  out.append(text.data(), done.ptr);
  return static_cast<std::size_t>(done.ptr - text.data());
}

}  // namespace

void Writer::separate() {
  if (comma_) out_.push_back(',');
  comma_ = true;
}

Writer& Writer::begin_object() { return begin('{'); }
Writer& Writer::begin_array() { return begin('['); }
Writer& Writer::end_object() { return end('}'); }
Writer& Writer::end_array() { return end(']'); }

Writer& Writer::begin(char bracket) {
  separate();
  out_.push_back(bracket);
  comma_ = false;
  ++depth_;
  return *this;
}

Writer& Writer::end(char bracket) {
  assert(depth_ > 0);
  --depth_;
  out_.push_back(bracket);
  comma_ = true;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  assert(depth_ > 0);
  if (needs_no_escape(name)) {
    append_plain(out_, comma_ ? ',' : '\0', name, ':');
  } else {
    separate();
    append_quoted(out_, name);
    out_.push_back(':');
  }
  comma_ = false;
  return *this;
}

Writer& Writer::plain(std::string_view text) {
  assert(needs_no_escape(text));
  append_plain(out_, comma_ ? ',' : '\0', text, '\0');
  comma_ = true;
  return *this;
}

Writer& Writer::string(std::string_view utf8) {
  separate();
  append_quoted(out_, utf8);
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

Writer& Writer::number(double value) {
  assert(std::isfinite(value));
  separate();
  const std::size_t length = append_number(out_, value);
  const bool looks_whole = out_.find_first_of(".e", out_.size() - length) == std::string::npos;
  // As whole numbers these would be refused: -0, and what does not fit into 64 bits.
  if (looks_whole && ((value == 0 && std::signbit(value)) || std::abs(value) >= 0x1p63))
    out_ += ".0";
  return *this;
}

Writer& Writer::boolean(bool value) { return raw(value ? "true" : "false"); }
Writer& Writer::null() { return raw("null"); }

Writer& Writer::raw(std::string_view json) {
  separate();
  out_.append(json);
  return *this;
}

// Recursion is safe here: the depth is that of a document, so it is limited.
Writer& Writer::copy(const Value& value) {
  switch (value.kind()) {
    case Kind::string:
      return string(value.string());
    case Kind::array:
      begin_array();
      for (const Value item : value.items()) copy(item);
      return end_array();
    case Kind::object:
      begin_object();
      for (const Member& member : value.members()) key(member.key).copy(member.value);
      return end_object();
    default:
      return value.is_absent() ? null() : raw(value.raw());
  }
}

std::string quoted(std::string_view utf8) {
  std::string out;
  append_quoted(out, utf8);
  return out;
}

}  // namespace threadkeep::json
