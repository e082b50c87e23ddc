#include "generation/running.h"

#include <algorithm>
#include <charconv>

#include "domain/wire.h"
#include "json/json.h"

namespace threadkeep::generation {
namespace {

std::optional<std::string> usage_json(const std::optional<llm::Usage>& usage) {
  if (!usage) return std::nullopt;
  std::string json;
  json::Writer(json)
      .begin_object()
      .member("inputTokens", usage->input_tokens)
      .member("outputTokens", usage->output_tokens)
      .end_object();
  return json;
}

}  // namespace

void Generation::emit(std::string_view name, std::string data) {
  log.push_back(GenerationEvent{tag + "-" + std::to_string(log.size() + 1), name, std::move(data)});
  const GenerationEvent& event = log.back();
  std::erase_if(watchers, [&](const auto& watcher) { return !watcher->on_event(event); });
}

void Generation::emit_delta(const Answer& answer, std::size_t index, std::string_view type,
                            std::string_view text) {
  std::string data;
  json::Writer(data)
      .begin_object()
      .member("messageId", answer.id.text())
      .member("index", static_cast<std::int64_t>(index))
      .member("type", type)
      .member("text", text)
      .end_object();
  emit("delta", std::move(data));
}

void Generation::end_open_block(Answer& answer) {
  const auto index = answer.draft.end_block();
  if (!index) return;
  std::string data;
  json::Writer(data)
      .begin_object()
      .member("messageId", answer.id.text())
      .member("index", static_cast<std::int64_t>(*index))
      .key("block")
      .raw(answer.draft.block_json(*index))
      .end_object();
  emit("block", std::move(data));
}

void Generation::emit_status(const Answer& answer) {
  emit("status", status_data(answer.id, answer.status, usage_json(answer.usage), answer.error));
}

void Generation::end_if_all_stored(UnixMs now) {
  if (ended_at) return;
  for (const auto& answer : answers) {
    if (!answer->is_stored) return;
  }
  ended_at = now;
  emit("end", "{}");
  for (const auto& watcher : watchers) watcher->on_end();
  watchers.clear();
  turns.clear();
}

AnswerState Generation::state_of(const Answer& answer) const {
  AnswerState state;
  state.id = answer.id;
  state.content = answer.draft.content();
  state.status = answer.status;
  state.error = answer.error;
  state.usage = usage_json(answer.usage);
  if (answer.usage) state.token_count = answer.usage->output_tokens;
  return state;
}

Answer* Generation::find(const MessageId& id) {
  const auto found = std::find_if(answers.begin(), answers.end(),
                                  [&](const auto& answer) { return answer->id == id; });
  return found == answers.end() ? nullptr : found->get();
}

Result<std::size_t> parse_event_id(const std::string& tag, std::string_view id) {
  const auto malformed =
      fail(Errc::invalid_cursor, "Last-Event-ID is none that this server gave out.");
  const std::size_t dash = id.find('-');
  if (dash == std::string_view::npos || !Ulid::parse(id.substr(0, dash))) return malformed;
  const std::string_view digits = id.substr(dash + 1);
  std::size_t number = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return malformed;
  if (id.substr(0, dash) != tag)
    return fail(Errc::not_found, "Last-Event-ID is of another generation.");
  return number;
}

std::string status_data(const MessageId& id, MessageStatus status,
                        const std::optional<std::string>& usage,
                        const std::optional<std::string>& error) {
  std::string data;
  json::Writer writer(data);
  writer.begin_object().member("messageId", id.text()).member("status", status_name(status));
  if (usage) writer.key("usage").raw(*usage);
  if (error) writer.key("error").raw(*error);
  writer.end_object();
  return data;
}

std::string message_event_data(const Message& message) {
  std::string data;
  json::Writer(data).begin_object().key("message").raw(message_json(message)).end_object();
  return data;
}

std::string error_json(std::string_view type, std::string_view detail) {
  std::string data;
  json::Writer(data).begin_object().member("type", type).member("detail", detail).end_object();
  return data;
}

}  // namespace threadkeep::generation
