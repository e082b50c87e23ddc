#include "sync/ticker.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

namespace threadkeep {
namespace {

std::chrono::milliseconds run_once(const Job& job) {
  try {
    return job.run();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "threadkeep: %s failed: %s\n", job.name.c_str(), failure.what());
    return job.first;
  }
}

}  // namespace

Ticker::Ticker(std::vector<Job> jobs) {
  const auto now = Time::now();
  for (Job& job : jobs) {
    const auto at = now + job.first;
    planned_.push_back({std::move(job), at});
  }
  thread_ = std::thread([this] { run(); });
}

Ticker::~Ticker() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Ticker::run() {
  if (planned_.empty()) return;
  std::unique_lock lock(mutex_);
  for (;;) {
    Planned& next = *std::min_element(planned_.begin(), planned_.end(),
                                      [](const auto& a, const auto& b) { return a.at < b.at; });
    if (wake_.wait_until(lock, next.at, [this] { return is_ending_; })) return;
    lock.unlock();
    const auto wait = run_once(next.job);
    next.at = Time::now() + wait;
    lock.lock();
  }
}

}  // namespace threadkeep
