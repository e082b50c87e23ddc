// Runs the transactions of a PostgresStore.
//
// Writes: a few lanes, each a thread with a connection, take what waits, user by user. Reads: on
// the caller's thread, each on a connection of its own for that time, in a snapshot.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "store/postgres/commit_news.h"
#include "store/postgres/postgres_connection.h"
#include "store/postgres/session.h"
#include "store/postgres/write_queue.h"
#include "store/postgres/writer_lane.h"
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
  class Reader;

  void try_read(Reader& reader, const std::function<void(sql::Transaction&)>& work);

  const PostgresOptions options_;
  std::mutex readers_mutex_;
  std::condition_variable reader_is_free_;
  std::vector<std::unique_ptr<Session>> free_readers_;  // guarded by readers_mutex_
  int readers_ = 0;                                     // guarded: those in use and the free ones

  CommitNews news_;
  WriteQueue queue_;
  std::vector<std::unique_ptr<WriterLane>> lanes_;
};

}  // namespace threadkeep::postgres
