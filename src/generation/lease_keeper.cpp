#include "generation/lease_keeper.h"

namespace threadkeep {

LeaseKeeper::LeaseKeeper(Store& store, std::chrono::milliseconds interval)
    : store_(store), interval_(interval), thread_([this] { run(); }) {}

LeaseKeeper::~LeaseKeeper() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void LeaseKeeper::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, interval_, [this] { return is_ending_; })) {
    lock.unlock();
    // A store that cannot be written now complains by itself; the lease is longer than one
    // interval.
    static_cast<void>(store_.keep_lease());
    lock.lock();
  }
}

}  // namespace threadkeep
