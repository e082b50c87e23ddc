// Keeps derived tables up with the commit sequences, on a thread of its own. What it writes goes
// through the engine like any other write, in slices, so that it delays nobody for long; where
// several processes follow, the lock of the user makes them take turns. Inside src/store.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"
#include "store/sql/derived.h"
#include "store/sql/engine.h"

namespace threadkeep::sql {

class Follower {
 public:
  // The engine and the tables must outlive the follower. It begins at once.
  Follower(Engine& engine, std::vector<const Derived*> tables);
  ~Follower();

  // Ends the thread, after the slice that it is at. Pokes are still allowed.
  void stop();

  // Something was committed. Any thread; returns at once.
  void poke();

 private:
  struct Owner {
    std::int64_t number = 0;
    UserId id;
  };
  void run();
  // Whether a slice was taken in, so that there may be more.
  bool follow(const Derived& table);
  // Users of whom the table lacks something, or is made anew.
  std::vector<Owner> read_lagging(const Derived& table);
  Result<void> write(const Owner& owner, const std::function<void(Transaction&)>& work);

  Engine& engine_;
  const std::vector<const Derived*> tables_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_news_ = true;    // guarded by the mutex
  bool is_ending_ = false;  // guarded by the mutex
  std::thread thread_;
};

}  // namespace threadkeep::sql
