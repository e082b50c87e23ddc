#include "llm/openai/model_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace threadkeep::llm {
namespace {

// The number that a text begins with.
std::optional<int> leading_number(std::string_view text) {
  int number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end == text.data()) return std::nullopt;
  return number;
}

bool is_at(std::string_view url, std::string_view domain) {
  const std::size_t host = url.find("://") + 3;
  return url.substr(host, url.find_first_of(":/", host) - host).ends_with(domain);
}

// The models of other vendors that take an effort, by a part of their names;
// where none is named, none does.
struct EffortRow {
  std::string_view address;
  std::optional<std::string_view> part;
};
constexpr auto effort_rows = std::to_array<EffortRow>({
    {"https://api.x.ai/", "grok-3-mini"},  // the newer ones think as they please
    {"https://api.groq.com/", "gpt-oss"},
    {"https://api.mistral.ai/", std::nullopt},
    {"https://api.deepseek.com/", std::nullopt},
});

}  // namespace

bool has_models_of_openai(const Vendor& vendor) {
  const std::string_view url = vendor.base_url;
  return url.starts_with("https://api.openai.com/") ||
         (url.starts_with("https://") &&
          (is_at(url, ".openai.azure.com") || is_at(url, ".cognitiveservices.azure.com") ||
           is_at(url, ".services.ai.azure.com")));
}

bool is_reasoning_model(std::string_view model) {
  if (model.starts_with("codex-") || model.starts_with("computer-use-")) return true;
  if (model.starts_with('o')) return leading_number(model.substr(1)).has_value();
  if (!model.starts_with("gpt-")) return false;
  return leading_number(model.substr(4)).value_or(0) >= 5 &&
         model.find("-chat") == std::string_view::npos;
}

bool takes_effort(const Vendor& vendor, std::string_view model) {
  if (has_models_of_openai(vendor)) return is_reasoning_model(model);
  const auto row = std::find_if(effort_rows.begin(), effort_rows.end(), [&](const EffortRow& one) {
    return vendor.base_url.starts_with(one.address);
  });
  if (row == effort_rows.end()) return true;
  return row->part && model.find(*row->part) != std::string_view::npos;
}

bool takes_temperature(const Vendor& vendor, std::string_view model) {
  return !has_models_of_openai(vendor) || !is_reasoning_model(model);
}

std::string_view effort_name(std::string_view model, Settings::Effort effort) {
  switch (effort) {
    case Settings::Effort::minimal: {
      // "gpt-5", "gpt-5-mini", "gpt-5-2025-08-07"; its successors and its relatives have no such
      // effort.
      const bool is_first_of_five = model.starts_with("gpt-5") && !model.starts_with("gpt-5.") &&
                                    !model.starts_with("gpt-5-pro") &&
                                    !model.starts_with("gpt-5-codex");
      return is_first_of_five ? "minimal" : "low";
    }
    case Settings::Effort::low:
      return "low";
    case Settings::Effort::medium:
      return "medium";
    case Settings::Effort::high:
      break;
  }
  return "high";
}

}  // namespace threadkeep::llm
