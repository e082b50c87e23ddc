// Letting clients see an answer that another process writes: the row is read again and again.
#include <algorithm>
#include <utility>

#include "generation/engine.h"

namespace threadkeep {
namespace {

// As often as the other process stores what it has.
constexpr std::int64_t look_again_ms = 250;

// Only the process that writes the answer numbers its events.
GenerationEvent event_of_row(const Message& row, GenerationEvent::What what) {
  return {{row.id, 0}, std::move(what)};
}

}  // namespace

void Generations::Impl::follow(const UserId& user, const Message& row,
                               std::shared_ptr<Watcher> watcher) {
  Follower follower{user,
                    row.id,
                    std::move(watcher),
                    row.content,
                    row.status,
                    clock_.now_ms(),
                    std::chrono::steady_clock::now()};
  if (!follower.watcher->on_event(event_of_row(row, GenerationEvent::MessageStored{row}))) return;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    followers_.push_back(std::move(follower));
  }
  wake_.notify_one();
}

bool Generations::Impl::look_again(Follower& follower) const {
  const auto now = std::chrono::steady_clock::now();
  const auto row = store_.read(
      [&](const Reader& reader) { return reader.messages().find(follower.user, follower.answer); });
  const bool is_as_seen = row && row->content == follower.content && row->status == follower.status;
  if (!row || is_as_seen) {
    // A store that cannot be read now may be read later; an answer that was erased never.
    if (!row && row.error().code == Errc::not_found) return false;
    if (now - follower.told_at < limits_.quiet) return true;
    follower.told_at = now;
    return follower.watcher->on_quiet();
  }
  follower.told_at = now;
  follower.content = row->content;
  follower.status = row->status;
  Watcher& watcher = *follower.watcher;
  if (!watcher.on_event(event_of_row(*row, GenerationEvent::MessageStored{*row}))) return false;
  if (!is_final(row->status)) return true;
  if (watcher.on_event(event_of_row(*row, generation::status_of(*row))))
    watcher.on_event({{row->id, EventPosition::end}, GenerationEvent::End{}});
  return false;
}

// Only the thread looks at followers; calls that come in meanwhile add theirs after these.
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
