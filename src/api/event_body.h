// The body of an answer that is a stream of events.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "http/http.h"

namespace threadkeep::api {

// Opened by open() or by the first write, whichever is first, so that a request that is refused
// gets a problem instead of a stream. Safe from several threads.
class EventBody {
 public:
  // `greeting`: the first text of the stream.
  explicit EventBody(const http::Responder& responder, std::string greeting = {})
      : responder_(responder), greeting_(std::move(greeting)) {}

  // Sends the head, once.
  std::shared_ptr<http::EventStream> open();
  // False: the reader is gone.
  bool write(std::string_view text) { return open()->write(text); }
  void close() { open()->close(); }

 private:
  const http::Responder responder_;
  const std::string greeting_;
  std::mutex mutex_;  // of opening
  std::shared_ptr<http::EventStream> stream_;
};

}  // namespace threadkeep::api
