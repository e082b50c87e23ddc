// /api/conversations/:id/generations and /api/generations
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/call.h"
#include "api/event_body.h"
#include "api/event_text.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "api/message_fields.h"
#include "base/limits.h"
#include "domain/content.h"
#include "domain/wire.h"

namespace threadkeep::api {
namespace {

// Writes a generation's events to one client.
class EventWriter final : public Watcher {
 public:
  // `on_title`: also told of a new title.
  explicit EventWriter(const http::Responder& responder,
                       std::function<void(const TitleChanged&)> on_title = nullptr)
      : body_(responder), on_title_(std::move(on_title)) {}

  // To be called when the generation is found: a client sees at once that it is connected. The seat
  // is given back when the stream ends or its reader leaves.
  void open(std::shared_ptr<const StreamSeats::Seat> seat) {
    body_.open()->on_gone([seat = std::move(seat)] {});
  }

  bool on_event(const GenerationEvent& event) override {
    const auto* title = std::get_if<TitleChanged>(&event.what);
    if (title && on_title_) on_title_(*title);
    const bool is_there = body_.write(event_text(event));
    if (std::holds_alternative<GenerationEvent::End>(event.what)) body_.close();
    return is_there;
  }
  bool on_quiet() override { return body_.write(heartbeat); }

 private:
  EventBody body_;
  const std::function<void(const TitleChanged&)> on_title_;
};

// Stays to the end, also when its client leaves, and then has the conversation named.
class NamingWatcher final : public Watcher {
 public:
  NamingWatcher(std::shared_ptr<Watcher> client, std::function<void()> name)
      : client_(std::move(client)), name_(std::move(name)) {}

  bool on_event(const GenerationEvent& event) override {
    if (client_ && !client_->on_event(event)) client_.reset();
    const auto* status = std::get_if<GenerationEvent::StatusChanged>(&event.what);
    if (status && status->status == MessageStatus::complete) name_();
    return true;
  }
  bool on_quiet() override {
    if (client_ && !client_->on_quiet()) client_.reset();
    return true;
  }

