// A listener to a call that other threads speak to.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "llm/heard.h"

namespace threadkeep::llm {

class Hearing {
 public:
  std::function<void(Event)> ear() {
    return [this](const Event& event) {
      const std::lock_guard lock(mutex_);
      heard_.add(event);
      changed_.notify_all();
    };
  }
  // False when it did not happen within ten seconds.
  bool wait_until(const std::function<bool(const Heard&)>& happened) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return happened(heard_); });
  }
  bool wait_for_end() {
    return wait_until([](const Heard& heard) { return heard.is_ended(); });
  }
  Heard heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Heard heard_;
};

}  // namespace threadkeep::llm
