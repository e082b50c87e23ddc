// /api/conversations/:id/generations and /api/generations
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/call.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "api/message_fields.h"
#include "base/limits.h"
#include "domain/wire.h"
#include "http/event_format.h"

namespace threadkeep::api {
namespace {

// Writes a generation's events to one client. The stream is opened by the first event, so that a
// generation that cannot start is answered as a problem.
class EventWriter final : public Watcher {
 public:
  // `tell_title`: takes the data of the event "title".
  explicit EventWriter(const http::Responder& responder,
                       std::function<void(const std::string&)> tell_title = nullptr)
      : responder_(responder), tell_title_(std::move(tell_title)) {}

  bool on_event(const GenerationEvent& event) override {
    if (tell_title_ && event.name == "title") tell_title_(event.data);
    if (!stream_) stream_ = responder_.stream(head());
    std::string text;
    http::append_event(text, event.name, event.id, event.data);
    return stream_->write(text);
  }
  void on_end() override {
    if (stream_) stream_->close();
  }

 private:
  static http::Response head() {
    http::Response response;
    response.headers = {{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "no"}};
    return with_common_headers(std::move(response));
  }

  http::Responder responder_;
  std::function<void(const std::string&)> tell_title_;
  std::shared_ptr<http::EventStream> stream_;
};

Result<std::vector<std::string>> read_models(Fields& fields, llm::Models& models) {
  auto names = fields.strings("models", limits::models_per_generation_max, limits::name_bytes_max);
  if (!names || names->empty()) {
    fields.refuse("models", "must name at least one model.");
    names.emplace();
  }
  for (const std::string& name : *names) {
    if (!models.knows(name)) fields.refuse("models", "names a model that this server cannot ask.");
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
  const auto models = read_models(fields, call.services.models);
  request.models = *models;
  if (auto ids = fields.ids("answerIds", limits::models_per_generation_max)) {
    if (ids->size() != request.models.size())
      fields.refuse("answerIds", "must hold one id for each model.");
    request.answer_ids = std::move(*ids);
  }
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

}  // namespace

http::Reply start_generation(Call& call) {
  const auto request = read_generation(call);
  if (!request) return call.problem(request.error());
  const auto started = call.services.generations.start(
      call.user, *request,
      std::make_shared<EventWriter>(
          call.responder, [&hub = call.services.hub, user = call.user](const std::string& data) {
            hub.title(user, data);
          }));
  if (!started) return call.problem(started.error());
  return http::Deferred{};
}

http::Reply watch_generation(Call& call) {
  const auto answer = call.id();
  if (!answer) return call.problem(answer.error());
  std::optional<std::string> last_event_id;
  if (const auto header = call.request.header("Last-Event-ID"))
    last_event_id = std::string(*header);
  const auto attached = call.services.generations.attach(
      call.user, *answer, last_event_id, std::make_shared<EventWriter>(call.responder));
  if (!attached) return call.problem(attached.error());
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
