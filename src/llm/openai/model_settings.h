// Which settings a model takes. Made of addresses and names, because no list of models tells; one
// who names a setting that does not exist is refused the whole request.
#pragma once

#include <string_view>

#include "llm/protocol.h"

namespace threadkeep::llm {

// Whether OpenAI's own models are there: at its own address or at Azure.
bool has_models_of_openai(const Vendor& vendor);

// Of OpenAI's models: "o3", "o4-mini", "gpt-5", "gpt-5.1-codex", "codex-mini-latest"; not
// "gpt-5-chat-latest", which answers at once.
bool is_reasoning_model(std::string_view model);

bool takes_effort(const Vendor& vendor, std::string_view model);
bool takes_temperature(const Vendor& vendor, std::string_view model);

// The name of the effort: the smallest that there is where the model does not know `minimal`.
std::string_view effort_name(std::string_view model, Settings::Effort effort);

}  // namespace threadkeep::llm
