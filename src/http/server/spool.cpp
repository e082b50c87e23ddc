#include "http/server/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
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

}  // namespace

Spool::Spool(ListenerState& listener, Connection& connection)
    : listener_(listener),
      connection_(&connection),
      inbox_(listener.inbox),
      folder_(folder_of(listener.options.spool_folder)) {}

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

void Spool::work() {
  if (descriptor_ < 0) descriptor_ = open_nameless(folder_);
  if (descriptor_ < 0) error_ = errno;
  std::string_view left = piece_;
  while (error_ == 0 && !left.empty()) {
    const ssize_t written = ::write(descriptor_, left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  size_ += piece_.size();
  piece_.clear();
  inbox_->push(shared_from_this());
}

void Spool::deliver() {
  busy_ = false;
  if (connection_ != nullptr) connection_->on_delivery();
}

std::shared_ptr<SpooledBody> Spool::finish() {
  ::lseek(descriptor_, 0, SEEK_SET);
  return std::make_shared<SpooledBody>(std::exchange(descriptor_, -1), size_);
}

}  // namespace threadkeep::http
