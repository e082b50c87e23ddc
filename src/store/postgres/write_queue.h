// Which writes run next. The writes of one user run in the order in which they came, in one lane at
// a time; those of different users in any order and side by side.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "store/sql/engine.h"

namespace threadkeep::postgres {

using SteadyTime = std::chrono::steady_clock::time_point;

struct WaitingWrite {
  sql::Write write;
  // Since when it is known that its user is locked by somebody else.
  std::optional<SteadyTime> locked_since = std::nullopt;
};

// Of one user, in their order. No user: rows that belong to nobody, which are nobody else's either.
struct UserWrites {
  std::optional<UserId> user;
  std::vector<WaitingWrite> writes;
};

// What a lane takes at once. For each of its users it ends with finish() or set_aside().
struct WriteBatch {
  std::vector<UserWrites> users;
  bool was_set_aside = false;  // these users were locked by somebody else when last seen

  std::size_t size() const;
};

// Safe from several threads.
class WriteQueue {
 public:
  // Returns at once.
  void push(sql::Write write);
  // Blocks until there is something to do; an empty batch is the end. Writes without a user come
  // alone.
  WriteBatch take();
  // The batch's writes of this user are done with: the user's next ones may run.
  void finish(const std::optional<UserId>& user);
  // Gives back writes that could not run, to the front of their user's: they come again after a
  // pause, which grows from one time to the next.
  void set_aside(UserWrites writes);
  // No more will be pushed. What waits is still given out.
  void end();

 private:
  using Whose = std::optional<UserId>;
  struct OfUser {
    std::deque<WaitingWrite> waiting;
    int times_aside = 0;
    bool is_scheduled = false;  // in ready_ or aside_, or with a lane
  };

  struct Sleeper;

  // All of these under the mutex.
  void make_ready(const Whose& user, OfUser& of_user);
  void wake_one();
  void sleep(std::unique_lock<std::mutex>& lock);
  void take_from(const Whose& user, WriteBatch& batch);
  void take_ready(WriteBatch& batch);
  void take_set_aside(SteadyTime now, WriteBatch& batch);

  std::mutex mutex_;  // guards all that follows
  // The lanes that wait, in the order in which they began to. The last one is woken first: its
  // connection is open and warm, and others are opened only when they are needed.
  std::vector<Sleeper*> sleepers_;
  std::map<Whose, OfUser> users_;           // those with waiting writes, or with a lane
  std::deque<Whose> ready_;                 // in the order in which they became so
  std::multimap<SteadyTime, Whose> aside_;  // until when
  bool is_ending_ = false;
};

}  // namespace threadkeep::postgres
