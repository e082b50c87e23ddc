// The title that a conversation has before anyone wrote one.
#pragma once

#include <string>
#include <string_view>

#include "domain/message.h"

namespace threadkeep {

// The excerpt of a first question: white space and line breaks folded to single spaces, the lines
// of markdown fences and heading marks left out, bidirectional and other invisible controls
// removed; at most 57 code points, cut at a word border where one lies in the last third, and then
// followed by "…". Never splits a code point, nor a grapheme cluster (UAX 29) unless that alone is
// longer than a title. Empty for a text without visible characters. Invalid UTF-8 becomes U+FFFD.
// The time does not grow with a text that is longer than its title.
std::string title_excerpt(std::string_view text);

// Gives an untitled conversation the excerpt of what is said, when that is a question with words.
void title_by(Conversation& conversation, const Said& said);
bool is_untitled(const Conversation& conversation);

}  // namespace threadkeep
