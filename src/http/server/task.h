// What crosses between the listener's thread and the others.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace threadkeep::http {

// Something that is worked on by a worker and delivered on the listener's thread; many need only
// one of the two.
class Task {
 public:
  virtual ~Task() = default;
  virtual void work() {}
  virtual void deliver() {}
};

// Carries tasks to the listener's thread. One wake-up serves all tasks that arrive until it is
// handled: a group commit answers many requests at once. Safe from several threads, also after the
// listener is gone.
class Inbox {
 public:
  // `wake` makes the listener's thread call drain() soon.
  explicit Inbox(std::function<void()> wake) : wake_(std::move(wake)) {}
  void push(std::shared_ptr<Task> task);
  // Delivers what has arrived. Listener's thread.
  void drain();
  // Drops what has arrived and what will: nothing is delivered and `wake` is not called any more.
  void close();

 private:
  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<std::shared_ptr<Task>> arrived_;
  std::vector<std::shared_ptr<Task>> in_delivery_;  // listener's thread
  bool awake_ = false;
  bool closed_ = false;
};

// A fixed number of threads that work on tasks in the order of submission. Threads start with
// start().
class Workers {
 public:
  Workers() = default;
  ~Workers() { stop(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void start(int threads);
  void submit(std::shared_ptr<Task> task);
  // All of them with one wake-up; leaves `tasks` empty.
  void submit_all(std::vector<std::shared_ptr<Task>>& tasks);
  // How many tasks would have to wait for a thread when there were `more`. Any thread.
  std::size_t waiting(std::size_t more) const {
    const std::size_t in_hand = in_hand_.load(std::memory_order_relaxed) + more;
    return in_hand - std::min(in_hand, thread_count_);
  }
  // Drops what has not begun.
  void begin_stop();
  // As begin_stop(), and waits for what has begun.
  void stop();

 private:
  void run();
  void enqueue(std::shared_ptr<Task> task);  // under mutex_
  bool should_wake();                        // under mutex_

  std::mutex mutex_;
  std::condition_variable filled_;
  std::vector<std::shared_ptr<Task>> queue_;  // a ring, so that a steady state allocates nothing
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::atomic<std::size_t> in_hand_ = 0;  // wait or are worked on
  std::size_t thread_count_ = 0;
  int idle_ = 0;
  int waking_ = 0;  // notified, not yet awake
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace threadkeep::http
