// Requests that we make to others. The only code that opens outgoing connections.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/http.h"

namespace threadkeep::http {

struct OutboundRequest {
  Method method = Method::get;
  std::string url;  // http or https; no user info
  std::vector<Header> headers;
  std::string body;
  int connect_timeout_ms = 10'000;
  int first_byte_timeout_ms = 60'000;            // from the start to the end of the answer's head
  int idle_timeout_ms = 300'000;                 // without any byte while the body streams
  std::uint64_t response_bytes_max = 64U << 20;  // more ends it with too_large
};

// Called from the outbound thread, in this order: on_head once, on_body any number of times,
// on_done once. They must not block and must not throw. on_done: an absent error means that the
// body came to its proper end (whatever the status). Errors: upstream_failed, too_large, cancelled.
// What the functions own is let go after on_done, on the outbound thread.
struct OutboundEvents {
  std::function<void(int status, const std::vector<Header>& headers)> on_head;
  std::function<void(std::string_view bytes)> on_body;
  std::function<void(const Error* error)> on_done;
};

// A running request. Destroying it cancels: when the destructor returns, no callback runs and none
// will (when it is destroyed from inside one of its own callbacks: none will run after that one).
// Because it waits, do not hold a lock meanwhile that a callback takes.
class OutboundCall {
 public:
  virtual ~OutboundCall() = default;
};

// libcurl's multi interface on one thread of its own. Redirects are not followed, other protocols
// are off, certificates are checked, proxies are taken from the environment. HTTP/1.1. Safe from
// several threads. Destroying it ends what runs with `cancelled`; not from inside a callback.
class Outbound {
 public:
  // Throws std::runtime_error when libcurl cannot be initialised.
  static std::unique_ptr<Outbound> create();
  virtual ~Outbound() = default;
  virtual std::unique_ptr<OutboundCall> start(OutboundRequest request, OutboundEvents events) = 0;
};

}  // namespace threadkeep::http
