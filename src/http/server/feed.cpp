#include "http/server/feed.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "http/server/connection.h"
#include "http/server/listener_state.h"

namespace threadkeep::http {

Feed::Feed(ListenerState& listener, Connection& connection, std::shared_ptr<BodySource> source)
    : listener_(listener),
      connection_(&connection),
      inbox_(listener.inbox),
      source_(std::move(source)),
      left_(source_->size()) {}

void Feed::ask(std::size_t bytes_max) {
  bytes_max_ = static_cast<std::size_t>(std::min<std::uint64_t>(bytes_max, left_));
  is_reading_ = true;
  listener_.feeders.submit(shared_from_this());
}

std::string Feed::take() {
  left_ -= piece_.size();
  return std::exchange(piece_, {});
}

void Feed::work() {
  try {
    piece_ = source_->read(bytes_max_);
  } catch (const std::exception& failure) {
    listener_.report_failure(0, failure.what());
    piece_.clear();
  }
  inbox_->push(shared_from_this());
}

void Feed::deliver() {
  is_reading_ = false;
  has_failed_ = piece_.empty() || piece_.size() > bytes_max_;
  if (connection_ != nullptr) connection_->on_delivery();
}

}  // namespace threadkeep::http
