#include "api/imports_under_way.h"

namespace threadkeep::api {

std::unique_ptr<ImportsUnderWay::Entry> ImportsUnderWay::begin(const UserId& user, const Ulid& id) {
  const std::lock_guard lock(mutex_);
  const Key key(user, id);
  if (!states_.try_emplace(key).second) return nullptr;
  return std::make_unique<Entry>(*this, key);
}

std::optional<ImportProgress> ImportsUnderWay::progress(const UserId& user, const Ulid& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(Key(user, id));
  if (found == states_.end()) return std::nullopt;
  return found->second.progress;
}

bool ImportsUnderWay::stop(const UserId& user, const Ulid& id) {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(Key(user, id));
  if (found == states_.end()) return false;
  found->second.is_stopped = true;
  return true;
}

ImportsUnderWay::Entry::~Entry() {
  const std::lock_guard lock(all_.mutex_);
  all_.states_.erase(key_);
}

bool ImportsUnderWay::Entry::report(const ImportProgress& progress) {
  const std::lock_guard lock(all_.mutex_);
  State& state = all_.states_.at(key_);
  state.progress = progress;
  return !state.is_stopped;
}

}  // namespace threadkeep::api
