// Who can be asked, from the environment: rows of a table, not code.
#pragma once

#include <chrono>
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

// How a vendor's dialect differs from OpenAI's.
enum class UsageReport {
  on_request,  // stream_options.include_usage
  always,      // comes by itself, and asking for it is refused (Mistral)
};
enum class ReasoningBack {
  never,            // a model does not get its reasoning back (Mistral refuses it)
  with_tool_calls,  // as reasoning_content, without which DeepSeek refuses a message with calls
};

struct Vendor {
  std::string name;   // before the slash of a model id: "openai"
  std::string label;  // for people: "OpenAI"
  Protocol protocol = Protocol::openai_chat;
  std::string base_url;  // without a slash at its end, with "/v1" where the vendor has that
  std::string api_key;   // empty: none is sent
  UsageReport usage = UsageReport::on_request;
  ReasoningBack reasoning = ReasoningBack::never;
};

// The vendors that the environment names. `variable` looks one up (nothing: not set).
// OPENAI_API_KEY with OPENAI_BASE_URL (default https://api.openai.com/v1; a base URL alone is
// enough, for llama.cpp, vLLM, LM Studio; without a path it gets "/v1"), OLLAMA_HOST (as Ollama
// reads it: host, host:port or URL; default port 11434), and one row each for OpenRouter, Groq,
// Mistral and DeepSeek by <NAME>_API_KEY. White space around a value is dropped; an empty one is as
// good as none. Fails: invalid_field naming the variable, for an address that is no plain http(s)
// URL (user info, query and fragment are refused) and for a key that cannot stand in a header.
Result<std::vector<Vendor>> vendors_from_environment(
    const std::function<std::optional<std::string>(const char*)>& variable);

struct ModelsOptions {
  std::chrono::microseconds builtin_word_pause{15'000};
  // What a list of models waits for the vendors, who are all asked at the same time.
  std::chrono::milliseconds list_wait_max{1'500};
  std::chrono::milliseconds list_kept{30'000};
  // How long a vendor that did not answer is left alone: people start their Ollama and look again.
  std::chrono::milliseconds silence_kept{5'000};
};

// The models of these vendors and the built-in one. `outbound` must outlive it; it must outlive its
// calls.
std::unique_ptr<Models> make_models(std::vector<Vendor> vendors, http::Outbound& outbound,
                                    ModelsOptions options = {});

}  // namespace threadkeep::llm
