// The title that a conversation has before anyone wrote one.
#pragma once

#include <string>
#include <string_view>

namespace threadkeep {

// The excerpt of a first question: white space and line breaks folded to single spaces, markdown fences and heading marks at the start left
// out, bidirectional controls removed; at most 57 code points, cut at a word border where one lies in the last third, and then followed by "…".
// Never splits a code point or a combining sequence. Empty for a text without visible characters.
std::string title_excerpt(std::string_view text);

}  // namespace threadkeep
