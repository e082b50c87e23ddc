// The body of POST {base}/chat/completions.
#pragma once

#include <string>

#include "llm/openai_chat/dialect.h"
#include "llm/provider.h"
#include "llm/tool_names.h"

namespace threadkeep::llm {

// Streaming, with the tools that the request offers and the settings that it names. What the stored
// turns hold and the protocol does not is brought into a form that every vendor accepts:
//  - ids of tool calls are counted anew ("call00001": Mistral takes nine letters and digits, and
//    nothing else), and each call gets exactly one result directly after it, "no result" when none
//    is stored;
//  - tools go by `names`, which grows by those of the stored calls;
//  - neighbours of one role become one message, because local servers' templates insist on turns;
//  - pictures and files are named in words; blocks of unknown types and empty messages are left
//    out;
//  - reasoning goes back only to vendors that ask for it, and without its signature: the protocol
//    has no place for one;
//  - `continues` becomes a last user message that asks to go on where the text stops.
std::string chat_request_body(const Request& request, const Dialect& dialect, ToolNames& names);

}  // namespace threadkeep::llm
