#include "llm/paced_calls.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace threadkeep::llm {
namespace {

using Instant = std::chrono::steady_clock::time_point;

struct Run {
  std::vector<Event> events;
  std::size_t next = 0;
  std::chrono::microseconds pause{};
  Instant due;
  std::function<void(Event)> on_event;
};

}  // namespace

class PacedCalls::Impl {
 public:
  Impl() : thread_([this] { work(); }) {}

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void add(std::shared_ptr<Run> run) {
    {
      const std::lock_guard lock(mutex_);
      runs_.push_back(std::move(run));
    }
    changed_.notify_all();
  }

  // When it returns, none of the run's events is being delivered, unless by this very thread, and
  // none will be.
  void cancel(const std::shared_ptr<Run>& run) {
    std::unique_lock lock(mutex_);
    std::erase(runs_, run);
    if (std::this_thread::get_id() == thread_.get_id()) return;
    changed_.wait(lock, [&] { return speaking_ != run; });
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      const auto first = std::min_element(
          runs_.begin(), runs_.end(), [](const auto& a, const auto& b) { return a->due < b->due; });
      if (first == runs_.end()) {
        changed_.wait(lock);
      } else if (const Instant due = (*first)->due; due > std::chrono::steady_clock::now()) {
        changed_.wait_until(lock, due);
      } else {
        speak(*first, lock);
      }
    }
  }

  void speak(std::shared_ptr<Run> run, std::unique_lock<std::mutex>& lock) {
    Event event = std::move(run->events[run->next++]);
    // From the planned moment, so that the pace does not depend on how late the thread was; without
    // catching up after a standstill.
    run->due = std::max(run->due + run->pause, std::chrono::steady_clock::now() - run->pause);
    if (run->next == run->events.size()) std::erase(runs_, run);
    speaking_ = run;
    lock.unlock();
    run->on_event(std::move(event));
    lock.lock();
    speaking_ = nullptr;
    changed_.notify_all();
    // What the function holds may end other calls when it dies.
    lock.unlock();
    run.reset();
    lock.lock();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Run>> runs_;  // that have something to say
  std::shared_ptr<Run> speaking_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

namespace {

class PacedCall : public Call {
 public:
  explicit PacedCall(std::function<void()> cancel) : cancel_(std::move(cancel)) {}
  ~PacedCall() override { cancel_(); }

 private:
  std::function<void()> cancel_;
};

}  // namespace

PacedCalls::PacedCalls() : impl_(std::make_shared<Impl>()) {}

PacedCalls::~PacedCalls() { impl_->stop(); }

std::unique_ptr<Call> PacedCalls::start(std::vector<Event> events, std::chrono::microseconds pause,
                                        std::function<void(Event)> on_event) {
  auto run = std::make_shared<Run>();
  run->events = std::move(events);
  run->pause = pause;
  run->due = std::chrono::steady_clock::now();
  run->on_event = std::move(on_event);
  auto call = std::make_unique<PacedCall>([impl = impl_, run] { impl->cancel(run); });
  if (!run->events.empty()) impl_->add(run);
  return call;
}

}  // namespace threadkeep::llm
