// ChatGPT's export: an array of conversations, each with a tree of messages in "mapping", in one
// file or, of an archive, in several.
//
// Shapes of 2023 to 2026. A node of the mapping may have no message (the root), an empty one, or
// one that the page hides (the frame of a conversation: system prompts, custom instructions): those
// are left out and what answered them moves up. Everything else becomes a message at its place,
// siblings in the order of "children", and "current_node" the head.
#pragma once

#include <optional>

#include "json/json.h"
#include "transfer/format.h"

namespace threadkeep::chatgpt {

// Its files are conversations.json, conversations-000.json, and what file systems and browsers make
// of such names. Wrappers that other programs put around conversations are taken too:
// {"raw": {...}}, {"chats": [...]}.
Format format();

// An object with an object "mapping".
bool is_conversation(const json::Value& value);

// One conversation, out of a document in Mode::foreign; any content of it is taken. Nothing in it
// is later than `now_ms`; what has no time at all is of `undated_ms` (none: now). Ids depend on
// neither. Nothing of the document is referred to afterwards.
SourceConversation convert(const json::Value& conversation, const UserId& user, UnixMs now_ms,
                           std::optional<UnixMs> undated_ms = {});

}  // namespace threadkeep::chatgpt
