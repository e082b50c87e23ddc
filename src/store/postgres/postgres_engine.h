// Runs the transactions of a PostgresStore.
//
// Writes: one thread takes those that wait, locks their users in the order of their numbers, runs
// all of them in one transaction, commits once, and then tells them all. Reads: on the caller's
// thread, each on a connection of its own for that time, in a snapshot.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "store/postgres/commit_news.h"
#include "store/postgres/postgres_connection.h"
#include "store/sql/engine.h"

namespace threadkeep::postgres {

class PostgresEngine final : public sql::Engine {
 public:
  // The database is migrated. `channel` is where its processes tell each other what they commit.
  PostgresEngine(const PostgresOptions& options, const Clock& clock, const std::string& channel);
  ~PostgresEngine() override;  // after everything that was asked for is committed or has failed

  void write(sql::Write write) override;
  void read(const std::function<void(sql::Transaction&)>& work) override;

 private:
  struct Session {
    PostgresConnection connection;
    sql::UserNumbers users;
  };
  class Reader;
  using Range = std::pair<const sql::Write*, const sql::Write*>;

  void run();
  bool take_batch(std::vector<sql::Write>& batch);
  void commit(const std::vector<sql::Write>& batch);
  // Nothing when all of it was committed. Tries again what may succeed then.
  std::optional<PostgresFailure> try_commit(const Range& writes);
  void commit_once(const Range& writes);
  void lock_users(const Range& writes);
  void roll_back() noexcept;
  // After a commit: the listener of this process, and the other processes.
  void tell_all();
  void try_read(Reader& reader, const std::function<void(sql::Transaction&)>& work);

  const PostgresOptions options_;
  const Clock& clock_;
  std::unique_ptr<Session> writer_;  // writer's thread; none: the connection was lost
  std::vector<sql::Moved> moved_;    // by the latest commit; writer's thread

  std::mutex readers_mutex_;
  std::condition_variable reader_is_free_;
  std::vector<std::unique_ptr<Session>> free_readers_;  // guarded by readers_mutex_
  int readers_ = 0;                                     // guarded: those in use and the free ones

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<sql::Write> waiting_;  // guarded by the mutex
  bool is_ending_ = false;           // guarded by the mutex
  CommitNews news_;
  std::thread thread_;
};

}  // namespace threadkeep::postgres
