#include "domain/entry_rules.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/utf8.h"
#include "domain/outcome.h"
#include "domain/unreadable_block.h"

namespace threadkeep::entry {
namespace {

using json::Document;
using json::Mode;

// C0, DEL, C1 and the two separators of Unicode.
bool breaks_line(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029;
}

bool is_one_line(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    if (breaks_line(point.value)) return false;
    at += point.length;
  }
  return true;
}

std::string one_line(std::string_view text, std::size_t bytes_max) {
  std::string line;
  bool owes_space = false;
  for (std::size_t at = 0; at < text.size() && line.size() <= bytes_max;) {
    const CodePoint point = code_point_at(text, at);
    at += point.length;
    if (breaks_line(point.value)) {
      owes_space = !line.empty() && line.back() != ' ';
      continue;
    }
    if (owes_space && point.value != ' ') line += ' ';
    owes_space = false;
    append_utf8(line, point.value);
  }
  return std::string(utf8_prefix(line, bytes_max));
}

constexpr std::size_t detail_bytes_max = 2'000;

void write_unreadable(json::Writer& writer, std::string_view text) {
  writer.begin_object()
      .member("type", unreadable_type)
      .member("content", storable(text))
      .end_object();
}

}  // namespace

std::string storable(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    append_utf8(result, point.value == 0 ? char32_t{0xFFFD} : point.value);
    at += point.length;
  }
  return result;
}

bool is_right_block(const json::Value& block, EmptyText empty_text) {
  std::string alone;
  alone.append("[").append(block.raw()).append("]");
  const auto document = Document::parse(std::move(alone), Mode::strict);
  return document && check_content(document->root(), empty_text);
}

std::optional<std::string> wrong_with(const Line& rule, std::string_view text) {
  if (text.empty() && rule.empty == Line::Empty::refused) return "must not be empty.";
  if (text.size() > rule.bytes_max)
    return "must have at most " + std::to_string(rule.bytes_max) + " bytes.";
  if (!is_one_line(text)) return "must be one line without control characters.";
  return std::nullopt;
}

std::string mended(const Line& rule, std::string_view text) {
  return one_line(text, rule.bytes_max);
}

std::optional<std::string> mended_name(const Line& rule, std::string_view text) {
  std::string name = mended(rule, text);
  return name.empty() ? std::nullopt : std::optional(std::move(name));
}

std::optional<std::string> wrong_with_tags(const std::vector<std::string>& tags) {
  if (tags.size() > limits::tags_max)
    return "must hold at most " + std::to_string(limits::tags_max) + " tags.";
  for (const std::string& name : tags) {
    if (const auto wrong = wrong_with(tag, name)) return "must hold tags, each of which " + *wrong;
  }
  if (std::set<std::string_view>(tags.begin(), tags.end()).size() != tags.size())
    return "must not hold a tag twice.";
  return std::nullopt;
}

std::vector<std::string> mended_tags(const std::vector<std::string>& tags) {
  std::vector<std::string> result;
  for (const std::string& text : tags) {
    auto name = mended_name(tag, text);
    if (!name || result.size() == limits::tags_max) continue;
    if (std::find(result.begin(), result.end(), *name) == result.end())
      result.push_back(*std::move(name));
  }
  return result;
}

bool is_time(UnixMs ms) { return ms >= 0 && ms <= limits::time_max; }

UnixMs mended_time(UnixMs ms) { return std::clamp<UnixMs>(ms, 0, limits::time_max); }

bool is_count(std::int64_t count) { return count >= 0 && count <= limits::count_max; }

std::int64_t sum_of_counts(std::int64_t a, std::int64_t b) {
  const auto bounded = [](std::int64_t count) {
    return std::clamp<std::int64_t>(count, 0, limits::count_max);
  };
  return bounded(bounded(a) + bounded(b));
}

std::optional<std::string> wrong_with(Kept kind, const json::Value& value) {
  if (!value.is_object()) return "must be an object.";
  if (value.raw().size() > limits::metadata_bytes_max)
    return "must have at most " + std::to_string(limits::metadata_bytes_max) + " bytes.";
  if (is_deeper_than(value, limits::value_depth_max))
    return "must be nested at most " + std::to_string(limits::value_depth_max) + " levels deep.";
  if (kind == Kept::usage && !is_usage(value)) return "must be counts: integers of 0 and more.";
  if (kind == Kept::error && !is_failure_note(value)) return "must be {type, detail}: two strings.";
  return std::nullopt;
}

std::optional<std::string> mended_object(Kept kind, std::string_view text) {
  const auto document = Document::parse(std::string(text), Mode::strict);
  if (document && !wrong_with(kind, document->root())) return std::string(text);
  if (kind == Kept::usage) return std::nullopt;
  std::string object;
  const std::string words = storable(text);
  const bool has_room = words.size() <= limits::metadata_bytes_max / 2;
  if (kind == Kept::metadata) {
    json::Writer writer(object);
    writer.begin_object();
    if (has_room) writer.member("unreadable", words);
    writer.end_object();
    return object;
  }
  json::Writer(object)
      .begin_object()
      .member("type", "unreadable")
      .member("detail", utf8_prefix(words, detail_bytes_max))
      .end_object();
  return object;
}

std::optional<std::string> mended_content(std::string_view text, EmptyText empty_text) {
  const auto strict = Document::parse(std::string(text), Mode::strict);
  if (strict && check_content(strict->root(), empty_text)) return std::string(text);
  std::string content;
  json::Writer writer(content);
  writer.begin_array();
  const auto lenient = Document::parse(std::string(text), Mode::foreign);
  if (lenient && lenient->root().is_array()) {
    for (const json::Value block : lenient->root().items()) {
      if (is_right_block(block, empty_text)) {
        writer.raw(block.raw());
      } else {
        write_unreadable(writer, block.raw());
      }
    }
  } else {
    write_unreadable(writer, text);
  }
  writer.end_array();
  const auto document = Document::parse(content, Mode::strict);
  if (!document || !check_content(document->root(), empty_text)) return std::nullopt;
  return content;
}

}  // namespace threadkeep::entry
