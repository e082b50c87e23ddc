// The body of POST {base}/messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "llm/provider.h"
#include "llm/tool_names.h"

namespace threadkeep::llm {

// Five megabytes of a picture, as text.
inline constexpr Takes messages_takes{Takes::Pictures::all, Takes::Documents::pdf, 3'750'000,
                                      Takes::Texts::all, Takes::ToolPictures::given};

// Streaming, with the tools that the request offers, the settings that it names, and its turns as
// llm/alternating_turns.h makes them. Thinking goes back, with its signature, where the vendor
// wants it: within the answer that is being written, when thinking is on. The most tokens of an
// answer must be named: settings.output_tokens_max, or what the model can do.
std::string messages_request_body(const Request& request, ToolNames& names);

// The most tokens that an answer of this model may have, as far as its name tells; a number that is
// too high is refused.
std::int64_t output_tokens_of(std::string_view model);

}  // namespace threadkeep::llm
