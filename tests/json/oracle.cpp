#include "json/oracle.h"

#include <simdjson.h>

#include <map>

namespace threadkeep::json {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

std::string differs(const Value& ours, std::string_view what) {
  return std::string(what) + " differs: " + std::string(ours.raw().substr(0, 200));
}

std::string compare(const Value& ours, const element& theirs);

std::string compare_arrays(const Value& ours, const element& theirs) {
  if (!ours.is_array()) return differs(ours, "kind");
  auto item = ours.items().begin();
  const auto end = ours.items().end();
  for (const element their_item : simdjson::dom::array(theirs)) {
    if (!(item != end)) return differs(ours, "length");
    if (std::string found = compare(*item, their_item); !found.empty()) return found;
    ++item;
  }
  return item != end ? differs(ours, "length") : std::string();
}

// The character U+0000 is U+FFFD to us; strict mode does not come here with one.
std::string without_nul(std::string_view text) {
  std::string out;
  for (const char c : text) c == '\0' ? out.append("\uFFFD") : out.append(1, c);
  return out;
}

// simdjson keeps all of equal keys, we keep the last.
std::string compare_objects(const Value& ours, const element& theirs) {
  if (!ours.is_object()) return differs(ours, "kind");
  std::map<std::string, element, std::less<>> expected;
  for (const auto& [key, value] : simdjson::dom::object(theirs)) {
    expected.insert_or_assign(without_nul(key), value);
  }
  std::size_t count = 0;
  for (const Member& member : ours.members()) {
    const auto found = expected.find(member.key);
    if (found == expected.end()) return differs(ours, "key");
    if (std::string inside = compare(member.value, found->second); !inside.empty()) return inside;
    ++count;
  }
  return count == expected.size() ? std::string() : differs(ours, "size");
}

std::string compare_numbers(const Value& ours, const element& theirs) {
  if (ours.kind() != Kind::number) return differs(ours, "kind");
  switch (theirs.type()) {
    case element_type::INT64:
      return ours.integer() == std::int64_t(theirs) ? std::string() : differs(ours, "integer");
    case element_type::UINT64:  // beyond our integers
      return ours.integer() ? differs(ours, "integer") : std::string();
    default:
      // What is too small for a double reads as zero there and as nothing here.
      return ours.number().value_or(0) == double(theirs) ? std::string() : differs(ours, "number");
  }
}

std::string compare(const Value& ours, const element& theirs) {
  switch (theirs.type()) {
    case element_type::ARRAY:
      return compare_arrays(ours, theirs);
    case element_type::OBJECT:
      return compare_objects(ours, theirs);
    case element_type::STRING:
      if (!ours.is_string()) return differs(ours, "kind");
      return ours.string() == without_nul(std::string_view(theirs)) ? std::string()
                                                                    : differs(ours, "string");
    case element_type::BOOL:
      return ours.boolean() == bool(theirs) ? std::string() : differs(ours, "boolean");
    case element_type::NULL_VALUE:
      return ours.is_null() && ours.raw() == "null" ? std::string() : differs(ours, "null");
    default:
      return compare_numbers(ours, theirs);
  }
}

bool is_our_own_rule(Errc code, Mode mode) {
  if (code == Errc::json_too_deep) return true;
  if (mode == Mode::foreign) return false;
  return code == Errc::duplicate_key || code == Errc::nul_not_allowed ||
         code == Errc::number_out_of_range;
}

// What foreign mode reads and simdjson does not: large numbers and unpaired surrogates. Written
// again without them, it must read it.
bool is_readable_when_mended(const Value& ours) {
  std::string mended;
  Writer(mended).copy(ours);
  simdjson::dom::parser parser;
  const simdjson::error_code problem = parser.parse(mended).error();
  return problem == simdjson::SUCCESS || problem == simdjson::NUMBER_ERROR;
}

}  // namespace

std::string disagreement(const std::string& text, Mode mode) {
  simdjson::dom::parser parser;
  element theirs;
  const simdjson::error_code problem = parser.parse(text).get(theirs);
  const Result<Document> ours = Document::parse(text, mode);
  if (ours && problem == simdjson::SUCCESS) return compare(ours->root(), theirs);
  if (ours && mode == Mode::foreign && is_readable_when_mended(ours->root())) return {};
  if (ours) return std::string("accepted, but simdjson says: ") + simdjson::error_message(problem);
  if (problem == simdjson::SUCCESS && !is_our_own_rule(ours.error().code, mode)) {
    return "refused, but simdjson reads it: " + ours.error().detail;
  }
  if (ours.error().code == Errc::invalid_utf8 && simdjson::validate_utf8(text))
    return "called invalid UTF-8";
  return {};
}

}  // namespace threadkeep::json
