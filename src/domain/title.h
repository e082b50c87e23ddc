// The title that a conversation has before anyone wrote one.
#pragma once

#include <optional>
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

// The title in what a model said when it was asked for one: its first line that is no introduction,
// without marks of markdown, quotation marks around it and a full stop, folded as an excerpt is.
// Nothing when that has no visible characters, or is longer than a title is: then it is something
// else.
std::optional<std::string> title_of_model(std::string_view said);
// ConversationPatch::edited_at of a title that no person wrote. Its source is the model. It is no
// edit: those by hand go over it, also when they were made before it and come after it. Whoever
// uses it looks first whether a person has named the conversation.
inline constexpr UnixMs not_by_hand = 0;

// Gives an untitled conversation the excerpt of what is said, when that is a question with words.
void title_by(Conversation& conversation, const Said& said);
bool is_untitled(const Conversation& conversation);
// Leaves a conversation untitled whose title is the excerpt of a question.
void forget_excerpt(Conversation& conversation);

}  // namespace threadkeep
