// Letting clients see an answer that another process writes: what is new of it is read again and
// again.
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
  const GenerationEvent event = event_of_row(row, GenerationEvent::MessageStored{row});
  if (!watcher->on_event(event)) return;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    followers_.push_back(
        {user, row, std::move(watcher), {}, clock_.now_ms(), std::chrono::steady_clock::now()});
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
