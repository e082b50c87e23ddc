// The body of an answer that is written little by little: what the writers queue and the listener's
// thread takes.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "http/http.h"
#include "http/server/memory_account.h"
#include "http/server/task.h"

namespace threadkeep::http {

class Connection;

enum class StreamFraming { chunked, raw };

class Stream final : public EventStream, public Task, public std::enable_shared_from_this<Stream> {
 public:
  // `memory` is what the connection holds.
  Stream(std::shared_ptr<Inbox> inbox, StreamFraming framing,
         std::shared_ptr<MemoryAccount> memory);

  // The face for the program. When its last copy goes without close(), the stream is aborted.
  static std::shared_ptr<EventStream> face(const std::shared_ptr<Stream>& stream);

  bool write(std::string_view bytes) override;
  void close() override;
  void abort() override;
  void on_gone(std::function<void()> on_gone) override;

  // All that follows: listener's thread.

  // The connection that the answer goes to.
  void attach(Connection* connection) { connection_ = connection; }
  struct Taken {
    std::string bytes;  // framed, from `offset` on
    std::size_t offset = 0;
    bool ended = false;  // the proper end is among the bytes
  };
  // What is queued, framed for the wire.
  Taken take();
  // Whether the reader leaves bytes that were taken waiting. Only then what is queued behind them
  // is its backlog: that the listener's thread had no turn yet is not the reader's fault.
  void set_blocked(bool blocked) { blocked_ = blocked; }
  // The reader has left or is not wanted any more: calls on_gone unless the stream was closed.
  void lose();
  void deliver() override;

 private:
  void schedule();  // under mutex_
  std::size_t room() const;
  std::size_t pending_bytes_max() const;  // under mutex_

  const std::shared_ptr<Inbox> inbox_;
  const StreamFraming framing_;
  Connection* connection_ = nullptr;

  std::atomic<bool> blocked_ = false;

  std::mutex mutex_;
  std::string pending_;  // begins with room for the size of a chunk
  MemoryCharge charge_;  // of pending_
  std::function<void()> on_gone_;
  bool scheduled_ = false;
  bool gone_ = false;
  bool closed_ = false;
  bool aborted_ = false;
};

}  // namespace threadkeep::http
