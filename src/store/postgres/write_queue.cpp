#include "store/postgres/write_queue.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <random>
#include <utility>

namespace threadkeep::postgres {
namespace {

// So that no transaction holds the locks of very many users, or holds them for long.
constexpr std::size_t batch_max = 256;
constexpr int pause_min_ms = 5;
constexpr int pause_max_ms = 100;
constexpr int doublings_max = 5;

// Of a random length: those that met each other must not meet again.
std::chrono::milliseconds pause_before_try(int times_aside) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const int longest = std::min(pause_max_ms, pause_min_ms << std::min(times_aside, doublings_max));
  return std::chrono::milliseconds(
      std::uniform_int_distribution<int>(pause_min_ms, longest)(random));
}

}  // namespace

struct WriteQueue::Sleeper {
  std::condition_variable changed;
  bool is_woken = false;
};

std::size_t WriteBatch::size() const {
  std::size_t size = 0;
  for (const UserWrites& of_user : users) size += of_user.writes.size();
  return size;
}

void WriteQueue::push(sql::Write write) {
  const std::lock_guard lock(mutex_);
  const Whose user = write.user;
  OfUser& of_user = users_[user];
  of_user.waiting.push_back({std::move(write)});
  if (!of_user.is_scheduled) make_ready(user, of_user);
}

void WriteQueue::make_ready(const Whose& user, OfUser& of_user) {
  of_user.is_scheduled = true;
  ready_.push_back(user);
  wake_one();
}

void WriteQueue::wake_one() {
  if (sleepers_.empty()) return;
  Sleeper& sleeper = *sleepers_.back();
  sleepers_.pop_back();
  sleeper.is_woken = true;
  sleeper.changed.notify_one();
}

// Until it is woken, or there may be something to do that was set aside.
void WriteQueue::sleep(std::unique_lock<std::mutex>& lock) {
  Sleeper sleeper;
  sleepers_.push_back(&sleeper);
  const auto is_woken = [&] { return sleeper.is_woken; };
  if (aside_.empty()) {
    sleeper.changed.wait(lock, is_woken);
  } else {
    // A copy: the wait reads it after others could have taken it from the map.
    const SteadyTime next = aside_.begin()->first;
    sleeper.changed.wait_until(lock, next, is_woken);
  }
  if (!sleeper.is_woken) std::erase(sleepers_, &sleeper);
}

WriteBatch WriteQueue::take() {
  std::unique_lock lock(mutex_);
  WriteBatch batch;
  for (;;) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (!aside_.empty() && aside_.begin()->first <= now) {
      take_set_aside(now, batch);
    } else if (!ready_.empty()) {
      take_ready(batch);
    }
    if (!batch.users.empty()) return batch;
    if (is_ending_ && aside_.empty()) return batch;
    sleep(lock);
  }
}

// Of the user, as many writes as there is still room for.
void WriteQueue::take_from(const Whose& user, WriteBatch& batch) {
  OfUser& of_user = users_.at(user);
  const std::size_t count = std::min(of_user.waiting.size(), batch_max - batch.size());
  assert(count > 0);
  const auto end = of_user.waiting.begin() + static_cast<std::ptrdiff_t>(count);
  UserWrites taken{user, {}};
  taken.writes.assign(std::make_move_iterator(of_user.waiting.begin()),
                      std::make_move_iterator(end));
  of_user.waiting.erase(of_user.waiting.begin(), end);
  batch.users.push_back(std::move(taken));
}

void WriteQueue::take_ready(WriteBatch& batch) {
  // What belongs to nobody locks users of its own accord: together with others it could wait in a
  // circle.
  if (!ready_.front()) {
    take_from(ready_.front(), batch);
    ready_.pop_front();
    return;
  }
  for (auto next = ready_.begin(); next != ready_.end() && batch.size() < batch_max;) {
    if (!*next) {
      ++next;
      continue;
    }
    take_from(*next, batch);
    next = ready_.erase(next);
  }
}

void WriteQueue::take_set_aside(SteadyTime now, WriteBatch& batch) {
  batch.was_set_aside = true;
  while (!aside_.empty() && aside_.begin()->first <= now && batch.size() < batch_max) {
    const Whose user = aside_.begin()->second;
    if (!user && !batch.users.empty()) return;
    take_from(user, batch);
    aside_.erase(aside_.begin());
    if (!user) return;
  }
}

void WriteQueue::finish(const Whose& user) {
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(user);
  found->second.times_aside = 0;
  if (!found->second.waiting.empty()) return make_ready(user, found->second);
  users_.erase(found);
}

void WriteQueue::set_aside(UserWrites writes) {
  const std::lock_guard lock(mutex_);
  OfUser& of_user = users_.at(writes.user);
  of_user.waiting.insert(of_user.waiting.begin(), std::make_move_iterator(writes.writes.begin()),
                         std::make_move_iterator(writes.writes.end()));
  const auto until = std::chrono::steady_clock::now() + pause_before_try(of_user.times_aside++);
  aside_.emplace(until, writes.user);
  wake_one();
}

void WriteQueue::end() {
  const std::lock_guard lock(mutex_);
  is_ending_ = true;
  while (!sleepers_.empty()) wake_one();
}

}  // namespace threadkeep::postgres
