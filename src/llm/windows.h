// How much a model can read and write at once, where the operator says it: most servers that people
// run themselves do not tell it in their lists.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace threadkeep::llm {

struct WindowRule {
  std::string models;  // the id of a model, or its beginning with a "*" after it
  std::int64_t context_tokens = 0;

  friend bool operator==(const WindowRule&, const WindowRule&) = default;
};

// "ollama/llama3.2=8192 vllm/*=32768": rules with white space between them. Fails: invalid_field,
// with a sentence, for anything else, for fewer than 256 tokens, and for one model twice.
Result<std::vector<WindowRule>> parse_window_rules(std::string_view text);

// What the rules say of this model: the one that names it, else the longest beginning.
std::optional<std::int64_t> window_of(const std::vector<WindowRule>& rules, std::string_view id);

}  // namespace threadkeep::llm
