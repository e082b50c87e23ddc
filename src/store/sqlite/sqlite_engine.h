// Runs the transactions of a SqliteStore.
//
// Writes: one thread takes all that wait, runs them in one transaction, commits once, and then
// tells them all. It never lingers for more: while one commit waits for the disk, the next batch
// gathers by itself. Reads: on the caller's thread, each on a connection of its own for that time.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "store/sql/engine.h"
#include "store/sqlite/checkpointer.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/sqlite_connection.h"

namespace threadkeep::sqlite {

// What an earlier process left in the log. Some of it may never have reached the disk, so that
// nothing may be written behind it: as long as it is there, a full disk, it can only be read.
enum class OldLog { moved, there };

class SqliteEngine final : public sql::Engine {
 public:
  // `writer` is migrated. Throws StorageFailure.
  SqliteEngine(const SqliteOptions& options, const Clock& clock, DatabaseLock lock,
               std::unique_ptr<SqliteConnection> writer, OldLog old_log);
  ~SqliteEngine() override;  // after everything that was asked for is committed

  void write(sql::Write write) override;
  void read(const std::function<void(sql::Transaction&)>& work) override;

 private:
  struct Session {
    SqliteConnection connection;
    sql::UserNumbers users;
  };
  class Reader;
  using Outcome = std::optional<Error>;

  void run();
  bool take_batch(std::vector<sql::Write>& batch);
  void commit(std::vector<sql::Write>& batch);
  // Nothing when all of it was committed.
  std::optional<sql::StorageFailure> try_commit(const sql::Write* begin, const sql::Write* end);
  OldLog move_old_log();
  void roll_back();
  bool has_its_files() const;
  void save_log();
  void stop_process(const std::vector<sql::Write>& batch, const std::string& why);

  const SqliteOptions options_;
  const Clock& clock_;
  const DatabaseLock lock_;
  std::unique_ptr<SqliteConnection> writer_;  // the last one to be closed
  const PathWatch database_path_;
  const PathWatch log_path_;
  sql::UserNumbers users_;  // writer's thread
  Checkpointer checkpointer_;
  bool wants_empty_log_ = false;   // writer's thread
  OldLog old_log_;                 // writer's thread
  std::vector<sql::Moved> moved_;  // by the latest commit; writer's thread

  std::mutex readers_mutex_;
  std::condition_variable reader_is_free_;
  std::vector<std::unique_ptr<Session>> free_readers_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<sql::Write> waiting_;  // guarded by the mutex
  bool is_ending_ = false;           // guarded by the mutex
  std::thread thread_;
};

}  // namespace threadkeep::sqlite
