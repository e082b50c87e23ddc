// A body on its way into an unlinked temporary file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "http/http.h"
#include "http/server/task.h"

namespace threadkeep::http {

class Connection;
struct ListenerState;

// Collects bytes and has them written by the spooler in large pieces, one at a time. Listener's
// thread.
class Spool final : public Task, public std::enable_shared_from_this<Spool> {
 public:
  // What a body on its way into a file holds in memory.
  static constexpr std::size_t held_bytes = 640U << 10;

  Spool(ListenerState& listener, Connection& connection);
  ~Spool() override;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  void add(std::string_view bytes);
  // Has written what is left; on_spooled() of the connection tells when.
  void flush();
  // A write is under way: add() and flush() are to wait.
  bool busy() const { return busy_; }
  bool empty() const { return gathered_.empty(); }
  bool started() const { return descriptor_ >= 0; }
  int error() const { return error_; }  // errno, 0 when all is well
  // When all is written.
  std::shared_ptr<SpooledBody> finish();
  void forget_connection() { connection_ = nullptr; }

  void work() override;
  void deliver() override;

 private:
  ListenerState& listener_;
  Connection* connection_;
  const std::shared_ptr<Inbox> inbox_;
  const std::string folder_;
  std::string gathered_;
  bool busy_ = false;
  // The spooler's while busy_.
  std::string piece_;
  int descriptor_ = -1;
  int error_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace threadkeep::http
