// From bytes to exchanges.
#include <algorithm>
#include <atomic>
#include <utility>

#include "http/server/connection.h"

namespace threadkeep::http {

namespace {

std::uint64_t next_request_number() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

// RFC 9110, section 9.2.1. Only requests like these may be worked on side by side when a client
// sends several at once.
bool is_safe(Method method) {
  return method == Method::get || method == Method::head || method == Method::options;
}

constexpr Refusal no_room{503, "unavailable",
                          "The server holds as much as it can at the moment. Try again shortly."};
constexpr Refusal lane_full{503, "unavailable",
                            "Too many requests of this kind wait already. Try again shortly."};
constexpr Refusal too_large{413, "too-large", "The body of the request is too large."};
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

bool Connection::read(std::string_view& input) {
  switch (reading_) {
    case Reading::head:
      return read_head(input);
    case Reading::held:
      if (!may_begin(incoming_->parsed)) return false;
      reading_ = Reading::head;
      return begin(std::move(std::exchange(incoming_, nullptr)->parsed), input);
    case Reading::body:
      return read_body(input);
    case Reading::ended:
    case Reading::linger:
      break;
  }
  return false;
}

bool Connection::read_head(std::string_view& input) {
  const auto window = static_cast<std::size_t>(listener_.options.pipeline_max);
  if (exchanges_.size() >= window) return false;
  if (!empty_line_skipped_ && input.starts_with("\r\n")) {  // RFC 9112, section 2.2
    empty_line_skipped_ = true;
    input.remove_prefix(2);
  }
  if (input.empty()) return false;

  const std::size_t end = input.find("\r\n\r\n", scanned_ > 3 ? scanned_ - 3 : 0);
  const bool whole = end != std::string_view::npos;
  const bool first_look = scanned_ == 0;
  const std::string_view bytes = whole ? input.substr(0, end + 4) : input;
  const HeadLimits limits{listener_.options.header_bytes_max,
                          listener_.options.request_line_bytes_max, listener_.options.headers_max};
  ParsedHead parsed;
  Refusal refusal{};
  HeadOutcome outcome = HeadOutcome::incomplete;
  if (exceeds(bytes, limits, refusal)) {
    outcome = HeadOutcome::refused;
  } else if (whole || (first_look && input != "\r")) {  // not once per piece of a head in many
    outcome = parse_head(bytes, limits, parsed, refusal);
  }
  if (outcome == HeadOutcome::incomplete) {
    if (first_look) head_since_ms_ = ListenerState::now_ms();
    scanned_ = input.size();
    return false;
  }
  if (outcome == HeadOutcome::refused) {
    refuse(refusal);
    return true;
  }
  input.remove_prefix(bytes.size());
  scanned_ = 0;
  empty_line_skipped_ = false;
  parsed.head.request_number = next_request_number();
  parsed.bytes = bytes.size();
  return begin(std::move(parsed), input);
}

// A request with a body, or one that changes something, waits until all before it are answered, and
// those after it wait.
bool Connection::may_begin(const ParsedHead& parsed) const {
  if (exchanges_.empty()) return output_.empty();
  return !parsed.head.has_body && is_safe(parsed.head.method) && exchanges_.front()->kind.safe;
}

bool Connection::begin(ParsedHead parsed, std::string_view input) {
  if (!may_begin(parsed)) {
    incoming_ = std::make_unique<Incoming>(memory_);
    incoming_->charge.set(parsed.bytes);
    incoming_->parsed = std::move(parsed);
    reading_ = Reading::held;
    return false;
  }
  HeadDecision decision;
  try {
    decision = listener_.application.decide(parsed.head);
  } catch (const std::exception& failure) {
    listener_.report_failure(parsed.head.request_number, failure.what());
    refuse({500, "internal", "The request failed."});
    return true;
  }
  if (auto* response = std::get_if<Response>(&decision)) {
    parsed.keep_alive = parsed.keep_alive && !parsed.head.has_body;
    refuse_with(std::move(*response), make_exchange(parsed));
    return true;
  }
  std::unique_ptr<const AdmittedRequest> admitted =
      std::move(std::get<std::unique_ptr<AdmittedRequest>>(decision));
  if (parsed.head.has_body) {
    begin_body(std::move(parsed), std::move(admitted), input);
  } else {
    auto exchange = make_exchange(parsed);
    submit(std::move(parsed), std::move(admitted), exchange);
  }
  return true;
}

void Connection::begin_body(ParsedHead parsed, std::unique_ptr<const AdmittedRequest> admitted,
                            std::string_view input) {
  const std::uint64_t announced = parsed.head.content_length.value_or(0);
  const bool expects_continue = parsed.expects_continue;
  incoming_ = std::make_unique<Incoming>(memory_);
  incoming_->parsed = std::move(parsed);
  incoming_->plan = admitted->body_plan();
  incoming_->admitted = std::move(admitted);
  incoming_->pace.restart(ListenerState::now_ms());
  incoming_->pace_when_full.restart(ListenerState::now_ms());
  reading_ = Reading::body;
  if (announced > incoming_->plan.bytes_max) return refuse(too_large);
  if (incoming_->plan.kind != BodyPlan::Kind::memory) {
    if (listener_.spool_count >= listener_.options.spools_max ||
        !client_->memory->has_room(Spool::held_bytes)) {
      return refuse(no_room);
    }
    incoming_->charge.set(Spool::held_bytes);
    incoming_->spool = std::make_shared<Spool>(listener_, *this, incoming_->plan.open_sink);
    ++listener_.spool_count;
  }
  if (expects_continue && input.empty()) send(continue_line, {});
}

bool Connection::read_body(std::string_view& input) {
  Incoming& incoming = *incoming_;
  if (incoming.spool && incoming.spool->busy()) return false;
  if (incoming.spool && incoming.spool->failure()) {
    refuse(*incoming.spool->failure());
    return true;
  }
  if (incoming.complete) return end_body();
  if (input.empty()) return false;

  std::string_view bytes;
  if (incoming.parsed.chunked) {
    const ChunkDecoder::Step step = incoming.chunks.step(input);
    input.remove_prefix(step.consumed);
    bytes = step.data;
    incoming.complete = incoming.chunks.done();
  } else {
    const std::uint64_t left = *incoming.parsed.head.content_length - incoming.received;
    bytes = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, input.size())));
    input.remove_prefix(bytes.size());
    incoming.complete = bytes.size() == left;
  }
  if (incoming.chunks.bad()) {
    refuse({400, "bad-framing", "The chunks of the body are malformed."});
  } else {
    add_to_body(bytes);
  }
  return true;
}

