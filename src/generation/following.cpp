// Letting clients see an answer that another process writes: the row is read again and again.
#include <algorithm>
#include <utility>

#include "generation/engine.h"

namespace threadkeep {
namespace {

// As often as the other process stores what it has.
constexpr std::int64_t look_again_ms = 250;

}  // namespace

void Generations::Impl::follow(const UserId& user, const Message& row,
                               std::shared_ptr<Watcher> watcher) {
  Follower follower{user, row.id, std::move(watcher), 1, row.content, row.status, clock_.now_ms()};
  const std::string id = row.id.text() + "-1";
  if (!follower.watcher->on_event({id, "message", generation::message_event_data(row)})) return;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    followers_.push_back(std::move(follower));
  }
  wake_.notify_one();
}

bool Generations::Impl::look_again(Follower& follower) const {
  const auto row = store_.find_message(follower.user, follower.answer);
  // A store that cannot be read now may be read later; an answer that was erased never.
  if (!row) return row.error().code != Errc::not_found;
  if (row->content == follower.content && row->status == follower.status) return true;
  follower.content = row->content;
  follower.status = row->status;
  const auto send = [&](std::string_view name, std::string data) {
    const std::string id = row->id.text() + "-" + std::to_string(++follower.events);
    return follower.watcher->on_event({id, name, std::move(data)});
  };
  if (!send("message", generation::message_event_data(*row))) return false;
  if (!is_final(row->status)) return true;
  if (send("status", generation::status_data(row->id, row->status, row->usage, row->error)) &&
      send("end", "{}")) {
    follower.watcher->on_end();
  }
  return false;
}

// Only the thread looks at followers; calls that come in meanwhile add theirs behind these.
void Generations::Impl::look_after_followers(UnixMs now) {
  std::vector<Follower> followers;
  {
    const std::lock_guard lock(mutex_);
    followers.swap(followers_);
  }
  std::erase_if(followers, [&](Follower& follower) {
    if (now - follower.looked_at < look_again_ms) return false;
    follower.looked_at = now;
    return !look_again(follower);
  });
  const std::lock_guard lock(mutex_);
  std::move(followers_.begin(), followers_.end(), std::back_inserter(followers));
  followers_ = std::move(followers);
}

}  // namespace threadkeep
