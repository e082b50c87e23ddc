// Who can be asked, from the environment: rows of a table, not code.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "llm/protocol.h"

namespace threadkeep::llm {

// The vendors that the environment names. `variable` looks one up (nothing: not set).
// OPENAI_API_KEY with OPENAI_BASE_URL (default https://api.openai.com/v1; a base URL alone is
// enough, for llama.cpp, vLLM, LM Studio; without a path it gets "/v1"), OLLAMA_HOST (as Ollama
// reads it: host, host:port or URL; default port 11434), and one row each for OpenRouter, Groq,
// Mistral and DeepSeek by <NAME>_API_KEY. White space around a value is dropped; an empty one is as
// good as none. Fails: invalid_field naming the variable, for an address that is no plain http(s)
// URL (user info, query and fragment are refused) and for a key that cannot stand in a header.
Result<std::vector<Vendor>> vendors_from_environment(
    const std::function<std::optional<std::string>(const char*)>& variable);

}  // namespace threadkeep::llm