void Connection::add_to_body(std::string_view bytes) {
  Incoming& incoming = *incoming_;
  incoming.received += bytes.size();
  incoming.pace.moved(bytes.size(), last_input_ms_);
  incoming.pace_when_full.moved(bytes.size(), last_input_ms_);
  if (incoming.received > incoming.plan.bytes_max) return refuse(too_large);
  if (incoming.spool) return incoming.spool->add(bytes);
  if (!make_room_in_body(bytes.size())) return refuse(no_room);
  incoming.body += bytes;
}

// The body grows by what came in, never by what was announced alone; but no further than that.
bool Connection::make_room_in_body(std::size_t more) {
  std::string& body = incoming_->body;
  const std::size_t needed = body.size() + more;
  if (needed <= body.capacity()) return true;
  std::size_t wanted = std::max(needed, body.capacity() * 2);
  if (const auto announced = incoming_->parsed.head.content_length) {
    wanted =
        std::max(needed, static_cast<std::size_t>(std::min<std::uint64_t>(*announced, wanted)));
  }
  if (!client_->memory->has_room(wanted - incoming_->charge.bytes())) return false;
  std::string wider;  // reserve() of a string that has something takes twice of it at least
  wider.reserve(wanted);
  wider += body;
  body.swap(wider);
  incoming_->charge.set(body.capacity());
  return true;
}

