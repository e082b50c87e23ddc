#include "sync/hub.h"

#include <algorithm>
#include <utility>

namespace threadkeep {

Hub::Hub(const HubOptions& options) : options_(options), thread_([this] { run(); }) {}

Hub::~Hub() { stop(); }

Hub::Admission Hub::subscribe(const UserId& user, std::shared_ptr<Subscriber> subscriber) {
  const std::lock_guard lock(mutex_);
  if (is_ending_) return Admission::stopping;
  Subscribers& own = subscribers_[user];
  if (own.size() >= options_.subscribers_per_user_max ||
      subscriber_count_ >= options_.subscribers_max) {
    if (own.empty()) subscribers_.erase(user);
    return Admission::too_many;
  }
  own.push_back(std::move(subscriber));
  ++subscriber_count_;
  return Admission::subscribed;
}

void Hub::unsubscribe(const UserId& user, const Subscriber* subscriber) {
  std::shared_ptr<Subscriber> gone;  // dies outside of the lock
  const std::lock_guard lock(mutex_);
  const auto own = subscribers_.find(user);
  if (own == subscribers_.end()) return;
  const auto found = std::find_if(own->second.begin(), own->second.end(),
                                  [&](const auto& each) { return each.get() == subscriber; });
  if (found == own->second.end()) return;
  gone = std::move(*found);
  own->second.erase(found);
  --subscriber_count_;
  if (own->second.empty()) subscribers_.erase(own);
}

void Hub::poke(const UserId& user, std::int64_t seq) {
  const std::lock_guard lock(mutex_);
  if (!subscribers_.contains(user)) return;
  News& news = news_[user];
  news.seq = std::max(news.seq, seq);
  if (news_.size() == 1) changed_.notify_one();
}

void Hub::tell_title(const UserId& user, TitleChanged changed) {
  const std::lock_guard lock(mutex_);
  if (!subscribers_.contains(user)) return;
  news_[user].titles.push_back(std::move(changed));
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

std::size_t Hub::subscriber_count() const {
  const std::lock_guard lock(mutex_);
  return subscriber_count_;
}

Hub::Subscribers Hub::subscribers_of(const UserId& user) const {
  const std::lock_guard lock(mutex_);
  const auto own = subscribers_.find(user);
  return own == subscribers_.end() ? Subscribers() : own->second;
}

void Hub::tell(const std::map<UserId, News>& news) {
  for (const auto& [user, each] : news) {
    for (const auto& subscriber : subscribers_of(user)) {
      bool is_there = each.seq == 0 || subscriber->on_notice(Poke{each.seq});
      for (const TitleChanged& title : each.titles) {
        is_there = is_there && subscriber->on_notice(title);
      }
      if (!is_there) unsubscribe(user, subscriber.get());
    }
  }
}

void Hub::tell_quiet() {
  std::vector<std::pair<UserId, std::shared_ptr<Subscriber>>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [user, own] : subscribers_) {
      for (const auto& subscriber : own) all.emplace_back(user, subscriber);
    }
  }
  for (const auto& [user, subscriber] : all) {
    if (!subscriber->on_notice(Quiet{})) unsubscribe(user, subscriber.get());
  }
}

// Subscribers are told outside of the lock: whoever commits never waits for one.
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
  const auto all = std::exchange(subscribers_, {});
  subscriber_count_ = 0;
  lock.unlock();
  for (const auto& [user, own] : all) {
    for (const auto& subscriber : own) subscriber->on_notice(Stopping{});
  }
}

}  // namespace threadkeep
