#include "tools/input_schema.h"

// The library and what it needs to see JSON, in this file alone. Without the macro it ends the
// process when a schema is wrong.
#define VALIJSON_USE_EXCEPTIONS 1
#include <boost/json/src.hpp>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace threadkeep::tools {
namespace {

namespace bj = boost::json;

constexpr std::size_t depth_max = 64;
// Faults beyond these are not told: the first ones say enough.
constexpr std::size_t faults_max = 4;

// std::regex calls itself for each character, and an adversary's pattern never comes to an end.
// `$schema` names the draft; an unknown one is no reason to refuse the rest.
constexpr std::array<std::string_view, 4> left_out = {"pattern", "patternProperties", "format",
                                                      "$schema"};

bool tame(bj::value& value);

// Each member is a schema, whatever it is called.
bool tame_members(bj::value& value) {
  auto* object = value.if_object();
  if (object == nullptr) return true;
  return std::all_of(object->begin(), object->end(),
                     [](auto& member) { return tame(member.value()); });
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Takes out of a schema, or a list of them, what is not checked. False: it refers to another place,
// and is not followed.
bool tame(bj::value& value) {
  if (auto* list = value.if_array()) {
    return std::all_of(list->begin(), list->end(), [](bj::value& item) { return tame(item); });
  }
  auto* object = value.if_object();
  if (object == nullptr) return true;
  if (object->contains("$ref") || object->contains("$dynamicRef")) return false;
  for (const std::string_view name : left_out) object->erase(bj::string_view(name));
  return std::all_of(object->begin(), object->end(), [](auto& member) {
    const std::string_view name(member.key().data(), member.key().size());
    if (is_one_of(name, {"enum", "const", "default", "examples"})) return true;
    if (is_one_of(name, {"properties", "definitions", "$defs", "dependentSchemas"}))
      return tame_members(member.value());
    return tame(member.value());
  });
}

std::optional<bj::value> parsed(const std::string& text) {
  bj::parse_options options;
  options.max_depth = depth_max;
  bj::error_code error;
  bj::value value = bj::parse(text, error, {}, options);
  if (error) return std::nullopt;
  return value;
}

std::string sentence_of(const valijson::ValidationResults::Error& error) {
  std::string where;
  for (std::size_t i = 1; i < error.context.size(); ++i) where += error.context[i];
  return (where.empty() ? "" : where + ": ") + error.description;
}

}  // namespace

struct InputSchema::Rules {
  valijson::Schema schema;
  bool is_checked = true;
};

Result<InputSchema> InputSchema::parse(const std::string& schema) {
  auto value = parsed(schema);
  if (!value) return fail(Errc::invalid_json, "The schema of the tool's input is no JSON.");
  if (!value->is_object())
    return fail(Errc::invalid_field, "The schema of the tool's input is no object.");
  auto rules = std::make_unique<Rules>();
  rules->is_checked = tame(*value);
  if (!rules->is_checked) return InputSchema(std::move(rules));
  try {
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(valijson::adapters::BoostJsonAdapter(*value), rules->schema);
  } catch (const std::exception&) {
    return fail(Errc::invalid_field, "The schema of the tool's input is no JSON Schema.");
  }
  return InputSchema(std::move(rules));
}

InputSchema::InputSchema(std::unique_ptr<const Rules> rules) : rules_(std::move(rules)) {}
InputSchema::InputSchema(InputSchema&&) noexcept = default;
InputSchema& InputSchema::operator=(InputSchema&&) noexcept = default;
InputSchema::~InputSchema() = default;

std::optional<std::string> InputSchema::find_fault(const std::string& input) const {
  const auto value = parsed(input);
  if (!value) return "The input is no JSON.";
  if (!value->is_object()) return "The input is no JSON object.";
  if (!rules_->is_checked) return std::nullopt;
  try {
    valijson::Validator validator;
    valijson::ValidationResults results;
    const valijson::adapters::BoostJsonAdapter target(*value);
    if (validator.validate(rules_->schema, target, &results)) return std::nullopt;
    std::string faults = "The input does not fit the tool.";
    std::size_t told = 0;
    for (const auto& error : results) {
      if (told++ == faults_max) break;
      faults += " " + sentence_of(error);
    }
    return faults;
  } catch (const std::exception&) {
    return "The input cannot be checked.";
  }
}

}  // namespace threadkeep::tools
