// The HTTP/1.1 server: one io thread for all connections, a small pool of workers for the handlers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/http.h"

namespace threadkeep::http {

struct ListenerOptions {
  std::string address = "127.0.0.1";  // an IP address, v4 or v6
  std::uint16_t port = 8787;          // 0: any free one
  int workers = 4;
  std::size_t header_bytes_max = 32U << 10;        // whole head; more gets 431
  std::size_t request_line_bytes_max = 16U << 10;  // more gets 414
  int headers_max = 100;
  int connections_max = 10'000;  // the oldest idle one is closed for a new one, else 503
  int head_timeout_ms = 10'000;  // from the first byte of a request to the end of its head: 408
  // Without any byte of a body, or with less than 1 KiB/s of it after so long: 408. Without any
  // byte taken of an answer: closed.
  int body_stall_ms = 30'000;
  int idle_timeout_ms = 75'000;  // between requests
  // Requests of one connection that are handled at once. Only safe ones (GET, HEAD, OPTIONS)
  // without a body are; any other waits for those before it and holds up those behind it.
  int pipeline_max = 16;
  std::string spool_folder;  // for spooled bodies; empty: the system's temporary folder
  // Told of every exception that leaves a handler, for the log. Any thread; must not throw.
  std::function<void(std::uint64_t request_number, std::string_view what)> on_failure;
};

// Owns its threads. `application` must outlive it. Timeouts are kept to about 250 ms.
class Listener {
 public:
  // Binds and listens; the port is known afterwards. Fails: storage_unavailable with the reason
  // (address in use, not permitted).
  static Result<std::unique_ptr<Listener>> open(const ListenerOptions& options,
                                                Application& application);
  virtual ~Listener() = default;

  virtual std::uint16_t port() const = 0;
  virtual void start() = 0;
  // Stops accepting, lets running handlers answer, and waits at most `grace_ms` for connections to
  // finish; then closes them and joins the threads. Streams are the caller's to close before.
  // Idempotent.
  virtual void stop(int grace_ms) = 0;
};

}  // namespace threadkeep::http
