#include "http/server/task.h"

#include <utility>

namespace threadkeep::http {

void Inbox::push(std::shared_ptr<Task> task) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  arrived_.push_back(std::move(task));
  if (awake_) return;
  awake_ = true;
  wake_();
}

void Inbox::drain() {
  constexpr int rounds_max = 4;  // then the sockets have their turn
  for (int round = 0; round < rounds_max; ++round) {
    {
      const std::lock_guard lock(mutex_);
      if (arrived_.empty()) {
        awake_ = false;
        return;
      }
      in_delivery_.swap(arrived_);
    }
    for (auto& task : in_delivery_) task->deliver();
    in_delivery_.clear();
  }
  const std::lock_guard lock(mutex_);
  if (!closed_) wake_();
}

void Inbox::close() {
  std::vector<std::shared_ptr<Task>>
      dropped;  // destroyed after the lock: a task may push when it dies
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(arrived_);
}

void Workers::start(int threads) {
  thread_count_ = static_cast<std::size_t>(threads);
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

void Workers::enqueue(std::shared_ptr<Task> task) {
  if (count_ == queue_.size()) {
    std::vector<std::shared_ptr<Task>> wider(queue_.size() * 2 + 16);
    for (std::size_t i = 0; i < count_; ++i) {
      wider[i] = std::move(queue_[(first_ + i) % queue_.size()]);
    }
    queue_.swap(wider);
    first_ = 0;
  }
  queue_[(first_ + count_++) % queue_.size()] = std::move(task);
  in_hand_.fetch_add(1, std::memory_order_relaxed);
}

// One thread at a time is woken: it wakes the next when there is more to do.
bool Workers::should_wake() {
  if (count_ == 0 || idle_ == 0 || waking_ > 0) return false;
  ++waking_;
  return true;
}

void Workers::submit(std::shared_ptr<Task> task) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    enqueue(std::move(task));
    wake = should_wake();
  }
  if (wake) filled_.notify_one();
}

void Workers::submit_all(std::vector<std::shared_ptr<Task>>& tasks) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    for (auto& task : tasks) {
      if (!stopped_) enqueue(std::move(task));
    }
    wake = should_wake();
  }
  tasks.clear();
  if (wake) filled_.notify_one();
}

void Workers::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (count_ == 0 && !stopped_) {
      ++idle_;
      filled_.wait(lock);
      --idle_;
      if (waking_ > 0) --waking_;
    }
    if (stopped_) return;
    auto task = std::move(queue_[first_]);
    first_ = (first_ + 1) % queue_.size();
    --count_;
    const bool wake_next = should_wake();
    lock.unlock();
    if (wake_next) filled_.notify_one();
    task->work();
    task.reset();
    in_hand_.fetch_sub(1, std::memory_order_relaxed);
    lock.lock();
  }
}

void Workers::begin_stop() {
  std::vector<std::shared_ptr<Task>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(queue_);
    count_ = 0;
  }
  filled_.notify_all();
}

void Workers::stop() {
  begin_stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace threadkeep::http
