// The HTTP/1.1 server: one io thread for all connections, and a few threads for each lane of
// handlers.
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
  int workers = 4;                    // threads for Lane::read, and as many for Lane::write
  // Requests that wait for a thread of a lane; more get 503. Of Lane::bulk fewer: their bodies are
  // files on the disk.
  int waiting_max = 4'096;
  int bulk_waiting_max = 4;
  int files_waiting_max = 64;                      // each of them holds a file open
  std::size_t header_bytes_max = 32U << 10;        // whole head; more gets 431
  std::size_t request_line_bytes_max = 16U << 10;  // more gets 414
  int headers_max = 100;
  // For a new one beyond these the oldest idle one is closed, or else the one that is longest at
  // sending a head; when there is none, the new one gets 503.
  int connections_max = 10'000;
  int client_connections_max = 10'000;  // from one address; of IPv6 from one network of 64 bits
  // What bodies that come in and answers that are not sent yet may hold in memory, and what they
  // may hold of one client. A request for which there is no room gets 503; a body or an answer
  // whose client has stood still for a second makes room for others.
  std::size_t memory_bytes_max = 96U << 20;
  std::size_t client_memory_bytes_max = 96U << 20;
  // What is pipelined is not worked on while answers of its connection hold more than this.
  std::size_t connection_unsent_bytes_max = 256U << 10;
  int spools_max = 64;           // bodies on their way into files; more get 503
  int head_timeout_ms = 10'000;  // from the first byte of a request to the end of its head: 408
  // So long without any byte of a body, or so far behind 1 KiB/s of it, however fast it began: 408.
  // Without any byte taken of an answer: closed.
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
