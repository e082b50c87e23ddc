#include "sync/hub.h"

#include <algorithm>
#include <utility>

namespace threadkeep {

Hub::Hub(const HubOptions& options) : options_(options), thread_([this] { run(); }) {}

Hub::~Hub() { stop(); }

Hub::Admission Hub::listen(const UserId& user, std::shared_ptr<Listener> listener) {
  const std::lock_guard lock(mutex_);
  if (is_ending_) return Admission::stopping;
  Listeners& own = listeners_[user];
  if (own.size() >= options_.listeners_per_user_max || listener_count_ >= options_.listeners_max) {
    if (own.empty()) listeners_.erase(user);
    return Admission::too_many;
  }
  own.push_back(std::move(listener));
  ++listener_count_;
  return Admission::listening;
}

void Hub::leave(const UserId& user, const Listener* listener) {
  std::shared_ptr<Listener> gone;  // dies outside of the lock
  const std::lock_guard lock(mutex_);
  const auto own = listeners_.find(user);
  if (own == listeners_.end()) return;
  const auto found = std::find_if(own->second.begin(), own->second.end(),
                                  [&](const auto& each) { return each.get() == listener; });
  if (found == own->second.end()) return;
  gone = std::move(*found);
  own->second.erase(found);
  --listener_count_;
  if (own->second.empty()) listeners_.erase(own);
}

void Hub::poke(const UserId& user, std::int64_t seq) {
  const std::lock_guard lock(mutex_);
  if (!listeners_.contains(user)) return;
  News& news = news_[user];
  news.seq = std::max(news.seq, seq);
  if (news_.size() == 1) changed_.notify_one();
}

void Hub::title(const UserId& user, std::string data) {
  const std::lock_guard lock(mutex_);
  if (!listeners_.contains(user)) return;
  news_[user].titles.push_back(std::move(data));
  changed_.notify_one();
}

void Hub::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::size_t Hub::listeners() const {
  const std::lock_guard lock(mutex_);
  return listener_count_;
}

Hub::Listeners Hub::listeners_of(const UserId& user) const {
  const std::lock_guard lock(mutex_);
  const auto own = listeners_.find(user);
  return own == listeners_.end() ? Listeners() : own->second;
}

void Hub::tell(const std::map<UserId, News>& news) {
  for (const auto& [user, each] : news) {
    for (const auto& listener : listeners_of(user)) {
      bool is_there = each.seq == 0 || listener->on_poke(each.seq);
      for (const std::string& title : each.titles) {
        is_there = is_there && listener->on_title(title);
      }
      if (!is_there) leave(user, listener.get());
    }
  }
}

void Hub::tell_quiet() {
  std::vector<std::pair<UserId, std::shared_ptr<Listener>>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [user, own] : listeners_) {
      for (const auto& listener : own) all.emplace_back(user, listener);
    }
  }
  for (const auto& [user, listener] : all) {
    if (!listener->on_quiet()) leave(user, listener.get());
  }
}

// Listeners are told outside of the lock: whoever commits never waits for one.
void Hub::run() {
  using Time = std::chrono::steady_clock;
  auto quiet_at = Time::now() + options_.quiet;
  auto next_poke_at = Time::now();
  std::unique_lock lock(mutex_);
  while (!is_ending_) {
    changed_.wait_until(lock, quiet_at, [this] { return is_ending_ || !news_.empty(); });
    // What comes within this time is merged with it.
    changed_.wait_until(lock, next_poke_at, [this] { return is_ending_; });
    const std::map<UserId, News> news = std::exchange(news_, {});
    const bool is_quiet_due = Time::now() >= quiet_at;
    lock.unlock();
    tell(news);
    if (!news.empty()) next_poke_at = Time::now() + options_.between_pokes;
    if (is_quiet_due) {
      tell_quiet();
      quiet_at = Time::now() + options_.quiet;
    }
    lock.lock();
  }
  const auto all = std::exchange(listeners_, {});
  listener_count_ = 0;
  lock.unlock();
  for (const auto& [user, own] : all) {
    for (const auto& listener : own) listener->on_stop();
  }
}

}  // namespace threadkeep