bool Connection::end_body() {
  Incoming& incoming = *incoming_;
  const bool is_unopened = incoming.spool && incoming.spool->is_unopened() &&
                           incoming.admitted->lane() != Lane::immediate;
  if (incoming.spool && !is_unopened && (!incoming.spool->empty() || !incoming.spool->started())) {
    incoming.spool->flush();  // an empty body has a file as well
    return false;
  }
  const auto whole = std::move(incoming_);
  reading_ = Reading::head;
  auto exchange = make_exchange(whole->parsed);
  exchange->request.body = std::move(whole->body);
  if (!whole->spool) exchange->charge.set(whole->charge.bytes());
  if (is_unopened) {
    exchange->unopened_sink = whole->spool->take_unopened();
    exchange->charge.set(exchange->unopened_sink->bytes.capacity());
  } else if (whole->spool) {
    whole->spool->finish(exchange->request);
  }
  if (whole->spool) --listener_.spool_count;
  submit(std::move(whole->parsed), std::move(whole->admitted), exchange);
  return true;
}

std::shared_ptr<Exchange> Connection::make_exchange(const ParsedHead& parsed) {
  const Exchange::Kind kind{.head_only = parsed.head.method == Method::head,
                            .keep_alive = parsed.keep_alive,
                            .http_1_0 = parsed.http_1_0,
                            .safe = is_safe(parsed.head.method)};
  return std::make_shared<Exchange>(listener_, *this, memory_, kind, parsed.head.request_number);
}

void Connection::submit(ParsedHead parsed, std::unique_ptr<const AdmittedRequest> admitted,
                        const std::shared_ptr<Exchange>& exchange) {
  exchange->charge.set(exchange->charge.bytes() + parsed.bytes);
  static_cast<RequestHead&>(exchange->request) = std::move(parsed.head);
  exchange->admitted = std::move(admitted);
  if (!exchange->kind.keep_alive) reading_ = Reading::ended;
  exchanges_.push_back(exchange);
  hand_over(exchange);
}

// Has the request worked on. A safe one for which there is no room in memory is not: others have a
// body, which was let in already and is the sooner gone the sooner they are done.
void Connection::hand_over(const std::shared_ptr<Exchange>& exchange) {
  const Lane lane = exchange->admitted->lane();
  if (lane == Lane::immediate) return exchange->work_now();
  exchange->may_wait = exchange != exchanges_.front();
  if (!listener_.submit(lane, exchange)) {
    exchange->answer_now(
        listener_.refusal(lane_full, exchange->request_number, exchange->admitted.get()));
  }
}

// Hands over again what its thread did not begin because answers of this connection waited.
bool Connection::resume_waiting() {
  const std::size_t unsent_max = listener_.options.connection_unsent_bytes_max;
  bool has_answered = false;
  for (const auto& exchange : exchanges_) {
    if (!exchange->waiting) continue;
    if (exchange != exchanges_.front() && memory_->held() > unsent_max) break;
    exchange->waiting = false;
    hand_over(exchange);
    has_answered = has_answered || exchange->ready;
  }
  return has_answered;
}

void Connection::refuse(const Refusal& refusal) {
  ParsedHead parsed;
  if (incoming_) parsed = std::move(incoming_->parsed);
  if (parsed.head.request_number == 0) parsed.head.request_number = next_request_number();
  parsed.keep_alive = false;
  const AdmittedRequest* admitted = incoming_ ? incoming_->admitted.get() : nullptr;
  Response response = listener_.refusal(refusal, parsed.head.request_number, admitted);
  if (refusal.status == 405) {
    response.headers.push_back({"Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"});
  }
  refuse_with(std::move(response), make_exchange(parsed));
}

void Connection::refuse_with(Response response, std::shared_ptr<Exchange> exchange) {
  forget_incoming();
  reading_ = exchange->kind.keep_alive ? Reading::head : Reading::ended;
  exchange->answer_now(std::move(response));
  exchanges_.push_back(std::move(exchange));
}

void Connection::forget_incoming() {
  if (incoming_ && incoming_->spool) {
    incoming_->spool->forget_connection();
    --listener_.spool_count;
  }
  incoming_.reset();
}

}  // namespace threadkeep::http
