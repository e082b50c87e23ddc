#include "store/sqlite/checkpointer.h"

#include <cstdio>
#include <cstdlib>

namespace threadkeep::sqlite {
namespace {

constexpr int usual_busy_timeout_ms = 5'000;
// Writers wait while a log is begun anew: better it goes on growing than that they stand still.
constexpr int restart_busy_timeout_ms = 50;

}  // namespace

void give_up(const std::string& path, const std::string& why) {
  std::fprintf(
      stderr,
      "threadkeep: the database %s can no longer be written: %s. Stopping, so that nothing "
      "is promised that is not kept.\n",
      path.c_str(), why.c_str());
  std::fflush(stderr);
  std::abort();
}

Checkpointer::Checkpointer(const SqliteOptions& options, SqliteConnection& writer)
    : path_(options.path),
      checkpoint_pages_(options.checkpoint_pages),
      restart_pages_(options.restart_pages),
      writer_(writer),
      connection_(options, SqliteConnection::Use::checkpointing),
      due_at_(checkpoint_pages_),
      restart_at_(restart_pages_),
      thread_([this] { run(); }) {
  sqlite3_wal_hook(writer_.handle(), on_commit, this);
}

Checkpointer::~Checkpointer() {
  sqlite3_wal_hook(writer_.handle(), nullptr, nullptr);
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

int Checkpointer::on_commit(void* self, sqlite3* /*database*/, const char* /*name*/, int pages) {
  static_cast<Checkpointer*>(self)->pages_ = pages;
  return SQLITE_OK;
}

void Checkpointer::after_commit() {
  if (state_ == State::moved) finish_passive();
  if (pages_ >= restart_at_) {
    restart();
  } else if (pages_ >= due_at_ && state_ == State::idle) {
    {
      const std::lock_guard lock(mutex_);
      state_ = State::due;
    }
    changed_.notify_one();
  }
}

void Checkpointer::finish_passive() {
  const LogMove move = move_log(writer_.handle(), SQLITE_CHECKPOINT_PASSIVE);
  // A reader was in the way: a quarter later again.
  due_at_ = move.is_done ? checkpoint_pages_ : pages_ + checkpoint_pages_ / 4;
  // Until the next commit tells how long the log is then.
  if (move.is_done) pages_ = 0;
  state_ = State::idle;
}

void Checkpointer::restart() {
  sqlite3_busy_timeout(writer_.handle(), restart_busy_timeout_ms);
  const LogMove move = move_log(writer_.handle(), SQLITE_CHECKPOINT_RESTART);
  sqlite3_busy_timeout(writer_.handle(), usual_busy_timeout_ms);
  restart_at_ = move.is_done ? restart_pages_ : pages_ + checkpoint_pages_;
  if (move.is_done) pages_ = 0;
}

bool Checkpointer::empty_log() {
  sqlite3_busy_timeout(writer_.handle(), restart_busy_timeout_ms);
  const LogMove move = move_log(writer_.handle(), SQLITE_CHECKPOINT_TRUNCATE);
  sqlite3_busy_timeout(writer_.handle(), usual_busy_timeout_ms);
  if (move.is_done) pages_ = 0;
  return move.is_done;
}

Checkpointer::LogMove Checkpointer::move_log(sqlite3* database, int mode) const {
  LogMove move;
  const int code = sqlite3_wal_checkpoint_v2(database, nullptr, mode, &move.pages, &move.moved);
  move.is_done = code == SQLITE_OK && move.pages == move.moved;
  // A reader in the way or a full disk: the log keeps everything until a later time.
  if (code == SQLITE_OK) return move;
  const sql::StorageFailure failure = failure_of(database, code);
  if (failure.kind() == sql::StorageFailure::Kind::broken) give_up(path_, failure.what());
  return move;
}

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_ending_ || state_ == State::due; });
    if (is_ending_) return;
    lock.unlock();
    move_log(connection_.handle(), SQLITE_CHECKPOINT_PASSIVE);
    state_ = State::moved;
    lock.lock();
  }
}

}  // namespace threadkeep::sqlite
