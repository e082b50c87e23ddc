// ChatGPT's export: an array of conversations, each with a tree of messages in "mapping".
//
// Shapes of 2023 to 2026. A node of the mapping may have no message (the root), an empty one, or
// one that the page hides (the frame of a conversation: system prompts, custom instructions): those
// are left out and what answered them moves up. Everything else becomes a message at its place,
// siblings in the order of "children", and "current_node" the head.
#pragma once

#include "domain/conversation.h"
#include "json/json.h"
#include "transfer/source_conversation.h"

namespace threadkeep::chatgpt {

// An object with an object "mapping".
bool is_conversation(const json::Value& value);

// `conversation` is such an object, out of a document in Mode::foreign; any content of it is taken.
// `now_ms` is the time of what has no time at all: ids do not depend on it. Nothing of the document
// is referred to afterwards.
SourceConversation convert(const json::Value& conversation, const UserId& user, UnixMs now_ms);

}  // namespace threadkeep::chatgpt
