// A body on its way into an unlinked temporary file, or into the sink that the program has for it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "http/http.h"
#include "http/server/task.h"

namespace threadkeep::http {

class Connection;
struct ListenerState;

// A sink, and all that goes into it.
struct UnopenedSink {
  BodyPlan::OpenSink open;
  std::string bytes;
  // Opened and filled. Throws what the program throws.
  tl::expected<std::unique_ptr<BodySink>, Refusal> fill() const;
};

// Collects bytes and has them written by the spooler in large pieces, one at a time. Listener's
// thread.
class Spool final : public Task, public std::enable_shared_from_this<Spool> {
 public:
  // What a body on its way into a file holds in memory.
  static constexpr std::size_t held_bytes = 640U << 10;

  // Without `open_sink`: into a file.
  Spool(ListenerState& listener, Connection& connection, BodyPlan::OpenSink open_sink);
  ~Spool() override;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  void add(std::string_view bytes);
  // Has written what is left; on_spooled() of the connection tells when.
  void flush();
  // A write is under way: add() and flush() are to wait.
  bool busy() const { return busy_; }
  bool empty() const { return gathered_.empty(); }
  bool started() const { return sink_ || descriptor_ >= 0; }
  const std::optional<Refusal>& failure() const { return failure_; }
  // A body for a sink that is here as a whole, before the sink was opened: the handler's thread
  // fills it, so that nobody else has to be woken for it.
  bool is_unopened() const { return open_sink_ && !started() && !failure_; }
  UnopenedSink take_unopened();
  // When all is written.
  void finish(Request& request);
  // Nobody wants the body any more.
  void forget_connection();

  void work() override;
  void deliver() override;

 private:
  void drop_sink();
  void write_to_sink();
  void write_to_file();

  ListenerState& listener_;
  Connection* connection_;
  const std::shared_ptr<Inbox> inbox_;
  const std::string folder_;
  const BodyPlan::OpenSink open_sink_;
  std::string gathered_;
  bool busy_ = false;
  // The spooler's while busy_.
  std::string piece_;
  std::unique_ptr<BodySink> sink_;
  int descriptor_ = -1;
  std::optional<Refusal> failure_;
  bool is_dropped_ = false;
  std::uint64_t size_ = 0;
};

}  // namespace threadkeep::http
