// Moves the write-ahead log into the database beside the writer, so that no commit waits for it.
//
// At `checkpoint_pages` a thread of its own moves what is there (PASSIVE: it waits for nobody). The
// writer then moves the little that came in meanwhile, between two of its transactions, after which
// the log begins again at its start: a log that only grows makes every commit extend a file.
// Readers that hold an old snapshot can prevent that; at `restart_pages` the writer waits for them,
// shortly.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "store/sqlite/sqlite_connection.h"

namespace threadkeep::sqlite {

// A failure that the process must not survive: one line to stderr, and abort().
[[noreturn]] void give_up(const std::string& path, const std::string& why);

class Checkpointer {
 public:
  // `writer` must outlive this object.
  Checkpointer(const SqliteOptions& options, SqliteConnection& writer);
  ~Checkpointer();

  // For the writer, between its transactions.
  void after_commit();
  // The same; empties the log, with all that was overwritten since. False: a reader needs it still.
  bool empty_log();

 private:
  enum class State { idle, due, moved };
  struct LogMove {
    int pages = 0;
    int moved = 0;
    bool is_done = false;
  };

  static int on_commit(void* self, sqlite3* database, const char* name, int pages);
  LogMove move_log(sqlite3* database, int mode) const;
  void finish_passive();
  void restart();
  void run();

  const std::string path_;
  const int checkpoint_pages_;
  const int restart_pages_;
  SqliteConnection& writer_;
  SqliteConnection connection_;
  int pages_ = 0;       // of the log after the latest commit; writer's thread
  int due_at_ = 0;      // writer's thread
  int restart_at_ = 0;  // writer's thread
  std::atomic<State> state_{State::idle};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_ending_ = false;  // guarded by the mutex
  std::thread thread_;
};

}  // namespace threadkeep::sqlite
