// From exchanges to bytes.
#include <utility>

#include "http/server/connection.h"

namespace threadkeep::http {

namespace {

constexpr std::size_t copied_body_max = 16U << 10;  // a larger body is written from where it is

bool is_fed(const Exchange& exchange) {
  return exchange.response.source && !exchange.kind.head_only &&
         !has_no_body(exchange.response.status);
}

}  // namespace

AfterAnswer Connection::after(const Exchange& exchange) const {
  const bool last_before_stop = listener_.stopping && exchanges_.size() == 1;
  if (!exchange.kind.keep_alive || last_before_stop) return AfterAnswer::close;
  return exchange.kind.http_1_0 ? AfterAnswer::keep_http_1_0 : AfterAnswer::keep;
}

// The answers that are ready go out in one send as far as they are small.
void Connection::write_answers() {
  while (open_ && output_.empty() && !exchanges_.empty() && exchanges_.front()->ready) {
    if (exchanges_.front()->stream) {
      if (!write_stream(*exchanges_.front())) return;
      continue;
    }
    if (is_fed(*exchanges_.front())) {
      if (!write_source(*exchanges_.front())) return;
      continue;
    }
    listener_.heads.clear();
    Piece body;
    while (!exchanges_.empty() && exchanges_.front()->ready && !exchanges_.front()->stream &&
           !is_fed(*exchanges_.front()) && body.rest().empty()) {
      Exchange& exchange = *exchanges_.front();
      append_answer(exchange);
      const bool has_body = !exchange.kind.head_only && !has_no_body(exchange.response.status);
      if (has_body && !exchange.response.static_body.empty()) {
        body.fixed = exchange.response.static_body;
      } else if (has_body && exchange.response.body.size() > copied_body_max) {
        body.owned = std::move(exchange.response.body);
      } else if (has_body) {
        listener_.heads += exchange.response.body;
      }
      pop_exchange();
    }
    send(listener_.heads, std::move(body));
  }
}

void Connection::append_answer(Exchange& exchange) {
  const Response& response = exchange.response;
  const AfterAnswer then = after(exchange);
  if (then == AfterAnswer::close) reading_ = Reading::ended;
  std::optional<std::uint64_t> size;
  if (response.source) {
    size = response.source->size();
  } else if (!exchange.length_unknown) {
    size = response.static_body.empty() ? response.body.size() : response.static_body.size();
  }
  append_head(listener_.heads, response.status, response.headers,
              {.content_length = size, .chunked = false, .after = then}, listener_.date.now());
}

// Writes what the stream has. True when the exchange is over.
bool Connection::write_stream(Exchange& exchange) {
  if (!exchange.head_written) {
    if (input_ended_) {  // the reader left before it began
      drop();
      return false;
    }
    exchange.head_written = true;
    const bool chunked = !exchange.kind.http_1_0;
    const AfterAnswer then = chunked ? after(exchange) : AfterAnswer::close;
    if (then == AfterAnswer::close) reading_ = Reading::ended;
    listener_.heads.clear();
    append_head(listener_.heads, exchange.response.status, exchange.response.headers,
                {.content_length = std::nullopt, .chunked = chunked, .after = then},
                listener_.date.now());
    send(listener_.heads, {});
  }
  if (open_ && output_.empty() && !exchange.stream_ended) {
    Stream::Taken taken = exchange.stream->take();
    exchange.stream_ended = taken.ended;
    send({}, {std::move(taken.bytes), {}, taken.offset});
    if (open_) exchange.stream->set_blocked(!output_.empty());
  }
  if (!open_ || !output_.empty() || !exchange.stream_ended) return false;
  pop_exchange();
  return true;
}

// Writes the piece that was read and has the next one read when it is with the kernel. True when
// the exchange is over.
bool Connection::write_source(Exchange& exchange) {
  if (!exchange.head_written) {
    exchange.head_written = true;
    exchange.feed = std::make_shared<Feed>(listener_, *this, exchange.response.source);
    listener_.heads.clear();
    append_answer(exchange);
    send(listener_.heads, {});
  }
  Feed& feed = *exchange.feed;
  if (!open_ || feed.is_reading()) return false;
  exchange.charge.set(0);
  if (feed.has_failed()) {  // it was promised whole: that it is not must be seen
    drop();
    return false;
  }
  if (feed.has_piece()) send({}, {feed.take(), {}, 0});
  if (!open_ || !output_.empty()) return false;
  if (!feed.is_at_end()) {
    const std::size_t bytes =
        memory_->has_room(Feed::piece_bytes) ? Feed::piece_bytes : Feed::small_piece_bytes;
    wants_room_ = !memory_->has_room(bytes);
    if (wants_room_) return false;
    exchange.charge.set(bytes);
    feed.ask(bytes);
    return false;
  }
  pop_exchange();
  return true;
}

void Connection::send(std::string_view head, Piece body) {
  const Output::Outcome outcome = output_.send(socket_.native_handle(), head, std::move(body));
  last_output_ms_ = ListenerState::now_ms();
  output_pace_.restart(last_output_ms_);
  if (outcome == Output::Outcome::broken) drop();
}

void Connection::pop_exchange() {
  exchanges_.front()->charge.set(0);
  exchanges_.front()->forget_connection();
  if (exchanges_.front()->stream) exchanges_.front()->stream->attach(nullptr);
  if (exchanges_.front()->feed) exchanges_.front()->feed->forget_connection();
  exchanges_.erase(exchanges_.begin());
}

}  // namespace threadkeep::http