 private:
  std::shared_ptr<Watcher> client_;  // null: it is gone
  const std::function<void()> name_;
};

constexpr int tools_per_generation_max = 32;
constexpr std::size_t decisions_max = 512;

Result<std::vector<std::string>> read_models(Fields& fields, const Call& call) {
  auto names = fields.strings("models", limits::models_per_generation_max, limits::name_bytes_max);
  if (!names || names->empty()) {
    fields.refuse("models", "must name at least one model.");
    names.emplace();
  }
  for (const std::string& name : *names) {
    if (entry::wrong_with(entry::model, name) || !call.services.models.knows(call.user, name))
      fields.refuse("models", "names a model that this server cannot ask.");
  }
  return *names;
}

std::vector<std::string> read_tools(Fields& fields, const Generations& generations) {
  auto names = fields.strings("tools", tools_per_generation_max, limits::name_bytes_max);
  if (!names) return {};
  for (const std::string& name : *names) {
    if (!generations.knows_tool(name))
      fields.refuse("tools", "names a tool that this server does not have.");
  }
  return *names;
}

Result<GenerationRequest> read_generation(const Call& call) {
  const auto conversation = call.id();
  if (!conversation) return tl::unexpected(conversation.error());
  const auto body = call.body();
  if (!body) return tl::unexpected(body.error());
  Fields fields(body->root());
  GenerationRequest request;
  request.conversation_id = *conversation;
  request.answer_to = fields.id("parentId");
  const auto models = read_models(fields, call);
  request.models = *models;
  if (auto ids = fields.ids("answerIds", limits::models_per_generation_max)) {
    if (ids->size() != request.models.size())
      fields.refuse("answerIds", "must hold one id for each model.");
    request.answer_ids = std::move(*ids);
  }
  request.allowed_tools = read_tools(fields, call.services.generations);
  const json::Value message = fields.value("message");
  if (message.is_absent() != request.answer_to.has_value()) {
    fields.refuse("message",
                  "or \"parentId\" must be given, and not both: the parent of a new message stands "
                  "inside of it.");
  }
  if (auto known = fields.finish(); !known) return tl::unexpected(known.error());
  if (!message.is_absent()) {
    auto question = read_message(message, "message", *conversation, call.services.ids.next(),
                                 RoleField::user_only);
    if (!question) return tl::unexpected(question.error());
    request.question = std::move(*question);
  }
  return request;
}

// A prompt becomes the question; without one the duet goes on after `parentId`.
Result<GenerationRequest> read_duet(const Call& call) {
  const auto conversation = call.id();
  if (!conversation) return tl::unexpected(conversation.error());
  const auto body = call.body();
  if (!body) return tl::unexpected(body.error());
  Fields fields(body->root());
  GenerationRequest request;
  request.conversation_id = *conversation;
  const auto models = read_models(fields, call);
  request.duet.emplace();
  if (models->size() == request.duet->models.size()) {
    std::copy(models->begin(), models->end(), request.duet->models.begin());
  } else {
    fields.refuse("models", "must name two models.");
  }
  request.duet->turns = fields.count("turns").value_or(0);
  if (request.duet->turns < 1 || request.duet->turns > limits::duet_turns_max) {
    fields.refuse("turns", "must be a number of answers from 1 to " +
                               std::to_string(limits::duet_turns_max) + ".");
  }
  if (const auto answer = fields.id("answerId")) request.answer_ids = {*answer};
  request.allowed_tools = read_tools(fields, call.services.generations);
  const auto parent = fields.nullable_id("parentId");
  const auto prompt = fields.string("prompt", limits::content_bytes_max);
  if (prompt) {
    request.question.emplace();
    request.question->id = fields.id("id").value_or(call.services.ids.next());
    request.question->conversation_id = *conversation;
    request.question->content = text_content(*prompt);
    request.question->created_at = fields.time("createdAt");
    if (parent) request.question->place = *parent ? Place(**parent) : Place(AsRoot{});
    if (prompt->empty()) fields.refuse("prompt", "must not be empty.");
  } else if (parent && *parent) {
    request.answer_to = *parent;
  } else {
    fields.refuse("prompt", "or \"parentId\", after which the duet goes on, must be given.");
  }
  if (auto known = fields.finish(); !known) return tl::unexpected(known.error());
  return request;
}

http::Response too_many_streams(const Call& call) {
  return problem(429, "too-many-streams", "Close another stream of answers first.",
                 call.request.request_number);
}

// The stream of what the request begins.
http::Reply start(Call& call, const Result<GenerationRequest>& request) {
  if (!request) return call.problem(request.error());
  const auto tell_title = [&hub = call.services.hub, user = call.user](
                              const TitleChanged& changed) { hub.tell_title(user, changed); };
  const auto writer = std::make_shared<EventWriter>(call.responder, tell_title);
  auto seat = call.services.generation_streams.take(call.user);
  if (!seat) return too_many_streams(call);
  std::shared_ptr<Watcher> watcher = writer;
  if (call.services.names_conversations) {
    auto name = call.services.titles.considering(call.user, request->conversation_id);
    watcher = std::make_shared<NamingWatcher>(writer, std::move(name));
  }
  const auto started = call.services.generations.start(call.user, *request, watcher);
  if (!started) return call.problem(started.error());
  writer->open(std::move(seat));
  return http::Deferred{};
}

// Each call that waits, once.
std::vector<DecisionRequest::OfCall> read_decisions(Fields& fields) {
  std::vector<DecisionRequest::OfCall> decisions;
  const json::Value list = fields.value("decisions");
  if (!list.is_array() || list.size() == 0 || list.size() > decisions_max) {
    fields.refuse("decisions",
                  "must be an array of 1 to " + std::to_string(decisions_max) + " decisions.");
    return decisions;
  }
  for (const json::Value item : list.items()) {
    const auto decision = parse_decision(item["decision"].string());
    if (item.size() != 2 || !item["toolUseId"].is_string() || !decision) {
      fields.refuse("decisions",
                    "must hold {toolUseId, decision}: allow, allow-conversation or deny.");
      break;
    }
    decisions.push_back({std::string(item["toolUseId"].string()), *decision});
  }
  return decisions;
}

}  // namespace

http::Reply start_generation(Call& call) { return start(call, read_generation(call)); }

http::Reply start_duet(Call& call) { return start(call, read_duet(call)); }

http::Reply decide_calls(Call& call) {
  const auto answer = call.id();
  if (!answer) return call.problem(answer.error());
  const auto body = call.body();
  if (!body) return call.problem(body.error());
  Fields fields(body->root());
  DecisionRequest request;
  request.answer = *answer;
  request.decisions = read_decisions(fields);
  request.allowed_tools = read_tools(fields, call.services.generations);
  if (auto known = fields.finish(); !known) return call.problem(known.error());
  const auto decided = call.services.generations.decide(call.user, request);
  if (!decided) return call.problem(decided.error());
  std::string text;
  json::Writer writer(text);
  writer.begin_object().key("message").raw(message_json(decided->message)).end_object();
  return json_response(decided->was_there ? 200 : 201, std::move(text));
}

http::Reply watch_generation(Call& call) {
  const auto answer = call.id();
  if (!answer) return call.problem(answer.error());
  std::optional<EventPosition> last_seen;
  if (const auto header = call.request.header("Last-Event-ID")) {
    const auto position = parse_position(*header);
    if (!position) return call.problem(position.error());
    last_seen = *position;
  }
  const auto writer = std::make_shared<EventWriter>(call.responder);
  auto seat = call.services.generation_streams.take(call.user);
  if (!seat) return too_many_streams(call);
  const auto attached = call.services.generations.attach(call.user, *answer, last_seen, writer);
  if (!attached) return call.problem(attached.error());
  writer->open(std::move(seat));
  return http::Deferred{};
}

http::Reply cancel_generation(Call& call) {
  const auto answer = call.id();
  if (!answer) return call.problem(answer.error());
  const auto message = call.services.generations.cancel(call.user, *answer);
  if (!message) return call.problem(message.error());
  std::string body;
  json::Writer(body).begin_object().key("message").raw(message_json(*message)).end_object();
  return json_response(200, std::move(body));
}

}  // namespace threadkeep::api
