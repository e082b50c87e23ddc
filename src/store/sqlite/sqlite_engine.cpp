#include "store/sqlite/sqlite_engine.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "store/sqlite/prepare.h"

namespace threadkeep::sqlite {
namespace {

constexpr std::chrono::seconds empty_log_again_after{1};

int reader_count(const SqliteOptions& options) {
  if (options.readers > 0) return options.readers;
  return std::max(2, static_cast<int>(std::thread::hardware_concurrency()) - 1);
}

void run(sql::Connection& connection, std::string_view sql) { sql::Query(connection, sql).run(); }

}  // namespace

// A connection for reading, checked out for one call.
class SqliteEngine::Reader {
 public:
  explicit Reader(SqliteEngine& engine) : engine_(engine) {
    std::unique_lock lock(engine_.readers_mutex_);
    engine_.reader_is_free_.wait(lock, [this] { return !engine_.free_readers_.empty(); });
    // The one that came back last: its cache is the warmest.
    session_ = std::move(engine_.free_readers_.back());
    engine_.free_readers_.pop_back();
  }
  ~Reader() {
    {
      const std::lock_guard lock(engine_.readers_mutex_);
      engine_.free_readers_.push_back(std::move(session_));
    }
    engine_.reader_is_free_.notify_one();
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  SqliteConnection& connection() { return session_->connection; }
  sql::UserNumbers& users() { return session_->users; }

 private:
  SqliteEngine& engine_;
  std::unique_ptr<Session> session_;
};

SqliteEngine::SqliteEngine(const SqliteOptions& options, const Clock& clock, DatabaseLock lock,
                           std::unique_ptr<SqliteConnection> writer, OldLog old_log)
    : options_(options),
      clock_(clock),
      lock_(std::move(lock)),
      writer_(std::move(writer)),
      database_path_(sqlite3_db_filename(writer_->handle(), "main")),
      log_path_(sqlite3_filename_wal(sqlite3_db_filename(writer_->handle(), "main"))),
      checkpointer_(options_, *writer_),
      old_log_(old_log) {
  for (int i = 0; i < reader_count(options_); ++i) {
    free_readers_.push_back(std::unique_ptr<Session>(
        new Session{SqliteConnection(options_, SqliteConnection::Use::reading), {}}));
  }
  thread_ = std::thread([this] { this->run(); });
}

SqliteEngine::~SqliteEngine() {
  stop_following();
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SqliteEngine::read(const std::function<void(sql::Transaction&)>& work) {
  Reader reader(*this);
  sqlite::run(reader.connection(), "BEGIN");
  try {
    sql::Transaction transaction{reader.connection(), reader.users(), options_.limits, 0};
    work(transaction);
    sqlite::run(reader.connection(), "COMMIT");
  } catch (...) {
    if (reader.connection().is_in_transaction()) sqlite::run(reader.connection(), "ROLLBACK");
    throw;
  }
}

void SqliteEngine::write(sql::Write write) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(write));
    // The writer sleeps only when nothing waits.
    if (waiting_.size() > 1) return;
  }
  changed_.notify_one();
}

void SqliteEngine::run() {
  std::vector<sql::Write> batch;
  while (take_batch(batch)) {
    if (!batch.empty()) {
      commit(batch);
      batch.clear();
      checkpointer_.after_commit();
    }
    if (wants_empty_log_) wants_empty_log_ = !checkpointer_.empty_log();
  }
}

bool SqliteEngine::take_batch(std::vector<sql::Write>& batch) {
  std::unique_lock lock(mutex_);
  const auto has_work = [this] { return is_ending_ || !waiting_.empty(); };
  if (wants_empty_log_) {
    changed_.wait_for(lock, empty_log_again_after, has_work);
  } else {
    changed_.wait(lock, has_work);
  }
  batch.swap(waiting_);
  return !batch.empty() || !is_ending_;
}

