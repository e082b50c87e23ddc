#include "http/server/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

namespace threadkeep::http {

namespace {

constexpr std::size_t input_bytes_max = 64U << 10;  // beyond it the reader has to wait for answers
constexpr std::int64_t linger_ms = 2'000;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

}  // namespace

Connection::Connection(ListenerState& listener, Socket socket, std::shared_ptr<ClientShare> client)
    : listener_(listener),
      socket_(std::move(socket)),
      client_(std::move(client)),
      memory_(std::make_shared<MemoryAccount>(std::numeric_limits<std::size_t>::max() / 2,
                                              client_->memory)) {}

Connection::~Connection() = default;

void Connection::start() {
  self_ = shared_from_this();
  listener_.connections.push_back(*this);
  ++listener_.connection_count;
  ++client_->connections;
  last_input_ms_ = ListenerState::now_ms();
  settle();
}

void Connection::start_refused() {
  self_ = shared_from_this();
  listener_.connections.push_back(*this);
  ++listener_.connection_count;
  ++client_->connections;
  refuse({503, "unavailable", "There are too many connections. Try again in a moment."});
  progress({});
}

void Connection::drop() {
  if (!open_) return;
  open_ = false;
  const auto self = std::move(self_);
  --listener_.connection_count;
  --client_->connections;
  OfAllHook::unlink();
  OfWaitingHook::unlink();
  boost::system::error_code ignored;
  socket_.close(ignored);
  forget_incoming();
  input_ = {};
  output_ = {};
  buffers_.set(0);
  const auto exchanges = std::exchange(exchanges_, {});
  for (const auto& exchange : exchanges) {
    exchange->forget_connection();
    if (exchange->ready && exchange->stream) exchange->stream->lose();
    if (exchange->feed) exchange->feed->forget_connection();
  }
  if (listener_.stopping && listener_.connection_count == 0) listener_.on_empty();
}

void Connection::wait_readable() {
  if (waiting_readable_ || input_ended_ || input_.size() >= input_bytes_max) return;
  waiting_readable_ = true;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](boost::system::error_code) {
    self->waiting_readable_ = false;
    if (self->open_) self->on_readable();
  });
}

void Connection::on_readable() {
  const ssize_t size = ::recv(socket_.native_handle(), listener_.scratch.data(),
                              listener_.scratch.size(), MSG_DONTWAIT);
  if (size == 0) return on_end_of_input();
  if (size < 0) {
    const bool nothing_yet = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return nothing_yet ? wait_readable() : drop();
  }
  last_input_ms_ = ListenerState::now_ms();
  if (reading_ == Reading::linger || reading_ == Reading::ended) return wait_readable();
  progress({listener_.scratch.data(), static_cast<std::size_t>(size)});
}

// Somebody who only closed its sending side still gets the answers to whole requests. A reader of a
// stream that closes has left: browsers never close one side only, and nothing else would tell.
void Connection::on_end_of_input() {
  input_ended_ = true;
  const bool streaming =
      !exchanges_.empty() && exchanges_.front()->stream && exchanges_.front()->head_written;
  if (streaming || reading_ == Reading::linger) return drop();
  progress({});
}

void Connection::wait_writable() {
  if (waiting_writable_) return;
  waiting_writable_ = true;
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](boost::system::error_code) {
    self->waiting_writable_ = false;
    if (self->open_) self->on_writable();
  });
}

void Connection::on_writable() {
  std::size_t sent = 0;
  const Output::Outcome outcome = output_.resume(socket_.native_handle(), sent);
  if (outcome == Output::Outcome::broken) return drop();
  if (sent > 0) {
    last_output_ms_ = ListenerState::now_ms();
    output_pace_.moved(sent, last_output_ms_);
  }
  if (outcome == Output::Outcome::blocked) return wait_writable();
  progress({});
}

void Connection::on_delivery() {
  const auto guard = shared_from_this();
  progress({});
}

void Connection::break_off(Stream& stream) {
  const auto guard = shared_from_this();
  const bool flushable = output_.empty() && !exchanges_.empty() &&
                         exchanges_.front()->head_written &&
                         exchanges_.front()->stream.get() == &stream;
  if (flushable) write_stream(*exchanges_.front());
  drop();
}

