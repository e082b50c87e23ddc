#include "http/server/exchange.h"

#include <exception>
#include <utility>

#include "http/server/connection.h"
#include "http/server/listener_state.h"

namespace threadkeep::http {

struct Responder::Target {
  explicit Target(std::shared_ptr<Exchange> from) : exchange(std::move(from)) {}
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  ~Target() { exchange->abandon(); }
  std::shared_ptr<Exchange> exchange;
};

void Responder::send(Response response) const { target_->exchange->answer(std::move(response)); }

std::shared_ptr<EventStream> Responder::stream(Response head) const {
  return target_->exchange->open_stream(std::move(head));
}

Exchange::Exchange(ListenerState& listener, Connection& connection,
                   const std::shared_ptr<MemoryAccount>& memory, Kind exchange_kind,
                   std::uint64_t number)
    : kind(exchange_kind),
      request_number(number),
      charge(memory),
      listener_(listener),
      inbox_(listener.inbox),
      connection_(&connection) {}

void Exchange::answer(Response given) {
  if (!claim()) return;
  if (is_gone_.load(std::memory_order_relaxed)) {
    charge.set(0);
    return;  // what it holds goes here, not when the listener's thread comes to it
  }
  response = std::move(given);
  charge.set(response.body.capacity());
  inbox_->push(shared_from_this());
}

std::shared_ptr<EventStream> Exchange::open_stream(Response head) {
  auto opened = std::make_shared<Stream>(
      inbox_, kind.http_1_0 ? StreamFraming::raw : StreamFraming::chunked, charge.account());
  auto face = Stream::face(opened);
  if (!claim()) {
    opened->lose();
    return face;
  }
  response = std::move(head);
  charge.set(0);  // the stream counts what it holds
  stream = std::move(opened);
  inbox_->push(shared_from_this());
  return face;
}

void Exchange::abandon() {
  if (!claim()) return;
  abandoned_ = true;
  inbox_->push(shared_from_this());
}

void Exchange::work() {
  if (kind.safe && is_gone_.load(std::memory_order_relaxed)) {
    claim();
    return;
  }
  const MemoryAccount& memory = *charge.account();
  if (may_wait && memory.held() > listener_.options.connection_unsent_bytes_max) {
    has_yielded_ = true;
    inbox_->push(shared_from_this());
    return;
  }
  if (kind.safe && !request.has_body && !memory.has_room(0)) {
    answer(listener_.refusal({503, "unavailable",
                              "The server holds as much as it can at the moment. Try again "
                              "shortly."},
                             request_number, admitted.get()));
    return;
  }
  run_handler();
}

void Exchange::forget_connection() {
  connection_ = nullptr;
  is_gone_.store(true, std::memory_order_relaxed);
}

void Exchange::run_handler() {
  const Responder responder(std::make_shared<Responder::Target>(shared_from_this()));
  try {
    if (unopened_sink && !fill_sink()) return;
    Reply given = admitted->handle(std::move(request), responder);
    if (auto* whole = std::get_if<Response>(&given)) answer(std::move(*whole));
  } catch (const std::exception& failure) {
    listener_.report_failure(request_number, failure.what());
    abandon();
  } catch (...) {
    listener_.report_failure(request_number, "an exception of unknown type");
    abandon();
  }
}

bool Exchange::fill_sink() {
  auto filled = unopened_sink->fill();
  unopened_sink.reset();
  if (!filled) {
    answer(listener_.refusal(filled.error(), request_number, admitted.get()));
    return false;
  }
  request.sink = std::move(*filled);
  return true;
}

void Exchange::answer_now(Response given) {
  if (!claim()) return;
  response = std::move(given);
  charge.set(response.body.capacity());
  ready = true;
}

void Exchange::deliver() {
  if (connection_ == nullptr) {
    if (stream) stream->lose();
    return;
  }
  if (std::exchange(has_yielded_, false)) {
    waiting = true;
    return connection_->on_delivery();
  }
  if (abandoned_) {
    response =
        listener_.refusal({500, "internal", "The request failed."}, request_number, admitted.get());
  }
  if (stream && kind.head_only) {
    // A HEAD request has its whole answer with the head: nobody reads the stream.
    std::exchange(stream, nullptr)->lose();
    length_unknown = true;
  }
  if (stream) stream->attach(connection_);
  ready = true;
  connection_->on_delivery();
}

}  // namespace threadkeep::http
