#include "api/event_body.h"

#include "api/call.h"

namespace threadkeep::api {

std::shared_ptr<http::EventStream> EventBody::open() {
  const std::lock_guard lock(mutex_);
  if (stream_) return stream_;
  http::Response head;
  head.headers = {{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "no"}};
  stream_ = responder_.stream(with_common_headers(std::move(head)));
  if (!greeting_.empty()) stream_->write(greeting_);
  return stream_;
}

}  // namespace threadkeep::api
