// The body of POST {base}/models/{model}:streamGenerateContent.
#pragma once

#include <string>

#include "llm/provider.h"
#include "llm/tool_names.h"

namespace threadkeep::llm {

// Twenty megabytes of a request, as text.
inline constexpr Takes gemini_takes{Takes::Pictures::without_gif, Takes::Documents::pdf, 14U << 20};

// With the tools that the request offers, the settings that it names, and its turns as
// llm/alternating_turns.h makes them. Thoughts do not go back; their signatures do, each on what it
// was made for, within the answer that is being written. There models from Gemini 3 on refuse a
// call without one: where another model made the call it gets the vendor's mark for that.
std::string gemini_request_body(const Request& request, ToolNames& names);

}  // namespace threadkeep::llm
