#include "store/postgres/postgres_engine.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <set>
#include <thread>
#include <utility>

#include "store/postgres/timeline.h"

namespace threadkeep::postgres {
namespace {

using Cause = PostgresFailure::Cause;
using Kind = sql::StorageFailure::Kind;

// So that no transaction holds the locks of very many users.
constexpr std::size_t batch_max = 256;
constexpr int tries_max = 30;
constexpr int longer_by_ms = 10;

// Those that met each other must not meet again: each waits for a time of its own.
void pause_after_conflict(int tries) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<int> pause(0, longer_by_ms * tries);
  std::this_thread::sleep_for(std::chrono::milliseconds(pause(random)));
}

// Another try of what failed for the `tries`-th time: a conflict passes, and a connection that had
// been idle may be gone without anyone having noticed. What was perhaps committed is never tried
// again here.
bool is_worth_another_try(const PostgresFailure& failure, int tries) {
  if (failure.kind() == Kind::unknown) return false;
  if (failure.cause() == Cause::conflict) return tries < tries_max;
  return failure.cause() == Cause::lost && tries < 2;
}

void complain(const PostgresFailure& failure, std::size_t changes) {
  std::fprintf(stderr, "threadkeep: %zu changes were not stored%s: %s\n", changes,
               failure.kind() == Kind::unknown ? " or perhaps they were" : "", failure.what());
}

std::optional<Error> outcome_of(const std::optional<PostgresFailure>& failure) {
  return failure ? std::optional(sql::error_of(*failure)) : std::nullopt;
}

void append_integer(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(value >> shift & 0xff);
  }
}

// A one-dimensional array of bytea, as PostgreSQL sends and takes it.
std::string array_of(const std::set<UserId>& users) {
  constexpr std::uint32_t bytea_type = 17;
  std::string bytes;
  const auto count = static_cast<std::uint32_t>(users.size());
  for (const std::uint32_t part : {1U, 0U, bytea_type, count, 1U}) append_integer(bytes, part);
  for (const UserId& user : users) {
    append_integer(bytes, static_cast<std::uint32_t>(user.bytes().size()));
    bytes += user.bytes();
  }
  return bytes;
}

}  // namespace

// A connection for reading, checked out for one call.
class PostgresEngine::Reader {
 public:
  explicit Reader(PostgresEngine& engine) : engine_(engine) {
    {
      std::unique_lock lock(engine_.readers_mutex_);
      engine_.reader_is_free_.wait(lock, [this] {
        return !engine_.free_readers_.empty() || engine_.readers_ < engine_.options_.readers;
      });
      if (!engine_.free_readers_.empty()) {
        session_ = std::move(engine_.free_readers_.back());
        engine_.free_readers_.pop_back();
        return;
      }
      ++engine_.readers_;
    }
    try {
      session_ = std::unique_ptr<Session>(
          new Session{{engine_.options_, PostgresConnection::Use::reading}, {}});
    } catch (...) {
      give_back();
      throw;
    }
  }
  ~Reader() { give_back(); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Session& session() { return *session_; }

 private:
  // When one connection is lost, those that lie idle are as well.
  void give_back() {
    std::vector<std::unique_ptr<Session>> lost;
    {
      const std::lock_guard lock(engine_.readers_mutex_);
      if (session_ && !session_->connection.is_lost()) {
        engine_.free_readers_.push_back(std::move(session_));
      } else {
        if (session_) lost.swap(engine_.free_readers_);
        engine_.readers_ -= 1 + static_cast<int>(lost.size());
      }
    }
    engine_.reader_is_free_.notify_one();
  }

  PostgresEngine& engine_;
  std::unique_ptr<Session> session_;
};

PostgresEngine::PostgresEngine(const PostgresOptions& options, const Clock& clock,
                               const std::string& channel)
    : options_(options),
      clock_(clock),
      news_(options.url, channel,
            [this](const std::vector<sql::Moved>& moved) { tell_commit(moved); }) {
  thread_ = std::thread([this] { this->run(); });
}

PostgresEngine::~PostgresEngine() {
  stop_following();
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void PostgresEngine::read(const std::function<void(sql::Transaction&)>& work) {
  for (int tries = 1;; ++tries) {
    try {
      Reader reader(*this);
      try_read(reader, work);
      return;
    } catch (const PostgresFailure& failure) {
      if (!is_worth_another_try(failure, tries)) throw;
    }
  }
}

void PostgresEngine::try_read(Reader& reader, const std::function<void(sql::Transaction&)>& work) {
  Session& session = reader.session();
  try {
    session.connection.queue("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    sql::Transaction transaction{session.connection, session.users, options_.limits, 0};
    work(transaction);
    session.connection.end_reading();
  } catch (...) {
    session.connection.roll_back();
    throw;
  }
}

void PostgresEngine::write(sql::Write write) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(write));
    // The writer sleeps only when nothing waits.
    if (waiting_.size() > 1) return;
  }
  changed_.notify_one();
}

