#include "store/sql/engine.h"

#include <map>
#include <utility>

namespace threadkeep::sql {

void Engine::set_commit_listener(Store::CommitListener listener) {
  const std::lock_guard lock(listener_mutex_);
  listener_ = std::move(listener);
}

void Engine::tell_commit(const std::vector<Moved>& moved) {
  if (moved.empty()) return;
  const std::lock_guard lock(listener_mutex_);
  if (!listener_) return;
  std::map<UserId, std::int64_t> latest;
  for (const Moved& each : moved) latest[each.user] = each.seq;
  for (const auto& [user, seq] : latest) listener_(user, seq);
}

}  // namespace threadkeep::sql