// When the batch fails, each request is tried alone: one that cannot be stored must not take its
// neighbours with it.
void SqliteEngine::commit(std::vector<sql::Write>& batch) {
  const sql::Write* const begin = batch.data();
  const auto failure = try_commit(begin, begin + batch.size());
  if (failure && failure->kind() == sql::StorageFailure::Kind::broken) {
    stop_process(batch, failure->what());
  }
  if (!failure) {
    for (const sql::Write& write : batch) write.done(std::nullopt);
    tell_commit(moved_);
    return;
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto alone = batch.size() == 1 ? failure : try_commit(begin + i, begin + i + 1);
    if (alone && alone->kind() == sql::StorageFailure::Kind::broken) {
      stop_process({batch.begin() + static_cast<std::ptrdiff_t>(i), batch.end()}, alone->what());
    }
    batch[i].done(alone ? Outcome(sql::error_of(*alone)) : std::nullopt);
    tell_commit(moved_);
  }
}

std::optional<sql::StorageFailure> SqliteEngine::try_commit(const sql::Write* begin,
                                                            const sql::Write* end) {
  const int changes_before = sqlite3_total_changes(writer_->handle());
  bool has_erased = false;
  moved_.clear();
  try {
    if (old_log_ == OldLog::there) old_log_ = move_old_log();
    sqlite::run(*writer_, "BEGIN IMMEDIATE");
    for (const sql::Write* write = begin; write != end; ++write) {
      sql::Transaction transaction{*writer_,        users_, options_.limits,
                                   clock_.now_ms(), false,  std::move(moved_)};
      write->work(transaction);
      moved_ = std::move(transaction.moved);
      has_erased = has_erased || transaction.has_erased;
    }
    // Nothing new goes after a log that the disk may not hold; what only looked is let through.
    if (old_log_ == OldLog::there && sqlite3_total_changes(writer_->handle()) != changes_before) {
      throw sql::StorageFailure(sql::StorageFailure::Kind::full, "the log cannot be moved");
    }
    sqlite::run(*writer_, "COMMIT");
  } catch (const sql::StorageFailure& failure) {
    roll_back();
    return failure;
  } catch (const std::exception& bug) {
    roll_back();
    std::fprintf(stderr, "threadkeep: a change could not be stored: %s\n", bug.what());
    return sql::StorageFailure(sql::StorageFailure::Kind::unavailable, bug.what());
  }
  if (!has_its_files()) {
    save_log();
    return sql::StorageFailure(sql::StorageFailure::Kind::broken,
                               "the file or its log was removed or replaced");
  }
  wants_empty_log_ = wants_empty_log_ || has_erased;
  return std::nullopt;
}

// Before anything is acknowledged that only this process could find again.
bool SqliteEngine::has_its_files() const { return database_path_.is_same() && log_path_.is_same(); }

// What was acknowledged before may lie in a log without a name: into the database with it. And
// where another file took the database's place, the next process must not find our log beside it.
void SqliteEngine::save_log() {
  for (int tries = 0; tries < 20 && !checkpointer_.empty_log(); ++tries) {
  }
}

OldLog SqliteEngine::move_old_log() {
  try {
    write_log_again(*writer_);
  } catch (const sql::StorageFailure& failure) {
    if (failure.kind() != sql::StorageFailure::Kind::full) throw;
    return OldLog::there;
  }
  return checkpointer_.empty_log() ? OldLog::moved : OldLog::there;
}

void SqliteEngine::roll_back() {
  users_.clear();
  moved_.clear();
  if (!writer_->is_in_transaction()) return;
  try {
    sqlite::run(*writer_, "ROLLBACK");
  } catch (const sql::StorageFailure& failure) {
    give_up(options_.path, failure.what());
  }
}

void SqliteEngine::stop_process(const std::vector<sql::Write>& batch, const std::string& why) {
  const Outcome outcome = Error{Errc::storage_unavailable, "The database cannot be used now."};
  for (const sql::Write& write : batch) write.done(outcome);
  give_up(options_.path, why);
}

}  // namespace threadkeep::sqlite
