// A thread with a connection for writing: takes what waits, locks the users of all of it in the
// order of their numbers, runs it in one transaction, commits once, and then tells them all. Who is
// locked by somebody else is set aside, so that nobody waits for another user.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "store/postgres/postgres_connection.h"
#include "store/postgres/session.h"
#include "store/postgres/write_queue.h"
#include "store/sql/engine.h"

namespace threadkeep::postgres {

class WriterLane {
 public:
  // Told of each commit, from the lane's thread.
  using Tell = std::function<void(const std::vector<sql::Moved>& moved)>;
  // All that is given must outlive the lane. Its connection is opened when it is needed.
  WriterLane(const PostgresOptions& options, const Clock& clock, WriteQueue& queue, Tell tell);
  ~WriterLane();  // after the end of the queue
  WriterLane(const WriterLane&) = delete;
  WriterLane& operator=(const WriterLane&) = delete;

 private:
  using Writes = std::vector<const sql::Write*>;
  // What to do about users whom somebody else has locked: wait for lock_wait_ms, and fail; or leave
  // them out.
  enum class Locked { waited_for, left_out };
  struct Outcome {
    std::optional<PostgresFailure> failure = std::nullopt;
    std::vector<UserId> left_out = {};  // nothing was run because of them
  };

  void run();
  void commit(WriteBatch batch);
  void commit_one_by_one(WriteBatch batch);
  void settle(const WriteBatch& batch, const std::optional<PostgresFailure>& failure);
  // Takes the users out of the batch.
  void set_aside(WriteBatch& batch, const std::vector<UserId>& users);
  // Those of the writes that have waited long enough fail; the others come again.
  void set_aside(UserWrites writes);
  // Tries again what may succeed then.
  Outcome try_commit(const Writes& writes, Locked locked);
  Outcome commit_once(const Writes& writes, Locked locked);
  void lock_users(const Writes& writes);
  std::vector<UserId> lock_free_users(const Writes& writes);
  void roll_back() noexcept;

  const PostgresOptions& options_;
  const Clock& clock_;
  WriteQueue& queue_;
  const Tell tell_;
  std::unique_ptr<Session> session_;  // none: not needed yet, or lost
  std::vector<sql::Moved> moved_;     // by the latest commit
  std::thread thread_;
};

}  // namespace threadkeep::postgres
