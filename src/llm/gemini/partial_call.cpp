#include "llm/gemini/partial_call.h"

#include <algorithm>
#include <charconv>

#include "base/limits.h"

namespace threadkeep::llm {

bool PartialCall::add(json::Value pieces) {
  for (const json::Value piece : pieces.items()) {
    if (!add_piece(piece)) return false;
  }
  return true;
}

bool PartialCall::add_piece(json::Value piece) {
  bytes_ += piece.raw().size();
  if (bytes_ > partial_bytes_max) return false;
  Part* const part = find(piece["jsonPath"].string());
  return part != nullptr && set(*part, piece);
}

// "$.a.b[0].c", and "$['a']" for keys that are no words.
PartialCall::Part* PartialCall::find(std::string_view path) {
  if (!path.starts_with('$')) return nullptr;
  path.remove_prefix(1);
  Part* part = &root_;
  for (std::size_t depth = 0; part != nullptr && !path.empty(); ++depth) {
    if (depth == limits::json_depth_max) return nullptr;
    const bool is_quoted = path.starts_with("['") || path.starts_with("[\"");
    const bool is_bracket = path.front() == '[';
    if (!is_bracket && path.front() != '.') return nullptr;
    const std::size_t begin = is_quoted ? 2 : 1;
    const std::string end_mark = is_quoted ? std::string{path[1], ']'} : "]";
    const std::size_t end = is_bracket ? path.find(end_mark, begin)
                                       : std::min(path.find_first_of(".[", 1), path.size());
    if (end == std::string_view::npos || end == begin) return nullptr;
    const std::string_view step = path.substr(begin, end - begin);
    part = is_bracket && !is_quoted ? item(*part, step) : member(*part, step);
    path.remove_prefix(is_bracket ? end + end_mark.size() : end);
  }
  return part == &root_ ? nullptr : part;
}

PartialCall::Part* PartialCall::member(Part& part, std::string_view key) {
  if (part.kind == Kind::none) part.kind = Kind::object;
  if (part.kind != Kind::object) return nullptr;
  // The one that grows is mostly the last.
  const auto found = std::find_if(part.members.rbegin(), part.members.rend(),
                                  [&](const auto& member) { return member.name == key; });
  if (found != part.members.rend()) return &found->value;
  if (++values_ > partial_values_max) return nullptr;
  return &part.members.emplace_back(Member{std::string(key), Part{}}).value;
}

PartialCall::Part* PartialCall::item(Part& part, std::string_view index) {
  if (part.kind == Kind::none) part.kind = Kind::array;
  if (part.kind != Kind::array) return nullptr;
  std::size_t place = 0;
  const auto [end, failed] = std::from_chars(index.begin(), index.end(), place);
  // Whoever leaves items out leaves open what they are.
  if (failed != std::errc{} || end != index.end() || place > part.items.size()) return nullptr;
  if (place < part.items.size()) return &part.items[place];
  return ++values_ > partial_values_max ? nullptr : &part.items.emplace_back();
}

bool PartialCall::set(Part& part, json::Value piece) {
  if (const json::Value text = piece["stringValue"]; text.is_string()) {
    if (part.kind != Kind::none && part.kind != Kind::text) return false;
    part.kind = Kind::text;
    part.value += text.string();
    return true;
  }
  if (part.kind != Kind::none) return false;
  part.kind = Kind::raw;
  if (piece["numberValue"].number()) {
    part.value = piece["numberValue"].raw();
  } else if (piece["boolValue"].boolean()) {
    part.value = piece["boolValue"].raw();
  } else {
    part.value = "null";
    return !piece["nullValue"].is_absent();
  }
  return true;
}

std::string PartialCall::arguments() const {
  std::string json;
  json::Writer writer(json);
  write(root_, writer);
  return json;
}

// Recursion ends at the depth that find() allows.
void PartialCall::write(const Part& part, json::Writer& writer) {
  switch (part.kind) {
    case Kind::none:
      writer.null();
      break;
    case Kind::object:
      writer.begin_object();
      for (const auto& [key, value] : part.members) write(value, writer.key(key));
      writer.end_object();
      break;
    case Kind::array:
      writer.begin_array();
      for (const Part& item : part.items) write(item, writer);
      writer.end_array();
      break;
    case Kind::text:
      writer.string(part.value);
      break;
    case Kind::raw:
      writer.raw(part.value);
      break;
  }
}

}  // namespace threadkeep::llm
