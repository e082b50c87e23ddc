// The JSON forms of conversations, messages and presets, as docs/api.md gives them: on the wire, in
// exports, in events.
#pragma once

#include "domain/conversation.h"
#include "domain/message.h"
#include "domain/preset.h"
#include "json/json.h"

namespace threadkeep {

// Each writes the members of one object, between begin_object and end_object, so that a caller can
// add its own.
void write_conversation_members(json::Writer& writer, const Conversation& conversation);
// A deleted message has no words here: nobody who does not ask for the trash gets to see them.
void write_message_members(json::Writer& writer, const Message& message);
// With them, for the trash.
void write_whole_message_members(json::Writer& writer, const Message& message);

void write_preset_members(json::Writer& writer, const Preset& preset);

std::string conversation_json(const Conversation& conversation);
std::string message_json(const Message& message);
std::string preset_json(const Preset& preset);

}  // namespace threadkeep
