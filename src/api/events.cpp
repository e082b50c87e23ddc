// /api/events
#include <memory>
#include <utility>

#include "api/call.h"
#include "api/event_body.h"
#include "api/event_text.h"
#include "api/handlers.h"

namespace threadkeep::api {
namespace {

// Writes what the hub tells to one client; "hello" comes first.
class NoticeWriter final : public Subscriber {
 public:
  NoticeWriter(const http::Responder& responder, std::int64_t epoch)
      : body_(responder, hello_text(epoch)) {}

  std::shared_ptr<http::EventStream> open() { return body_.open(); }

  bool on_notice(const Notice& notice) override {
    if (!std::holds_alternative<Stopping>(notice)) return body_.write(event_text(notice));
    body_.close();
    return false;
  }

 private:
  EventBody body_;
};

}  // namespace

http::Reply watch_events(Call& call) {
  const auto epoch =
      call.services.store.read([](const Reader& reader) { return reader.sync().epoch(); });
  if (!epoch) return call.problem(epoch.error());
  auto writer = std::make_shared<NoticeWriter>(call.responder, *epoch);
  Hub& hub = call.services.hub;
  switch (hub.subscribe(call.user, writer)) {
    case Hub::Admission::subscribed:
      break;
    case Hub::Admission::too_many:
      return problem(429, "too-many-streams", "Close another stream of events first.",
                     call.request.request_number);
    case Hub::Admission::stopping:
      return problem(503, "unavailable", "The server is about to stop.",
                     call.request.request_number);
  }
  const std::weak_ptr<NoticeWriter> weak = writer;
  writer->open()->on_gone([&hub, weak, user = call.user] {
    if (const auto gone = weak.lock()) hub.unsubscribe(user, gone.get());
  });
  return http::Deferred{};
}

}  // namespace threadkeep::api