void Connection::progress(std::string_view fresh) {
  if (in_progress_) return;  // its loop comes round to what has changed
  in_progress_ = true;
  std::string_view input = fresh;
  const bool kept_before = !input_.empty();
  if (kept_before) {
    input_ += fresh;
    input = input_;
  }
  do {
    write_answers();
  } while (open_ && (resume_waiting() || read(input)));
  in_progress_ = false;
  if (!open_) return;
  keep(input);
  settle();
}

// `rest` is the unread end of input_, or of the scratch buffer when input_ is empty.
void Connection::keep(std::string_view rest) {
  if (reading_ == Reading::ended || rest.empty()) {
    input_ = {};
  } else if (input_.empty()) {
    input_.assign(rest);
  } else {
    input_.erase(0, input_.size() - rest.size());
  }
}

bool Connection::is_idle() const {
  return exchanges_.empty() && output_.empty() && reading_ == Reading::head && input_.empty();
}

bool Connection::waits_for_head() const {
  return exchanges_.empty() && output_.empty() && reading_ == Reading::head && !input_.empty();
}

// Puts the connection into the list that it belongs to by now.
void Connection::place() {
  const Waiting waiting = is_idle()          ? Waiting::idle
                          : waits_for_head() ? Waiting::half_head
                                             : Waiting::none;
  if (waiting == waiting_) return;
  waiting_ = waiting;
  OfWaitingHook::unlink();
  if (waiting == Waiting::idle) {
    phase_since_ms_ = ListenerState::now_ms();
    listener_.idle.push_back(*this);
  } else if (waiting == Waiting::half_head) {
    listener_.half_heads.push_back(*this);
  }
}

// After every event: closes what has come to its end, and arms what is to happen next.
void Connection::settle() {
  const bool answered = exchanges_.empty() && output_.empty();
  const bool spooling = reading_ == Reading::body && incoming_->spool && incoming_->spool->busy();
  if (answered && input_ended_ && !spooling) return drop();
  if (answered && reading_ == Reading::ended) return finish();
  if (is_idle() && listener_.stopping) return drop();
  place();
  buffers_.set(input_.capacity() + output_.held_bytes());
  if (!output_.empty()) wait_writable();
  wait_readable();
}

// The last answer is with the kernel.
void Connection::finish() {
  boost::system::error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) return drop();
  reading_ = Reading::linger;
  phase_since_ms_ = ListenerState::now_ms();
  wait_readable();
}

std::int64_t Connection::deadline() const {
  const ListenerOptions& options = listener_.options;
  if (reading_ == Reading::linger) return phase_since_ms_ + linger_ms;
  if (!output_.empty()) return last_output_ms_ + options.body_stall_ms;
  if (waiting_ == Waiting::idle) return phase_since_ms_ + options.idle_timeout_ms;
  if (reading_ == Reading::head && exchanges_.empty()) {
    return head_since_ms_ + options.head_timeout_ms;
  }
  if (reading_ == Reading::body && !(incoming_->spool && incoming_->spool->busy())) {
    return incoming_->pace.paid_until_ms() + options.body_stall_ms;
  }
  return never;
}

void Connection::on_sweep(std::int64_t now_ms) {
  if (reading_ == Reading::body && incoming_->spool && incoming_->spool->busy()) {
    incoming_->pace.restart(now_ms);  // nothing is read from the client meanwhile
    incoming_->pace_when_full.restart(now_ms);
  }
  if (std::exchange(wants_room_, false)) return on_delivery();
  if (now_ms < deadline()) return;
  const bool in_request = output_.empty() && waiting_ != Waiting::idle &&
                          (reading_ == Reading::head || reading_ == Reading::body);
  if (!in_request) return drop();
  refuse({408, "request-timeout", "The request did not arrive in time."});
  progress({});
}

std::optional<std::int64_t> Connection::waits_for_client_since() const {
  if (!output_.empty()) return output_pace_.paid_until_ms();
  if (reading_ == Reading::body && !(incoming_->spool && incoming_->spool->busy())) {
    return incoming_->pace_when_full.paid_until_ms();
  }
  if (waiting_ == Waiting::half_head) return last_input_ms_;
  return std::nullopt;
}

void Connection::give_up() {
  if (!output_.empty()) return drop();
  refuse({503, "unavailable", "There is no room for requests that come so slowly. Try again."});
  progress({});
}

void Connection::on_stopping() {
  if (!is_idle()) return;
  on_readable();  // a request that has come in already is still served
  if (open_ && is_idle()) drop();
}

}  // namespace threadkeep::http
