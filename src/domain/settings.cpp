#include "domain/settings.h"

#include <array>

namespace threadkeep {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 4> effort_names{"minimal", "low", "medium", "high"};

}  // namespace

std::string_view effort_name(Effort effort) {
  return effort_names[static_cast<std::size_t>(effort)];
}

std::optional<Effort> parse_effort(std::string_view name) {
  for (std::size_t i = 0; i < effort_names.size(); ++i) {
    if (effort_names[i] == name) return static_cast<Effort>(i);
  }
  return std::nullopt;
}

void apply(const SettingsPatch& patch, ConversationSettings& settings) {
  if (patch.system) settings.system = *patch.system;
  if (patch.temperature) settings.temperature = *patch.temperature;
  if (patch.max_tokens) settings.max_tokens = *patch.max_tokens;
  if (patch.effort) settings.effort = *patch.effort;
  if (patch.tools) settings.tools = *patch.tools;
  if (patch.allowed_tools) settings.allowed_tools = *patch.allowed_tools;
}

}  // namespace threadkeep
