#include "api/event_text.h"

#include <charconv>

#include "domain/wire.h"
#include "http/event_format.h"
#include "json/json.h"

namespace threadkeep::api {
namespace {

constexpr std::string_view end_mark = "end";

struct EventData {
  std::string_view name;
  std::string json;
};

std::string_view delta_kind_name(GenerationEvent::Delta::Kind kind) {
  switch (kind) {
    case GenerationEvent::Delta::Kind::text:
      return "text";
    case GenerationEvent::Delta::Kind::reasoning:
      return "reasoning";
    case GenerationEvent::Delta::Kind::tool_input:
      return "tool_input";
  }
  return "";
}

EventData data_of(const GenerationEvent::MessageStored& stored) {
  EventData data{"message", {}};
  json::Writer(data.json)
      .begin_object()
      .key("message")
      .raw(message_json(stored.message))
      .end_object();
  return data;
}

EventData data_of(const GenerationEvent::Delta& delta) {
  EventData data{"delta", {}};
  json::Writer(data.json)
      .begin_object()
      .member("messageId", delta.message_id.text())
      .member("index", static_cast<std::int64_t>(delta.index))
      .member("type", delta_kind_name(delta.kind))
      .member("text", delta.text)
      .end_object();
  return data;
}

EventData data_of(const GenerationEvent::BlockFinished& finished) {
  EventData data{"block", {}};
  json::Writer(data.json)
      .begin_object()
      .member("messageId", finished.message_id.text())
      .member("index", static_cast<std::int64_t>(finished.index))
      .key("block")
      .raw(finished.block)
      .end_object();
  return data;
}

EventData data_of(const GenerationEvent::StatusChanged& changed) {
  EventData data{"status", {}};
  json::Writer writer(data.json);
  writer.begin_object()
      .member("messageId", changed.message_id.text())
      .member("status", status_name(changed.status));
  if (changed.usage) writer.key("usage").raw(*changed.usage);
  if (changed.error) writer.key("error").raw(*changed.error);
  if (changed.finish_reason)
    writer.member("finishReason", finish_reason_name(*changed.finish_reason));
  writer.end_object();
  return data;
}

EventData data_of(const TitleChanged& changed) {
  EventData data{"title", {}};
  json::Writer(data.json)
      .begin_object()
      .member("conversationId", changed.conversation_id.text())
      .member("title", changed.title)
      .end_object();
  return data;
}

EventData data_of(const GenerationEvent::End&) { return {"end", "{}"}; }

EventData data_of(const Poke& poke) {
  EventData data{"poke", {}};
  json::Writer(data.json).begin_object().member("seq", poke.seq).end_object();
  return data;
}

std::string text_of(const EventData& data, std::string_view id) {
  std::string text;
  http::append_event(text, data.name, id, data.json);
  return text;
}

struct NoticeText {
  std::string operator()(const Poke& poke) const { return text_of(data_of(poke), ""); }
  std::string operator()(const TitleChanged& changed) const {
    return text_of(data_of(changed), "");
  }
  std::string operator()(const Quiet&) const { return std::string(heartbeat); }
  std::string operator()(const Stopping&) const { return {}; }
};

}  // namespace

std::string event_text(const GenerationEvent& event) {
  const EventData data = std::visit([](const auto& what) { return data_of(what); }, event.what);
  return text_of(data, position_text(event.position));
}

std::string event_text(const Notice& notice) { return std::visit(NoticeText{}, notice); }

std::string hello_text(std::int64_t epoch) {
  EventData data{"hello", {}};
  json::Writer(data.json).begin_object().member("epoch", epoch).end_object();
  return text_of(data, "");
}

std::string position_text(const EventPosition& position) {
  const bool is_end = position.number == EventPosition::end;
  return position.generation.text() + "-" +
         (is_end ? std::string(end_mark) : std::to_string(position.number));
}

Result<EventPosition> parse_position(std::string_view text) {
  const auto malformed =
      fail(Errc::invalid_cursor, "Last-Event-ID is none that this server gave out.");
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return malformed;
  const auto generation = Ulid::parse(text.substr(0, dash));
  if (!generation) return malformed;
  const std::string_view digits = text.substr(dash + 1);
  if (digits == end_mark) return EventPosition{*generation, EventPosition::end};
  std::size_t number = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return malformed;
  if (number == EventPosition::end) return malformed;
  return EventPosition{*generation, number};
}

}  // namespace threadkeep::api
