// The body of an answer that is read while it is sent: one piece at a time, by threads that may
// wait for a disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "http/http.h"
#include "http/server/task.h"

namespace threadkeep::http {

class Connection;
struct ListenerState;

// Listener's thread.
class Feed final : public Task, public std::enable_shared_from_this<Feed> {
 public:
  static constexpr std::size_t piece_bytes = 256U << 10;
  static constexpr std::size_t small_piece_bytes = 16U << 10;  // when memory is short

  Feed(ListenerState& listener, Connection& connection, std::shared_ptr<BodySource> source);

  // Has the next piece read; on_delivery() of the connection tells when it is there. Not while one
  // is being read, nor at the end.
  void ask(std::size_t bytes_max);
  bool is_reading() const { return is_reading_; }
  bool has_piece() const { return !piece_.empty(); }
  std::string take();
  // All of the body was taken.
  bool is_at_end() const { return left_ == 0; }
  // The rest cannot be read.
  bool has_failed() const { return has_failed_; }
  void forget_connection() { connection_ = nullptr; }

  void work() override;
  void deliver() override;

 private:
  ListenerState& listener_;
  Connection* connection_;
  const std::shared_ptr<Inbox> inbox_;
  const std::shared_ptr<BodySource> source_;
  std::uint64_t left_;
  bool is_reading_ = false;
  bool has_failed_ = false;
  // The reading thread's while is_reading_.
  std::size_t bytes_max_ = 0;
  std::string piece_;
};

}  // namespace threadkeep::http
