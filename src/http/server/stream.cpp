#include "http/server/stream.h"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "http/server/connection.h"

namespace threadkeep::http {

namespace {

constexpr std::size_t chunk_size_room = 10;  // eight digits and a line end
constexpr std::size_t unsent_bytes_max = 16U << 20;
constexpr std::size_t backlog_when_full_bytes_max = 16U << 10;

}  // namespace

Stream::Stream(std::shared_ptr<Inbox> inbox, StreamFraming framing,
               std::shared_ptr<MemoryAccount> memory)
    : inbox_(std::move(inbox)), framing_(framing), charge_(std::move(memory)) {}

std::size_t Stream::pending_bytes_max() const {
  if (!blocked_) return unsent_bytes_max;
  return charge_.account()->has_room(0) ? backlog_bytes_max : backlog_when_full_bytes_max;
}

std::shared_ptr<EventStream> Stream::face(const std::shared_ptr<Stream>& stream) {
  return {stream.get(), [stream](EventStream* face) { face->abort(); }};
}

std::size_t Stream::room() const {
  return framing_ == StreamFraming::chunked ? chunk_size_room : 0;
}

void Stream::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  inbox_->push(shared_from_this());
}

bool Stream::write(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (gone_ || closed_ || aborted_) return false;
  if (bytes.empty()) return true;
  if (pending_.size() > pending_bytes_max()) {
    aborted_ = true;
    schedule();
    return false;
  }
  if (pending_.empty()) pending_.assign(room(), ' ');
  pending_ += bytes;
  charge_.set(pending_.capacity());
  schedule();
  return true;
}

void Stream::close() {
  std::function<void()> dropped;  // dies outside of the lock: it may own this stream's owner
  const std::lock_guard lock(mutex_);
  if (gone_ || closed_ || aborted_) return;
  closed_ = true;
  dropped.swap(on_gone_);
  schedule();
}

void Stream::abort() {
  std::function<void()> dropped;
  const std::lock_guard lock(mutex_);
  if (gone_ || closed_ || aborted_) return;
  aborted_ = true;
  dropped.swap(on_gone_);
  schedule();
}

void Stream::on_gone(std::function<void()> on_gone) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  on_gone_ = std::move(on_gone);
  if (gone_) schedule();  // too late: it is called at once, but from the right thread
}

Stream::Taken Stream::take() {
  const std::lock_guard lock(mutex_);
  Taken taken;
  taken.bytes.swap(pending_);
  charge_.set(0);
  if (framing_ == StreamFraming::chunked && !taken.bytes.empty()) {
    std::array<char, 8> digits{};
    const std::size_t size = taken.bytes.size() - chunk_size_room;
    const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
    const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
    taken.offset = chunk_size_room - 2 - text.size();
    text.copy(taken.bytes.data() + taken.offset, text.size());
    taken.bytes[chunk_size_room - 2] = '\r';
    taken.bytes[chunk_size_room - 1] = '\n';
    taken.bytes += "\r\n";
  }
  if (closed_ && framing_ == StreamFraming::chunked) taken.bytes += "0\r\n\r\n";
  taken.ended = closed_;
  return taken;
}

void Stream::lose() {
  connection_ = nullptr;
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    pending_ = {};
    charge_.set(0);
    call.swap(on_gone_);
  }
  if (call) call();
}

void Stream::deliver() {
  bool lost = false;
  bool broken = false;
  {
    const std::lock_guard lock(mutex_);
    scheduled_ = false;
    lost = gone_;
    broken = aborted_;
  }
  if (lost) {
    lose();
  } else if (connection_ != nullptr) {
    broken ? connection_->break_off(*this) : connection_->on_delivery();
  }
}

}  // namespace threadkeep::http
