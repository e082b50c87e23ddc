// Says every few seconds that this process lives, so that other processes on the same store leave
// its answers alone; and ends the answers of those that are gone.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/store.h"

namespace threadkeep {

// `store` must outlive it. Owns one thread.
class LeaseKeeper {
 public:
  explicit LeaseKeeper(Store& store,
                       std::chrono::milliseconds interval = std::chrono::milliseconds(5'000));
  ~LeaseKeeper();
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;

 private:
  void run();

  Store& store_;
  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_ending_ = false;  // guarded by the mutex
  std::thread thread_;
};

}  // namespace threadkeep
