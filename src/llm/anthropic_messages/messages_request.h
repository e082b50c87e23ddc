// The body of POST {base}/messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "llm/provider.h"
#include "llm/tool_names.h"

namespace threadkeep::llm {

// Streaming, with the tools that the request offers and the settings that it names. What the stored
// turns hold is brought into the form that the vendor accepts:
//  - system messages, wherever they stand, become the one system prompt;
//  - neighbours of one role become one message; results of tools come first in the message after
//    their calls, exactly one for each call, "no result" when none is stored;
//  - ids of tool calls are counted anew ("call00001"), because those of other vendors may hold
//    characters that are refused; tools go by `names`, which grows by those of the stored calls;
//  - texts of white space alone are refused, and left out; pictures and files are named in words;
//  - thinking goes back, with its signature, where the vendor wants it: within the answer that is
//    being written, when thinking is on. Without the vendor's own signature it is left out;
//  - a conversation that begins with the assistant gets a user's line before it, and one that ends
//    with it a line that asks to go on, because both are refused otherwise. `continues` asks to go
//    on where the text stops.
// The most tokens of an answer must be named: settings.output_tokens_max, or what the model can do.
std::string messages_request_body(const Request& request, ToolNames& names);

// The most tokens that an answer of this model may have, as far as its name tells; a number that is
// too high is refused.
std::int64_t output_tokens_of(std::string_view model);

}  // namespace threadkeep::llm
