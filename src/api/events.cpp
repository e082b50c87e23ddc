// /api/events
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "api/call.h"
#include "api/handlers.h"
#include "http/event_format.h"

namespace threadkeep::api {
namespace {

// Writes what the hub tells to one client. The stream is opened by open() or by the first news,
// whichever is first, so that a client that is not let in gets a problem; "hello" always comes
// first.
class EventListener final : public Listener {
 public:
  EventListener(const http::Responder& responder, std::int64_t epoch)
      : responder_(responder), epoch_(epoch) {}

  std::shared_ptr<http::EventStream> open() {
    const std::lock_guard lock(mutex_);
    if (stream_) return stream_;
    http::Response head;
    head.headers = {{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "no"}};
    stream_ = responder_.stream(with_common_headers(std::move(head)));
    std::string data;
    json::Writer(data).begin_object().member("epoch", epoch_).end_object();
    write("hello", data);
    return stream_;
  }

  bool on_poke(std::int64_t seq) override {
    open();
    std::string data;
    json::Writer(data).begin_object().member("seq", seq).end_object();
    return write("poke", data);
  }
  bool on_title(const std::string& data) override {
    open();
    return write("title", data);
  }
  bool on_quiet() override { return open()->write(":\n\n"); }
  void on_stop() override { open()->close(); }

 private:
  bool write(std::string_view name, std::string_view data) {
    std::string text;
    http::append_event(text, name, "", data);
    return stream_->write(text);
  }

  http::Responder responder_;
  const std::int64_t epoch_;
  std::mutex mutex_;  // of opening
  std::shared_ptr<http::EventStream> stream_;
};

}  // namespace

http::Reply watch_events(Call& call) {
  const auto epoch = call.services.store.epoch();
  if (!epoch) return call.problem(epoch.error());
  auto listener = std::make_shared<EventListener>(call.responder, *epoch);
  Hub& hub = call.services.hub;
  switch (hub.listen(call.user, listener)) {
    case Hub::Admission::listening:
      break;
    case Hub::Admission::too_many:
      return problem(429, "too-many-streams", "Close another stream of events first.",
                     call.request.request_number);
    case Hub::Admission::stopping:
      return problem(503, "unavailable", "The server is about to stop.",
                     call.request.request_number);
  }
  const std::weak_ptr<EventListener> weak = listener;
  listener->open()->on_gone([&hub, weak, user = call.user] {
    if (const auto gone = weak.lock()) hub.leave(user, gone.get());
  });
  return http::Deferred{};
}

}  // namespace threadkeep::api
