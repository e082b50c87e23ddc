#include "store/sql/engine.h"

#include <algorithm>
#include <map>
#include <utility>

#include "store/sql/follower.h"
#include "store/sql/sql_blobs.h"

namespace threadkeep::sql {

Engine::Engine() = default;

Engine::~Engine() = default;

void Engine::follow(std::vector<const Derived*> tables) {
  if (!tables.empty()) follower_ = std::make_unique<Follower>(*this, std::move(tables));
}

void Engine::keep_blobs(std::unique_ptr<BlobContents> contents) {
  blobs_ = std::make_unique<SqlBlobs>(*this, std::move(contents));
}

void Engine::stop_following() {
  // Not reset(): the writer's thread may be inside tell_commit.
  if (follower_) follower_->stop();
}

void Engine::set_commit_listener(Store::CommitListener listener) {
  const std::lock_guard lock(listener_mutex_);
  listener_ = std::move(listener);
}

void Engine::tell_commit(const std::vector<Moved>& moved) {
  if (moved.empty()) return;
  std::map<UserId, std::int64_t> latest;
  for (const Moved& each : moved) {
    std::int64_t& seq = latest[each.user];
    seq = std::max(seq, each.seq);
  }
  const auto is_sequence = [](const auto& told) { return told.second > 0; };
  if (follower_ && std::any_of(latest.begin(), latest.end(), is_sequence)) follower_->poke();
  const std::lock_guard lock(listener_mutex_);
  if (!listener_) return;
  for (const auto& [user, seq] : latest) listener_(user, seq);
}

}  // namespace threadkeep::sql
