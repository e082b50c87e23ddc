// Empties the trash of all users, hour by hour: what Store::purge does, in small steps.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "store/store.h"

namespace threadkeep {

struct PurgerOptions {
  std::chrono::milliseconds first{60'000};  // after the start
  std::chrono::milliseconds between{3'600'000};
  std::chrono::milliseconds between_steps{50};  // so that others are served meanwhile
};

// Owns one thread. `store` and `clock` must outlive it. A purge that fails is told on stderr and
// tried again the next time.
class Purger {
 public:
  Purger(Store& store, const Clock& clock, const PurgerOptions& options = {});
  ~Purger();  // after the step that is running
  Purger(const Purger&) = delete;
  Purger& operator=(const Purger&) = delete;

 private:
  void run();
  bool sleep(std::chrono::milliseconds duration);  // false: it ends
  bool purge_all();                                // false: it ends

  Store& store_;
  const Clock& clock_;
  const PurgerOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_ending_ = false;  // guarded by the mutex
  std::thread thread_;
};

}  // namespace threadkeep
