#include "renditions/kept_renditions.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace threadkeep::renditions {
namespace {

constexpr std::size_t entry_bytes = 256;  // of one that has nothing

}  // namespace

void KeptRenditions::get(const std::string& name, Make make, Done done) {
  Thing thing;
  {
    const std::lock_guard lock(mutex_);
    if (const auto kept = kept_.find(name); kept != kept_.end()) {
      thing = kept->second.thing;
    } else {
      const auto same = std::find_if(unfinished_.begin(), unfinished_.end(),
                                     [&](const TaskPtr& task) { return task->name == name; });
      if (same != unfinished_.end()) {
        (*same)->waiting.push_back(std::move(done));
        return;
      }
      if (!stop_.stop_requested() && waiting_.size() < options_.waiting_max) {
        auto task = std::make_shared<Task>(Task{name, std::move(make), {}});
        task->waiting.push_back(std::move(done));
        unfinished_.push_back(task);
        waiting_.push_back(std::move(task));
        while (threads_.size() < options_.threads) threads_.emplace_back([this] { work(); });
        work_.notify_one();
        return;
      }
    }
  }
  done(thing);
}

std::int64_t KeptRenditions::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

void KeptRenditions::stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stop_.request_stop();
    threads.swap(threads_);
  }
  work_.notify_all();
  for (std::thread& thread : threads) thread.join();
  const std::lock_guard lock(mutex_);
  waiting_.clear();
  unfinished_.clear();
}

void KeptRenditions::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return stop_.stop_requested() || !waiting_.empty(); });
    if (stop_.stop_requested()) return;
    const TaskPtr task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    Made made{nullptr, 0, false};
    try {
      made = task->make(stop_.get_token());
    } catch (const std::exception&) {
      // There is no memory for it, or its file cannot be read now: the next one may come through.
    }
    lock.lock();
    ++count_;
    if (made.is_kept) keep(task->name, made);
    std::erase(unfinished_, task);
    const bool is_wanted = !stop_.stop_requested();
    lock.unlock();
    if (is_wanted) {
      for (const Done& done : task->waiting) done(made.thing);
    }
    lock.lock();
  }
}

void KeptRenditions::keep(const std::string& name, const Made& made) {
  const std::size_t bytes = made.bytes + entry_bytes;
  if (!kept_.emplace(name, Kept{made.thing, bytes}).second) return;
  kept_since_.push_back(name);
  kept_bytes_ += bytes;
  while (kept_bytes_ > options_.kept_bytes_max && !kept_since_.empty()) {
    const auto oldest = kept_.find(kept_since_.front());
    kept_since_.pop_front();
    kept_bytes_ -= oldest->second.bytes;
    kept_.erase(oldest);
  }
}

}  // namespace threadkeep::renditions
