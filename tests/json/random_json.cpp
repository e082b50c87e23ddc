#include "json/random_json.h"

#include <cstdio>
#include <string_view>
#include <utility>

#include "base/utf8.h"

namespace threadkeep::json {

ExpectedText RandomJson::next() {
  made_ = {};
  space();
  value(0);
  space();
  return std::move(made_);
}

void RandomJson::space() {
  while (below(4) == 0) made_.text += " \n\r\t"[below(4)];
}

void RandomJson::value(std::size_t depth) {
  const std::size_t at = made_.values.size();
  made_.values.emplace_back().begin = made_.text.size();
  switch (below(depth < 6 ? 9 : 6)) {
    case 0:
      made_.values[at].kind = Kind::null;
      made_.text += "null";
      break;
    case 1:
      made_.values[at].kind = Kind::boolean;
      made_.text += below(2) == 0 ? "true" : "false";
      break;
    case 2:
    case 3:
      made_.values[at].kind = Kind::number;
      number();
      break;
    case 4:
    case 5:
      made_.values[at].kind = Kind::string;
      made_.values[at].decoded = string();
      break;
    case 6:
      made_.values[at].kind = Kind::array;
      array(depth);
      break;
    default:
      made_.values[at].kind = Kind::object;
      object(depth);
  }
  made_.values[at].end = made_.text.size();
}

void RandomJson::array(std::size_t depth) {
  const std::size_t at = made_.values.size() - 1;
  const std::size_t count = below(6);
  made_.values[at].children = count;
  made_.text += '[';
  space();
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) made_.text += ',';
    space();
    value(depth + 1);
    space();
  }
  made_.text += ']';
}

void RandomJson::object(std::size_t depth) {
  const std::size_t at = made_.values.size() - 1;
  const std::size_t count = below(10) == 0 ? 10 + below(20) : below(6);
  made_.values[at].children = count;
  made_.text += '{';
  space();
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) made_.text += ',';
    space();
    std::string key = string();
    // A number behind each key keeps the keys apart.
    const std::string mark = "|" + std::to_string(i);
    made_.text.insert(made_.text.size() - 1, mark);
    made_.values[at].keys.push_back(key + mark);
    space();
    made_.text += ':';
    space();
    value(depth + 1);
    space();
  }
  made_.text += '}';
}

void RandomJson::number() {
  std::string& out = made_.text;
  const auto digits = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) out += static_cast<char>('0' + below(10));
  };
  const bool is_fraction = below(2) == 0;
  if (below(3) == 0) out += '-';
  if (below(5) == 0 && is_fraction) {
    out += '0';
  } else {
    out += static_cast<char>('1' + below(9));
    digits(below(is_fraction ? 25 : 18));
  }
  if (!is_fraction) return;
  out += '.';
  digits(1 + below(25));
  if (below(2) == 0) return;
  out += below(2) == 0 ? 'e' : 'E';
  if (below(2) == 0) out += below(2) == 0 ? '+' : '-';
  out += std::to_string(below(250));
}

std::string RandomJson::string() {
  std::string decoded;
  made_.text += '"';
  for (std::size_t i = below(below(4) == 0 ? 60 : 12); i > 0; --i) character(decoded);
  made_.text += '"';
  return decoded;
}

void RandomJson::character(std::string& decoded) {
  constexpr std::string_view names = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  constexpr char32_t samples[] = {0x7F,   0xE9,   0x3B1,  0x5D0,   0x939,
                                  0x2028, 0x4E2D, 0xFFFD, 0x1F600, 0x10FFFF};
  const std::size_t kind = below(8);
  if (kind < 4) {
    const char plain = "abcXYZ019 ,:[]{}/'~"[below(19)];
    made_.text += plain;
    decoded += plain;
    return;
  }
  if (kind == 4) {
    const std::size_t which = below(names.size());
    made_.text += '\\';
    made_.text += names[which];
    decoded += meanings[which];
    return;
  }
  const char32_t c =
      below(6) == 0 ? static_cast<char32_t>(1 + below(0xD7FE)) : samples[below(std::size(samples))];
  append_utf8(decoded, c);
  if (kind == 5 && c >= 0x20 && c != '"' && c != '\\') return append_utf8(made_.text, c);
  char escape[16];
  const char* const unit = below(2) == 0 ? "\\u%04x" : "\\u%04X";
  const auto put = [&](char32_t value) {
    std::snprintf(escape, sizeof escape, unit, static_cast<unsigned>(value));
    made_.text += escape;
  };
  if (c < 0x10000) return put(c);
  put(0xD800 + ((c - 0x10000) >> 10));
  put(0xDC00 + ((c - 0x10000) & 0x3FF));
}

std::string RandomJson::damaged(std::string text, int changes) {
  constexpr std::string_view likely = "\"\\{}[],:0-.eEun\n d8\x80\xC3";
  for (int i = 0; i < changes && !text.empty(); ++i) {
    const std::size_t at = below(text.size());
    switch (below(7)) {
      case 0:
        text[at] = static_cast<char>(random_());
        break;
      case 1:
        text[at] = likely[below(likely.size())];
        break;
      case 2:
        text.insert(at, 1, likely[below(likely.size())]);
        break;
      case 3:
        text.erase(at, 1 + below(3));
        break;
      case 4:
        text.insert(at, text.substr(below(text.size()), 1 + below(20)));
        break;
      case 5:
        if (const std::size_t brace = text.find('{', at); brace != std::string::npos) {
          text.insert(brace + 1, R"("d":1,"\u0064":1)");
        }
        break;
      default:
        if (below(4) == 0) text.resize(at);
    }
  }
  return text;
}

}  // namespace threadkeep::json
