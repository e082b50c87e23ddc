#include "llm/windows.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "base/limits.h"

namespace threadkeep::llm {
namespace {

constexpr std::int64_t context_tokens_min = 256;
constexpr std::int64_t context_tokens_max = 1'000'000'000;

bool is_model_pattern(std::string_view models) {
  const std::size_t star = models.find('*');
  return !models.empty() && models.size() <= limits::name_bytes_max &&
         (star == std::string_view::npos || star + 1 == models.size());
}

Result<WindowRule> parse_rule(std::string_view text) {
  // A model's id may hold a "=" itself.
  const std::size_t equals = text.rfind('=');
  const std::string_view models = text.substr(0, std::min(equals, text.size()));
  if (equals == std::string_view::npos || !is_model_pattern(models)) {
    return fail(Errc::invalid_field, "\"" + std::string(text) +
                                         "\" is no MODEL=TOKENS, as in ollama/llama3.2=8192 or "
                                         "vllm/*=32768");
  }
  const std::string_view number = text.substr(equals + 1);
  WindowRule rule{std::string(models), 0};
  const auto parsed =
      std::from_chars(number.data(), number.data() + number.size(), rule.context_tokens);
  if (parsed.ec != std::errc{} || parsed.ptr != number.data() + number.size() ||
      rule.context_tokens < context_tokens_min || rule.context_tokens > context_tokens_max) {
    return fail(Errc::invalid_field, rule.models + ": must have a whole number of tokens from " +
                                         std::to_string(context_tokens_min) + " to " +
                                         std::to_string(context_tokens_max));
  }
  return rule;
}

}  // namespace

Result<std::vector<WindowRule>> parse_window_rules(std::string_view text) {
  std::vector<WindowRule> rules;
  for (std::string_view rest = trimmed(text); !rest.empty(); rest = trimmed(rest)) {
    const std::size_t end = std::min(rest.find_first_of(ascii_space), rest.size());
    auto rule = parse_rule(rest.substr(0, end));
    if (!rule) return tl::unexpected(rule.error());
    const bool is_known = std::any_of(rules.begin(), rules.end(), [&](const WindowRule& known) {
      return known.models == rule->models;
    });
    if (is_known) return fail(Errc::invalid_field, rule->models + " is named twice");
    rules.push_back(std::move(*rule));
    rest.remove_prefix(end);
  }
  return rules;
}

std::optional<std::int64_t> window_of(const std::vector<WindowRule>& rules, std::string_view id) {
  const WindowRule* best = nullptr;
  for (const WindowRule& rule : rules) {
    std::string_view models = rule.models;
    if (models == id) return rule.context_tokens;
    if (!models.ends_with('*')) continue;
    models.remove_suffix(1);
    if (id.starts_with(models) && (best == nullptr || rule.models.size() > best->models.size()))
      best = &rule;
  }
  return best == nullptr ? std::nullopt : std::optional(best->context_tokens);
}

}  // namespace threadkeep::llm
