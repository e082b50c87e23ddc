#include "http/server/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

#include "http/server/connection.h"
#include "http/server/listener_state.h"

namespace threadkeep::http {

namespace {

constexpr std::size_t piece_bytes = 256U << 10;

// A file without a name, or one whose name is gone at once where the file system knows no other
// way. -1: errno.
int open_nameless(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
  if (descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) {
    return descriptor;
  }
  std::string name = folder + "/threadkeep-XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

std::string folder_of(const std::string& option) {
  std::error_code ignored;
  if (!option.empty()) return option;
  const auto system = std::filesystem::temp_directory_path(ignored);
  return ignored ? "/tmp" : system.string();
}

constexpr Refusal no_file_left{503, "unavailable",
                               "The server has as many files open as it can. Try again shortly."};
constexpr Refusal disk_full{507, "storage-full", "There is no space left for the body."};
constexpr Refusal disk_failed{500, "internal", "The body could not be stored."};

Refusal refusal_of(int error) {
  if (error == EMFILE || error == ENFILE) return no_file_left;
  return error == ENOSPC || error == EDQUOT ? disk_full : disk_failed;
}

}  // namespace

tl::expected<std::unique_ptr<BodySink>, Refusal> UnopenedSink::fill() const {
  auto sink = open();
  if (!sink || bytes.empty()) return sink;
  if (const auto refused = (*sink)->add(bytes)) return tl::unexpected(*refused);
  return sink;
}

Spool::Spool(ListenerState& listener, Connection& connection, BodyPlan::OpenSink open_sink)
    : listener_(listener),
      connection_(&connection),
      inbox_(listener.inbox),
      folder_(folder_of(listener.options.spool_folder)),
      open_sink_(std::move(open_sink)) {}

Spool::~Spool() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Spool::add(std::string_view bytes) {
  gathered_ += bytes;
  if (gathered_.size() >= piece_bytes) flush();
}

void Spool::flush() {
  busy_ = true;
  piece_.swap(gathered_);
  gathered_.clear();
  listener_.spooler.submit(shared_from_this());
}

void Spool::forget_connection() {
  connection_ = nullptr;
  if (!busy_) drop_sink();
}

// To undo what a sink has done may take as long as doing it: not here.
void Spool::drop_sink() {
  if (!sink_) return;
  is_dropped_ = true;
  listener_.spooler.submit(shared_from_this());
}

void Spool::write_to_sink() {
  try {
    if (!sink_) {
      auto opened = open_sink_();
      if (opened) {
        sink_ = std::move(*opened);
      } else {
        failure_ = opened.error();
      }
    }
    if (sink_ && !piece_.empty()) failure_ = sink_->add(piece_);
  } catch (const std::exception& failure) {
    listener_.report_failure(0, failure.what());
    failure_ = disk_failed;
  }
}

void Spool::write_to_file() {
  if (descriptor_ < 0) descriptor_ = open_nameless(folder_);
  if (descriptor_ < 0) failure_ = refusal_of(errno);
  std::string_view left = piece_;
  while (!failure_ && !left.empty()) {
    const ssize_t written = ::write(descriptor_, left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      failure_ = refusal_of(errno);
    }
  }
}

void Spool::work() {
  if (is_dropped_) return sink_.reset();
  open_sink_ ? write_to_sink() : write_to_file();
  size_ += piece_.size();
  piece_.clear();
  inbox_->push(shared_from_this());
}

void Spool::deliver() {
  busy_ = false;
  connection_ != nullptr ? connection_->on_delivery() : drop_sink();
}

UnopenedSink Spool::take_unopened() { return {open_sink_, std::exchange(gathered_, {})}; }

void Spool::finish(Request& request) {
  if (sink_) {
    request.sink = std::move(sink_);
    return;
  }
  ::lseek(descriptor_, 0, SEEK_SET);
  request.spooled = std::make_shared<SpooledBody>(std::exchange(descriptor_, -1), size_);
}

}  // namespace threadkeep::http
