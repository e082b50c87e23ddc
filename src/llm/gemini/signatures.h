// How a thought signature stands in a stored reasoning block: after the name of the protocol,
// because no vendor takes a signature that another one made. It belongs to what follows the block.
#pragma once

#include <string_view>

namespace threadkeep::llm {

inline constexpr std::string_view gemini_signature = "gemini:";

}  // namespace threadkeep::llm
