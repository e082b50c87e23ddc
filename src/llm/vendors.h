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
//  - OpenAI, Anthropic, Gemini, OpenRouter, Groq, Mistral, DeepSeek, xAI: <NAME>_API_KEY and
//    <NAME>_BASE_URL, which alone is enough. Without a path it gets "/v1", and that of Anthropic or
//    Gemini the version whenever it does not end with it. Of those that speak OpenAI's protocols
//    <NAME>_PROTOCOL, "chat" or "responses"; without it OpenAI's own models are asked in the one
//    that is right for each, all others by chat.
//  - vLLM, llama.cpp, LM Studio, and CUSTOM for any address, in any protocol: the same; the address
//    is needed.
//  - Azure: AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_DEPLOYMENTS (names with commas between them,
//  without
//    which it is not set up), _API_KEY, _API_VERSION (without it: the newer addresses, which have
//    none), _PROTOCOL.
//  - OLLAMA_HOST, as Ollama reads it: host, host:port or URL; default port 11434.
// White space around a value is dropped; an empty one is as good as none. Fails: invalid_field
// naming the variable, for an address that is no plain http(s) URL (user info, query and fragment
// are refused), for a key that cannot stand in a header, and for a protocol that there is not.
Result<std::vector<Vendor>> vendors_from_environment(
    const std::function<std::optional<std::string>(const char*)>& variable);

}  // namespace threadkeep::llm
