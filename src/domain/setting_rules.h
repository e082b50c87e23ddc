// Settings as JSON, and what each of them may be: one table for every way into a store
// (domain/entry_rules.h).
//
//   setting      | rule
//   -------------|----------------------------------------------------------------
//   system       | a text of 1 to system_prompt_bytes_max bytes, of any lines
//   temperature  | a number from 0 to temperature_max
//   maxTokens    | an integer from 1 to answer_tokens_max
//   effort       | minimal, low, medium or high
//   tools        | at most tools_named_max names, each one line, none twice
//   allowedTools | the same
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "domain/settings.h"
#include "json/json.h"

namespace threadkeep::entry {

struct SettingRule {
  std::string_view name;
  // What a request that breaks it is told: the end of a sentence that begins with the name.
  std::optional<std::string> (*wrong_with)(const json::Value& value);
  // A value that breaks no rule, or null: the setting is taken away.
  void (*take)(const json::Value& value, SettingsPatch& patch);
  // What is nearest to a value that breaks a rule, or nothing.
  void (*mend)(const json::Value& value, SettingsPatch& patch);
};

std::span<const SettingRule> setting_rules();

// What comes from elsewhere, as far as it can be read: a system prompt that is too long is cut, a
// number becomes the nearest that may be, all else that breaks a rule is left out.
ConversationSettings mended_settings(const json::Value& value);

}  // namespace threadkeep::entry

namespace threadkeep {

// {system?, temperature?, maxTokens?, effort?, tools?, allowedTools?}: one text for equal settings,
// as it is stored and sent.
std::string settings_json(const ConversationSettings& settings);
// As far as it can be read.
ConversationSettings parse_settings(std::string_view json);

}  // namespace threadkeep
