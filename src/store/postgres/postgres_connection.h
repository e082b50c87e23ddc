// One connection to PostgreSQL with its prepared statements, in libpq's pipeline mode: a statement
// without rows is only queued, and travels with the next one whose rows are wanted. Its failure
// therefore shows later, at the latest at the commit. Inside src/store/postgres and its tests.
#pragma once

#include <libpq-fe.h>

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/postgres/postgres_store.h"
#include "store/sql/driver.h"

namespace threadkeep::postgres {

class PostgresFailure : public sql::StorageFailure {
 public:
  enum class Cause {
    unreachable,  // no connection could be opened, or not to a server that does
    lost,         // the connection is of no use any more
    conflict,     // another transaction was in the way: the same again may succeed
    locked,       // another transaction held a lock for longer than lock_wait_ms
    refused,      // the server said no
  };
  PostgresFailure(Cause cause, Kind kind, const std::string& what)
      : sql::StorageFailure(kind, what), cause_(cause) {}
  Cause cause() const { return cause_; }

 private:
  Cause cause_;
};

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;
struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using ConnectionPtr = std::unique_ptr<PGconn, CloseConnection>;

// With the usual limits for hosts that do not answer, unless the address has its own. PQstatus
// tells whether it is there.
ConnectionPtr open_connection(const std::string& url);

class PostgresConnection;

class PostgresStatement final : public sql::Statement {
 public:
  // `description` is what the server says about the statement of this name.
  PostgresStatement(PostgresConnection& connection, std::string name, const PGresult& description);

  void bind_null(int parameter) override;
  void bind_integer(int parameter, std::int64_t value) override;
  void bind_text(int parameter, std::string_view utf8) override;
  void bind_bytes(int parameter, std::string_view bytes) override;
  bool step() override;
  void reset() noexcept override;
  bool is_null(int column) const override;
  std::int64_t integer(int column) const override;
  std::string_view text(int column) const override;
  std::string_view bytes(int column) const override;

  // Queues a run whose rows nobody wants.
  void run_unread();

 private:
  struct Parameter {
    Oid type = 0;
    const char* value = nullptr;
    int length = 0;
    std::array<char, 8> number{};
  };
  Parameter& at(int parameter) { return parameters_.at(static_cast<std::size_t>(parameter - 1)); }

  PostgresConnection& connection_;
  const std::string name_;
  const bool has_rows_;
  std::vector<Parameter> parameters_;
  bool has_run_ = false;
  ResultPtr result_;
  int row_ = -1;
};

class PostgresConnection final : public sql::Connection {
 public:
  // preparing: no timeouts, for the tables.
  enum class Use { writing, reading, preparing };

  // Opens with every setting made, and synchronous_commit=on read back. Throws PostgresFailure.
  PostgresConnection(const PostgresOptions& options, Use use);
  ~PostgresConnection() override = default;
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  PostgresStatement& prepare(std::string_view sql) override;
  void run_script(const std::string& sql) override;
  std::string_view word(std::string_view name) const override;

  // Queues a command without parameters and rows.
  void queue(const char* command);
  // Returns after the commit. Throws a failure of kind unknown when it may have happened.
  void commit();
  // Ends a transaction that only read, without waiting for the server.
  void end_reading();
  // After a failure. Never throws: what cannot be rolled back is lost.
  void roll_back() noexcept;
  bool is_lost() const { return is_lost_; }

 private:
  friend class PostgresStatement;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  enum class Sent : std::uint8_t { statement, sync };

  void configure(const PostgresOptions& options, Use use);
  void was_queued(int libpq_answer, Sent what);
  void queue_sync() { was_queued(PQpipelineSync(handle_.get()), Sent::sync); }
  void flush();
  ResultPtr next_result();
  // Waits for everything that was sent. Answers the result of the last statement.
  ResultPtr wait();
  [[noreturn]] void fail_after(const PGresult& result);
  [[noreturn]] void lose(const std::string& why);
  static void on_notice(void* connection, const PGresult* notice);

  ConnectionPtr handle_;
  int patience_ms_ = -1;  // for one answer of the server; -1: for ever
  std::deque<Sent> sent_;
  bool is_lost_ = false;
  bool has_warned_ = false;
  std::unordered_map<std::string, std::unique_ptr<PostgresStatement>, Hash, std::equal_to<>>
      statements_;
};

}  // namespace threadkeep::postgres
