// The text of events as our own clients read them: server-sent events with JSON data (docs/api.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "generation/event.h"
#include "sync/hub.h"

namespace threadkeep::api {

// A comment: it keeps the connection open through whatever stands between, and readers skip it.
inline constexpr std::string_view heartbeat = ":\n\n";

std::string event_text(const GenerationEvent& event);
// Stopping has no text: the stream ends.
std::string event_text(const Notice& notice);
// The first event of a stream of notices.
std::string hello_text(std::int64_t epoch);

// The opaque id of an event, and back: what a client sends as Last-Event-ID. Fails: invalid_cursor.
std::string position_text(const EventPosition& position);
Result<EventPosition> parse_position(std::string_view text);

}  // namespace threadkeep::api