void PostgresEngine::run() {
  std::vector<sql::Write> batch;
  while (take_batch(batch)) {
    commit(batch);
    batch.clear();
  }
}

bool PostgresEngine::take_batch(std::vector<sql::Write>& batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
  if (waiting_.size() <= batch_max) {
    batch.swap(waiting_);
  } else {
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(batch_max);
    batch.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
  }
  return !batch.empty();
}

// When the server refuses the batch, each request is tried alone: one that cannot be stored must
// not take its neighbours with it.
void PostgresEngine::commit(const std::vector<sql::Write>& batch) {
  const sql::Write* const begin = batch.data();
  const auto failure = try_commit({begin, begin + batch.size()});
  const bool is_of_one =
      failure && failure->kind() != Kind::unknown &&
      (failure->cause() == Cause::refused || failure->cause() == Cause::conflict);
  if (!is_of_one || batch.size() == 1) {
    if (failure) complain(*failure, batch.size());
    for (const sql::Write& write : batch) write.done(outcome_of(failure));
    tell_all();
    return;
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto own = try_commit({begin + i, begin + i + 1});
    if (own) complain(*own, 1);
    batch[i].done(outcome_of(own));
    tell_all();
  }
}

std::optional<PostgresFailure> PostgresEngine::try_commit(const Range& writes) {
  for (int tries = 1;; ++tries) {
    try {
      commit_once(writes);
      return std::nullopt;
    } catch (const PostgresFailure& failure) {
      roll_back();
      if (!is_worth_another_try(failure, tries)) return failure;
      if (failure.cause() == Cause::conflict) pause_after_conflict(tries);
    } catch (const std::exception& bug) {
      roll_back();
      return PostgresFailure(Cause::refused, Kind::unavailable, bug.what());
    }
  }
}

void PostgresEngine::commit_once(const Range& writes) {
  if (!writer_) {
    writer_ =
        std::unique_ptr<Session>(new Session{{options_, PostgresConnection::Use::writing}, {}});
    // Another server may have taken over.
    note_timeline(writer_->connection, options_.limits, clock_.now_ms());
  }
  // Each statement sees what was committed before it; for the users of this transaction that is
  // nothing but its own work, as they are locked.
  moved_.clear();
  writer_->connection.queue("BEGIN ISOLATION LEVEL READ COMMITTED");
  lock_users(writes);
  for (const sql::Write* write = writes.first; write != writes.second; ++write) {
    sql::Transaction transaction{writer_->connection, writer_->users, options_.limits,
                                 clock_.now_ms()};
    write->work(transaction);
    moved_.insert(moved_.end(), transaction.moved.begin(), transaction.moved.end());
  }
  writer_->connection.commit();
}

void PostgresEngine::lock_users(const Range& writes) {
  std::set<UserId> users;
  for (const sql::Write* write = writes.first; write != writes.second; ++write) {
    if (write->user) users.insert(*write->user);
  }
  if (users.empty()) return;
  PostgresStatement& statement = writer_->connection.prepare(
      "SELECT number FROM users WHERE id = ANY ($1::bytea[]) ORDER BY number FOR NO KEY UPDATE");
  const std::string ids = array_of(users);
  statement.bind_bytes(1, ids);
  statement.run_unread();
}

void PostgresEngine::tell_all() {
  tell_commit(moved_);
  news_.tell(moved_);
}

void PostgresEngine::roll_back() noexcept {
  moved_.clear();
  if (!writer_) return;
  // Among them may be numbers that were never committed.
  writer_->users.clear();
  writer_->connection.roll_back();
  if (writer_->connection.is_lost()) writer_.reset();
}

}  // namespace threadkeep::postgres
