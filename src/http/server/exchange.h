// One request and its answer, from the moment the request is complete until the answer is written.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "http/http.h"
#include "http/server/feed.h"
#include "http/server/memory_account.h"
#include "http/server/spool.h"
#include "http/server/stream.h"
#include "http/server/task.h"

namespace threadkeep::http {

class Connection;
struct ListenerState;

class Exchange final : public Task, public std::enable_shared_from_this<Exchange> {
 public:
  struct Kind {
    bool head_only = false;
    bool keep_alive = false;
    bool http_1_0 = false;
    bool safe = false;
  };
  Exchange(ListenerState& listener, Connection& connection,
           const std::shared_ptr<MemoryAccount>& memory, Kind kind, std::uint64_t request_number);

  // Any thread. The first answer or stream counts.
  void answer(Response response);
  std::shared_ptr<EventStream> open_stream(Response head);
  void abandon();

  // A worker's: runs the handler, unless nobody waits for it any more or it has to wait.
  void work() override;

  // All that follows: listener's thread.
  void deliver() override;
  // Runs the handler here; its answer is delivered with the next turn of the loop.
  void work_now() { run_handler(); }
  void forget_connection();
  // An answer that the listener gives by itself, not from a handler.
  void answer_now(Response response);

  const Kind kind;
  const std::uint64_t request_number;
  Request request;                            // until the handler has it
  std::optional<UnopenedSink> unopened_sink;  // becomes the request's, before its handler runs
  // What was decided about the request; null for a reply that the listener gives by itself.
  std::unique_ptr<const AdmittedRequest> admitted;
  bool may_wait = false;  // others of its connection come before it
  bool waiting = false;   // its thread did not begin: answers of its connection wait to be sent
  // The body, then the answer. The worker's while it works, then the listener's thread's.
  MemoryCharge charge;
  bool ready = false;
  bool head_written = false;
  bool stream_ended = false;
  bool length_unknown = false;  // the answer to HEAD for what is streamed to GET
  Response response;
  std::shared_ptr<Stream> stream;  // when set, `response` is its head
  std::shared_ptr<Feed> feed;      // of `response.source`, from when its head is written

 private:
  void run_handler();
  // Whether the handler is to run; otherwise the answer is given.
  bool fill_sink();
  bool claim() { return !claimed_.exchange(true); }

  ListenerState&
      listener_;  // used by the listener's thread and the workers only, which it outlives
  const std::shared_ptr<Inbox> inbox_;
  Connection* connection_;
  std::atomic<bool> claimed_ = false;
  std::atomic<bool> is_gone_ = false;  // nobody waits for the answer
  bool has_yielded_ = false;           // the worker's, until it is delivered
  bool abandoned_ = false;
};

}  // namespace threadkeep::http
