// Runs tools side by side on threads of its own, each within its time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "domain/conversation.h"
#include "tools/registry.h"

namespace threadkeep::tools {

struct ToolUse {
  UserId user;
  std::string name;
  std::string input;  // JSON
};

struct RunnerOptions {
  std::size_t threads = 4;           // for tools that run here
  std::size_t server_threads = 64;   // at most: for those of servers, whose answers are waited for
  std::size_t unfinished_max = 256;  // running or waiting; beyond it: a result that says so
  std::size_t result_bytes_max = 256U << 10;
};

// Safe from several threads. `registry` must outlive it. Its threads are started by the first use:
// those that run tools, and one that watches their time. Tools of servers have threads apart, each
// started when all others wait, so that a server that takes its time holds up no tool of ours.
class Runner {
 public:
  explicit Runner(const Registry& registry, const RunnerOptions& options = {});
  // Asks what runs to stop and waits for it; nothing is `done` any more.
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // Returns at once; `done` is called exactly once, from a thread of the runner: with what the tool
  // returned, or with an error result when there is no such tool, the input is no object, the tool
  // failed, or its time is over. The time runs from here on, so that tools that hang hold up
  // nobody for longer than that. `done` must not block.
  // request_stop() on what this returns: nobody waits any more. `done` is not called then, unless
  // it is being called at this moment; what waits is not run, what runs is asked to stop.
  using Done = std::function<void(ToolResult)>;
  std::stop_source run(ToolUse use, Done done);

 private:
  struct Task;
  using TaskPtr = std::shared_ptr<Task>;
  // Guarded by the mutex.
  struct Lane {
    std::condition_variable work;
    std::deque<TaskPtr> waiting;
    std::size_t threads = 0;
    std::size_t idle = 0;
  };

  void start_thread(Lane& lane);
  void queue(const TaskPtr& task);
  void work(Lane& lane);
  void watch_time();
  ToolResult run_now(const Task& task) const;
  // Calls `done` with the result, when nobody else did and somebody waits.
  void settle(const TaskPtr& task, ToolResult result);

  const Registry& registry_;
  const RunnerOptions options_;
  std::mutex mutex_;
  std::condition_variable time_;
  Lane here_;
  Lane servers_;
  std::vector<TaskPtr> unsettled_;  // guarded by the mutex, as all below
  std::size_t unfinished_ = 0;
  bool is_ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace threadkeep::tools
