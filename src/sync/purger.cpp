#include "sync/purger.h"

#include <cstdio>

namespace threadkeep {

Purger::Purger(Store& store, const Clock& clock, const PurgerOptions& options)
    : store_(store), clock_(clock), options_(options), thread_([this] { run(); }) {}

Purger::~Purger() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Purger::run() {
  if (!sleep(options_.first)) return;
  while (purge_all() && sleep(options_.between)) {
  }
}

bool Purger::sleep(std::chrono::milliseconds duration) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, duration, [this] { return is_ending_; });
}

bool Purger::purge_all() {
  for (;;) {
    const auto purged = store_.purge(clock_.now_ms());
    if (!purged) {
      std::fprintf(stderr, "threadkeep: the trash could not be emptied: %s\n",
                   purged.error().detail.c_str());
      return true;
    }
    if (!purged->has_more) return true;
    if (!sleep(options_.between_steps)) return false;
  }
}

}  // namespace threadkeep
