// How the models of a conversation are asked: what a person set here in place of what they do by
// themselves. Plain types and pure rules; what may be stored is said in domain/setting_rules.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace threadkeep {

// How long a model that reasons may do so.
enum class Effort : std::uint8_t { minimal, low, medium, high };

std::string_view effort_name(Effort effort);
std::optional<Effort> parse_effort(std::string_view name);

// What is none is not sent: the vendor's own default holds.
struct ConversationSettings {
  std::optional<std::string> system;  // given before the first message
  std::optional<double> temperature;
  std::optional<std::int64_t> max_tokens;  // of one answer
  std::optional<Effort> effort;
  std::optional<std::vector<std::string>> tools;  // that a model may use; none: all, empty: none
  // That may be used here although they need the person's word, each for itself; none that reads
  // other conversations.
  std::optional<std::vector<std::string>> allowed_tools;

  bool is_empty() const { return *this == ConversationSettings{}; }
  friend bool operator==(const ConversationSettings&, const ConversationSettings&) = default;
};

// What is absent stays. The inner optional says "none".
struct SettingsPatch {
  std::optional<std::optional<std::string>> system;
  std::optional<std::optional<double>> temperature;
  std::optional<std::optional<std::int64_t>> max_tokens;
  std::optional<std::optional<Effort>> effort;
  std::optional<std::optional<std::vector<std::string>>> tools;
  std::optional<std::optional<std::vector<std::string>>> allowed_tools;
};

void apply(const SettingsPatch& patch, ConversationSettings& settings);

// When each setting was edited last.
struct SettingTimes {
  UnixMs system = 0;
  UnixMs temperature = 0;
  UnixMs max_tokens = 0;
  UnixMs effort = 0;
  UnixMs tools = 0;
  UnixMs allowed_tools = 0;

  friend bool operator==(const SettingTimes&, const SettingTimes&) = default;
};

}  // namespace threadkeep
