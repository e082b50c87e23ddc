#include "store/postgres/postgres_engine.h"

#include <utility>

namespace threadkeep::postgres {

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
    : options_(options), news_(options.url, channel, [this](const std::vector<sql::Moved>& moved) {
        tell_commit(moved);
      }) {
  const auto tell = [this](const std::vector<sql::Moved>& moved) {
    tell_commit(moved);
    news_.tell(moved);
  };
  for (int i = 0; i < options.writers; ++i) {
    lanes_.push_back(std::make_unique<WriterLane>(options_, clock, queue_, tell));
  }
}

PostgresEngine::~PostgresEngine() {
  stop_following();
  queue_.end();
  lanes_.clear();
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

void PostgresEngine::write(sql::Write write) { queue_.push(std::move(write)); }

}  // namespace threadkeep::postgres
