// SQLite with nothing around it: what both the ceiling and its figures need, and no more.
#pragma once

#include <sqlite3.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace bench {

class Statement {
 public:
  Statement(sqlite3* db, const char* sql) : db_(db) {
    check(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int index, std::int64_t value) {
    check(sqlite3_bind_int64(statement_, index, value));
    return *this;
  }
  // `value` must live until the statement has run.
  Statement& bind(int index, std::string_view value) {
    check(sqlite3_bind_text(statement_, index, value.data(), static_cast<int>(value.size()),
                            SQLITE_STATIC));
    return *this;
  }
  Statement& bind_bytes(int index, std::string_view value) {
    check(sqlite3_bind_blob(statement_, index, value.data(), static_cast<int>(value.size()),
                            SQLITE_STATIC));
    return *this;
  }
  // The next row of a run that `reset` ends.
  bool step() {
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) check(code);
    return code == SQLITE_ROW;
  }
  void reset() { sqlite3_reset(statement_); }
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  std::string_view bytes(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {data == nullptr ? "" : data,
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  // Runs the statement to its end, reads every value, and answers the first integer of the last
  // row.
  std::int64_t run() {
    std::int64_t first = 0;
    while (step()) {
      first = integer(0);
      for (int column = 1; column < sqlite3_column_count(statement_); ++column) read(column);
    }
    reset();
    return first;
  }

 private:
  void read(int column) {
    if (sqlite3_column_type(statement_, column) == SQLITE_INTEGER) {
      sqlite3_column_int64(statement_, column);
    } else {
      sqlite3_column_blob(statement_, column);
      sqlite3_column_bytes(statement_, column);
    }
  }
  void check(int code) const {
    if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(db_));
  }
  sqlite3* db_;
  sqlite3_stmt* statement_ = nullptr;
};

struct Close {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
using Database = std::unique_ptr<sqlite3, Close>;

inline void execute(sqlite3* db, const char* sql) {
  if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    throw std::runtime_error(sqlite3_errmsg(db));
}

// With the settings of SqliteStore.
inline Database open(const char* path) {
  // Before the first connection; afterwards it changes nothing.
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  sqlite3* db = nullptr;
  if (sqlite3_open(path, &db) != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(db));
  execute(db,
          "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
          "PRAGMA wal_autocheckpoint=0; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA "
          "cache_size=-65536; PRAGMA mmap_size=2147483648;");
  sqlite3_busy_timeout(db, 10'000);
  return Database(db);
}

constexpr int checkpoint_pages = 4000;

// Moves the log into the database beside the writer; the writer moves only what came in the
// meantime, and then the log starts again from its beginning. A log that is never taken back to its
// beginning grows with every commit, and a commit that makes a file longer costs twice as much.
class Checkpointer {
 public:
  Checkpointer(const char* path, sqlite3* writer)
      : writer_(writer), db_(open(path)), thread_([this] { run(); }) {
    sqlite3_wal_hook(writer_, committed, this);
  }
  ~Checkpointer() {
    {
      const std::scoped_lock lock(mutex_);
      is_stopping_ = true;
      changed_.notify_one();
    }
    thread_.join();
  }
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // To be called by the writer between its transactions.
  void finish() {
    {
      const std::scoped_lock lock(mutex_);
      if (state_ != State::moved) return;
      state_ = State::idle;
    }
    move_log(writer_);
  }

 private:
  enum class State { idle, due, moved };

  static int committed(void* self, sqlite3*, const char*, int pages) {
    if (pages < checkpoint_pages) return SQLITE_OK;
    auto* checkpointer = static_cast<Checkpointer*>(self);
    const std::scoped_lock lock(checkpointer->mutex_);
    if (checkpointer->state_ == State::idle) {
      checkpointer->state_ = State::due;
      checkpointer->changed_.notify_one();
    }
    return SQLITE_OK;
  }
  static void move_log(sqlite3* db) {
    sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return state_ == State::due || is_stopping_; });
      if (is_stopping_) return;
      lock.unlock();
      move_log(db_.get());
      lock.lock();
      state_ = State::moved;
    }
  }

  sqlite3* writer_;
  Database db_;
  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::idle;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace bench
