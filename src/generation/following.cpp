// Letting clients see an answer that another process writes: what is new of it is read whenever the
// store tells that something of the user's was written, and now and then, as news may get lost.
#include <algorithm>
#include <utility>

#include "generation/engine.h"

namespace threadkeep {
namespace {

// With news, and without.
constexpr std::int64_t between_looks_ms = 100;
constexpr std::int64_t look_again_ms = 2'000;

// Only the process that writes the answer numbers its events.
GenerationEvent event_of_row(const Message& row, GenerationEvent::What what) {
  return {{row.id, 0}, std::move(what)};
}

}  // namespace

void Generations::Impl::follow(const UserId& user, const Message& row,
                               std::shared_ptr<Watcher> watcher) {
  const GenerationEvent event = event_of_row(row, GenerationEvent::MessageStored{row});
  if (!watcher->on_event(event)) return;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    // It may have been written on since the row was read.
    followers_.push_back({user,
                          row,
                          std::move(watcher),
                          {},
                          clock_.monotonic_ms(),
                          std::chrono::steady_clock::now(),
                          true});
    followed_.insert(user);
  }
  wake_.notify_one();
}

Result<bool> Generations::Impl::read_on(Follower& follower) const {
  const auto read_from = [&](std::size_t part) {
    return store_.read([&](const Reader& reader) {
      return reader.answers().progress(follower.user, follower.row.id,
                                       static_cast<std::int64_t>(part));
    });
  };
  auto progress = read_from(std::max<std::size_t>(1, follower.parts.size()));
  if (!progress) return tl::unexpected(progress.error());
  std::vector<std::string>& parts = follower.parts;
  const bool begins_anew =
      !parts.empty() &&
      (progress->parts.empty() || progress->parts.front().text.size() < parts.back().size());
  if (begins_anew) {
    parts.clear();
    progress = read_from(1);
    if (!progress) return tl::unexpected(progress.error());
  }
  for (AnswerPart& part : progress->parts) {
    parts.resize(std::max(parts.size(), static_cast<std::size_t>(part.number)));
    parts[static_cast<std::size_t>(part.number) - 1] = std::move(part.text);
  }
  std::string content;
  for (const std::string& part : parts) content += part;
  content += parts.empty() ? follower.row.content : progress->closing;
  const bool is_other = content != follower.row.content || progress->status != follower.row.status;
  follower.row.content = std::move(content);
  follower.row.status = progress->status;
  return is_other;
}

bool Generations::Impl::show_end(const Follower& follower) const {
  const auto row = store_.read(
      [&](const Reader& reader) { return reader.messages().find(follower.user, follower.row.id); });
  // A store that cannot be read now may be read later; an answer that was erased never.
  if (!row) return row.error().code != Errc::not_found;
  Watcher& watcher = *follower.watcher;
  if (watcher.on_event(event_of_row(*row, GenerationEvent::MessageStored{*row})) &&
      watcher.on_event(event_of_row(*row, generation::status_of(*row)))) {
    watcher.on_event({{row->id, EventPosition::end}, GenerationEvent::End{}});
  }
  return false;
}

bool Generations::Impl::look_again(Follower& follower) const {
  const auto now = std::chrono::steady_clock::now();
  const auto is_other = read_on(follower);
  if (!is_other && is_other.error().code == Errc::not_found) return false;
  if (is_final(follower.row.status)) return show_end(follower);
  if (is_other && *is_other) {
    follower.told_at = now;
    return follower.watcher->on_event(
        event_of_row(follower.row, GenerationEvent::MessageStored{follower.row}));
  }
  if (now - follower.told_at < limits_.quiet) return true;
  follower.told_at = now;
  return follower.watcher->on_quiet();
}

void Generations::Impl::hear_of(const UserId& user) {
  const std::lock_guard lock(mutex_);
  if (followed_.contains(user)) heard_of_.insert(user);
}

// Only the thread looks at followers; calls that come in meanwhile add theirs after these.
void Generations::Impl::look_after_followers(MonotonicMs now) {
  std::vector<Follower> followers;
  std::set<UserId> heard_of;
  {
    const std::lock_guard lock(mutex_);
    followers.swap(followers_);
    heard_of.swap(heard_of_);
  }
  std::vector<UserId> left;
  std::erase_if(followers, [&](Follower& follower) {
    follower.has_news = follower.has_news || heard_of.contains(follower.user);
    const auto wait = follower.has_news ? between_looks_ms : look_again_ms;
    if (now - follower.looked_at < wait) return false;
    follower.looked_at = now;
    follower.has_news = false;
    if (look_again(follower)) return false;
    left.push_back(follower.user);
    return true;
  });
  const std::lock_guard lock(mutex_);
  for (const UserId& user : left) followed_.erase(followed_.find(user));
  std::move(followers_.begin(), followers_.end(), std::back_inserter(followers));
  followers_ = std::move(followers);
}

}  // namespace threadkeep
