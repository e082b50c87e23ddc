#include "domain/setting_rules.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/utf8.h"
#include "domain/entry_rules.h"

namespace threadkeep {
namespace {

using json::Value;

constexpr std::string_view effort_rule = "must be minimal, low, medium or high.";

std::optional<std::string> wrong_with_system(const Value& value) {
  if (!value.is_string()) return "must be a string.";
  if (value.string().empty()) return "must not be empty; null takes it away.";
  if (value.string().size() > limits::system_prompt_bytes_max)
    return "must have at most " + std::to_string(limits::system_prompt_bytes_max) + " bytes.";
  return std::nullopt;
}

void take_system(const Value& value, SettingsPatch& patch) {
  patch.system.emplace();
  if (!value.is_null()) patch.system->emplace(value.string());
}

void mend_system(const Value& value, SettingsPatch& patch) {
  const std::string_view text = utf8_prefix(value.string(), limits::system_prompt_bytes_max);
  if (!text.empty()) patch.system.emplace(std::string(text));
}

std::optional<std::string> wrong_with_temperature(const Value& value) {
  const auto number = value.number();
  if (number && *number >= 0 && *number <= limits::temperature_max) return std::nullopt;
  return "must be a number from 0 to " + std::to_string(limits::temperature_max) + ".";
}

void take_temperature(const Value& value, SettingsPatch& patch) {
  patch.temperature.emplace(value.number());
  // There is one zero: what was written as -0.0 would not be read again.
  if (*patch.temperature) **patch.temperature += 0.0;
}

void mend_temperature(const Value& value, SettingsPatch& patch) {
  if (const auto number = value.number())
    patch.temperature.emplace(std::clamp<double>(*number, 0, limits::temperature_max));
}

std::optional<std::string> wrong_with_max_tokens(const Value& value) {
  const auto number = value.integer();
  if (number && *number >= 1 && *number <= limits::answer_tokens_max) return std::nullopt;
  return "must be an integer from 1 to " + std::to_string(limits::answer_tokens_max) + ".";
}

void take_max_tokens(const Value& value, SettingsPatch& patch) {
  patch.max_tokens.emplace(value.integer());
}

void mend_max_tokens(const Value& value, SettingsPatch& patch) {
  if (const auto number = value.integer())
    patch.max_tokens.emplace(std::clamp<std::int64_t>(*number, 1, limits::answer_tokens_max));
}

std::optional<std::string> wrong_with_effort(const Value& value) {
  return parse_effort(value.string()) ? std::nullopt : std::optional<std::string>(effort_rule);
}

void take_effort(const Value& value, SettingsPatch& patch) {
  patch.effort.emplace(parse_effort(value.string()));
}

std::optional<std::string> wrong_with_tools(const Value& value) {
  if (!value.is_array() || value.size() > limits::tools_named_max)
    return "must be an array of at most " + std::to_string(limits::tools_named_max) + " names.";
  std::set<std::string_view> names;
  for (const Value item : value.items()) {
    if (!item.is_string()) return "must hold names.";
    if (const auto wrong = entry::wrong_with(entry::tool, item.string()))
      return "must hold names, each of which " + *wrong;
    if (!names.insert(item.string()).second) return "must not hold a name twice.";
  }
  return std::nullopt;
}

std::optional<std::vector<std::string>> names_in(const Value& value) {
  if (value.is_null()) return std::nullopt;
  std::vector<std::string> names;
  for (const Value item : value.items()) names.emplace_back(item.string());
  return names;
}

void take_tools(const Value& value, SettingsPatch& patch) { patch.tools.emplace(names_in(value)); }

void take_allowed_tools(const Value& value, SettingsPatch& patch) {
  patch.allowed_tools.emplace(names_in(value));
}

void leave_out(const Value&, SettingsPatch&) {}

void write_names(json::Writer& writer, std::string_view key,
                 const std::optional<std::vector<std::string>>& names) {
  if (!names) return;
  writer.key(key).begin_array();
  for (const std::string& name : *names) writer.string(name);
  writer.end_array();
}

constexpr std::array<entry::SettingRule, 6> rules{{
    {"system", wrong_with_system, take_system, mend_system},
    {"temperature", wrong_with_temperature, take_temperature, mend_temperature},
    {"maxTokens", wrong_with_max_tokens, take_max_tokens, mend_max_tokens},
    {"effort", wrong_with_effort, take_effort, leave_out},
    {"tools", wrong_with_tools, take_tools, leave_out},
    {"allowedTools", wrong_with_tools, take_allowed_tools, leave_out},
}};

}  // namespace

std::span<const entry::SettingRule> entry::setting_rules() { return rules; }

ConversationSettings entry::mended_settings(const json::Value& value) {
  SettingsPatch patch;
  for (const SettingRule& rule : rules) {
    const Value setting = value[rule.name];
    if (setting.is_absent()) continue;
    if (rule.wrong_with(setting)) {
      rule.mend(setting, patch);
    } else {
      rule.take(setting, patch);
    }
  }
  ConversationSettings settings;
  apply(patch, settings);
  return settings;
}

std::string settings_json(const ConversationSettings& settings) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object();
  if (settings.system) writer.member("system", *settings.system);
  if (settings.temperature) writer.key("temperature").number(*settings.temperature);
  if (settings.max_tokens) writer.member("maxTokens", *settings.max_tokens);
  if (settings.effort) writer.key("effort").plain(effort_name(*settings.effort));
  write_names(writer, "tools", settings.tools);
  write_names(writer, "allowedTools", settings.allowed_tools);
  writer.end_object();
  return text;
}

ConversationSettings parse_settings(std::string_view json) {
  if (json == "{}") return {};
  const auto document = json::Document::parse(std::string(json), json::Mode::foreign);
  return document ? entry::mended_settings(document->root()) : ConversationSettings{};
}

}  // namespace threadkeep
