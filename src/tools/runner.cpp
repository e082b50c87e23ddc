#include "tools/runner.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

#include "json/json.h"

namespace threadkeep::tools {

using Time = std::chrono::steady_clock;

struct Runner::Task {
  ToolUse use;
  RunnableToolPtr tool;
  const char* refusal = "The tool took too long and was stopped.";  // at the deadline
  Time::time_point deadline;
  Done done;  // guarded by the runner's mutex; taken by whoever settles
  std::stop_source stop;
};

Runner::Runner(const Registry& registry, const RunnerOptions& options)
    : registry_(registry), options_(options) {}

Runner::~Runner() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    for (const TaskPtr& task : unsettled_) task->stop.request_stop();
  }
  here_.work.notify_all();
  servers_.work.notify_all();
  time_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::stop_source Runner::run(ToolUse use, Done done) {
  auto task = std::make_shared<Task>();
  task->use = std::move(use);
  task->tool = registry_.find(task->use.name);
  task->done = std::move(done);
  task->deadline = Time::now();
  {
    const std::lock_guard lock(mutex_);
    if (is_ending_) return task->stop;
    if (threads_.empty()) threads_.emplace_back([this] { watch_time(); });
    // What cannot run is refused by the thread that watches the time: it is never held up.
    if (task->tool == nullptr) {
      task->refusal = "There is no tool with that name.";
    } else if (unfinished_ >= options_.unfinished_max) {
      task->refusal = "Too many tools are running. Try again later.";
    } else {
      task->deadline += task->tool->time_max;
      queue(task);
    }
    unsettled_.push_back(task);
  }
  time_.notify_one();
  return task->stop;
}

void Runner::queue(const TaskPtr& task) {
  const bool is_here = task->tool->server.empty();
  Lane& lane = is_here ? here_ : servers_;
  lane.waiting.push_back(task);
  ++unfinished_;
  const std::size_t threads_max = is_here ? options_.threads : options_.server_threads;
  if (lane.idle < lane.waiting.size() && lane.threads < threads_max) start_thread(lane);
  lane.work.notify_one();
}

void Runner::start_thread(Lane& lane) {
  ++lane.threads;
  threads_.emplace_back([this, &lane] { work(lane); });
}

void Runner::settle(const TaskPtr& task, ToolResult result) {
  Done done;
  {
    const std::lock_guard lock(mutex_);
    done = std::exchange(task->done, nullptr);
    std::erase(unsettled_, task);
    if (is_ending_ || task->stop.stop_requested()) return;
  }
  if (done) done(std::move(result));
}

ToolResult Runner::run_now(const Task& task) const {
  const auto input = json::Document::parse(task.use.input, json::Mode::foreign);
  if (!input || !input->root().is_object()) return tool_error("The input is no JSON object.");
  try {
    ToolResult result = task.tool->run(task.use.user, input->root(), task.stop.get_token());
    if (result.content.size() > options_.result_bytes_max)
      return tool_error("The result is longer than an answer can hold.");
    return result;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "threadkeep: the tool %s failed: %s\n", task.use.name.c_str(),
                 failure.what());
    return tool_error("The tool failed.");
  }
}

void Runner::work(Lane& lane) {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++lane.idle;
    lane.work.wait(lock, [&] { return is_ending_ || !lane.waiting.empty(); });
    --lane.idle;
    if (is_ending_) return;
    const TaskPtr task = std::move(lane.waiting.front());
    lane.waiting.pop_front();
    const bool is_awaited = task->done && !task->stop.stop_requested();
    lock.unlock();
    if (is_awaited) settle(task, run_now(*task));
    lock.lock();
    std::erase(unsettled_, task);
    --unfinished_;
  }
}

// A tool whose time is over goes on as long as it likes, on its thread: its result is of no use any
// more, and its place is taken until it returns.
void Runner::watch_time() {
  std::unique_lock lock(mutex_);
  while (!is_ending_) {
    const auto next = std::min_element(
        unsettled_.begin(), unsettled_.end(),
        [](const TaskPtr& a, const TaskPtr& b) { return a->deadline < b->deadline; });
    if (next == unsettled_.end()) {
      time_.wait(lock);
      continue;
    }
    if (Time::now() < (*next)->deadline) {
      // A copy: the task may be gone before the time is.
      const Time::time_point deadline = (*next)->deadline;
      time_.wait_until(lock, deadline);
      continue;
    }
    const TaskPtr task = *next;
    lock.unlock();
    settle(task, tool_error(task->refusal));
    task->stop.request_stop();
    lock.lock();
  }
}

}  // namespace threadkeep::tools
