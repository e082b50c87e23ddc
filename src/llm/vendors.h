// Who can be asked, from the environment: rows of a table, not code.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/outbound.h"
#include "llm/provider.h"

namespace threadkeep::llm {

enum class Protocol { openai_chat };

struct Vendor {
  std::string name;      // before the slash of a model id: "openai"
  std::string label;     // for people: "OpenAI"
  Protocol protocol = Protocol::openai_chat;
  std::string base_url;  // without a slash at the end, up to and with "/v1" where the vendor has that
  std::string api_key;   // empty: none is sent
};

// The vendors that the environment names. `variable` looks one up (nothing: not set). OPENAI_API_KEY with OPENAI_BASE_URL (default https://api.openai.com/v1; a base URL
// alone is enough, for llama.cpp, vLLM, LM Studio), OLLAMA_HOST (as Ollama reads it: host, host:port or URL; default port 11434), and one row each for OpenRouter, Groq,
// Mistral and DeepSeek by <NAME>_API_KEY. Fails: invalid_field naming the variable, for an address that is no http(s) URL.
Result<std::vector<Vendor>> vendors_from_environment(const std::function<std::optional<std::string>(const char*)>& variable);

// The models of these vendors and the built-in one. `outbound` must outlive it.
std::unique_ptr<Models> make_models(std::vector<Vendor> vendors, http::Outbound& outbound);

}  // namespace threadkeep::llm
