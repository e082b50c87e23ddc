// Names of models in addresses.
#pragma once

#include <string>
#include <string_view>

namespace threadkeep::llm {

// The text with everything escaped that could end a step of a path or lead to another one; with
// `slash` kept as it is where a name has several steps.
enum class Slash { escaped, kept };
std::string path_step(std::string_view text, Slash slash = Slash::escaped);

}  // namespace threadkeep::llm
