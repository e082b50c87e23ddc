// One connection to PostgreSQL with nothing around it: prepared statements in libpq's pipeline
// mode, binary both ways.
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bench {

// The answer of one run of a statement.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result, &PQclear) {}
  int count() const { return result_ ? PQntuples(result_.get()) : 0; }
  std::string_view bytes(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
  }
  std::int64_t integer(int row, int column) const {
    std::int64_t value = 0;
    for (const char byte : bytes(row, column))
      value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }

 private:
  std::unique_ptr<PGresult, void (*)(PGresult*)> result_;
};

class PostgresConnection {
 public:
  // With the settings of PostgresStore.
  explicit PostgresConnection(const std::string& url)
      : connection_(PQconnectdb(url.c_str()), &PQfinish) {
    check(PQstatus(connection_.get()) == CONNECTION_OK);
    const Rows done(PQexec(connection_.get(),
                           "SET synchronous_commit = on; SET jit = off; SET random_page_cost = "
                           "1.1; SELECT 1"));
    check(done.count() == 1);
    check(PQenterPipelineMode(connection_.get()) == 1);
  }

  // A statement without waiting for its rows.
  class Statement {
   public:
    Statement& bind(std::int64_t value) {
      std::string bytes;
      for (int shift = 56; shift >= 0; shift -= 8)
        bytes += static_cast<char>(value >> shift & 0xff);
      return bind_bytes(std::move(bytes));
    }
    Statement& bind_bytes(std::string bytes) {
      values_.push_back(std::move(bytes));
      return *this;
    }
    void queue() { connection_.queue(name_, std::exchange(values_, {})); }
    Rows run() {
      queue();
      return connection_.wait();
    }

   private:
    friend class PostgresConnection;
    Statement(PostgresConnection& connection, std::string name)
        : connection_(connection), name_(std::move(name)) {}
    PostgresConnection& connection_;
    std::string name_;
    std::vector<std::string> values_;
  };

  // One type per parameter: 'i' an integer of eight bytes, 'b' bytes, 't' text.
  Statement prepare(const std::string& sql, std::string_view types = "") {
    std::vector<Oid> oids;
    for (const char type : types) oids.push_back(type == 'i' ? 20 : type == 'b' ? 17 : 25);
    const std::string name = "s" + std::to_string(++statements_);
    check(PQsendPrepare(connection_.get(), name.c_str(), sql.c_str(), static_cast<int>(oids.size()),
                        oids.data()) == 1);
    ++queued_;
    wait();
    return {*this, name};
  }

  // The rows of what was queued last, when all of it has run.
  Rows wait() {
    check(PQpipelineSync(connection_.get()) == 1);
    Rows last(nullptr);
    for (; queued_ > 0; --queued_) {
      PGresult* const result = PQgetResult(connection_.get());
      const ExecStatusType status = PQresultStatus(result);
      last = Rows(result);
      check(status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK);
      PQgetResult(connection_.get());  // each ends with none
    }
    const Rows sync(PQgetResult(connection_.get()));
    return last;
  }

 private:
  void queue(const std::string& name, const std::vector<std::string>& values) {
    std::vector<const char*> pointers;
    std::vector<int> lengths;
    for (const std::string& value : values) {
      pointers.push_back(value.data());
      lengths.push_back(static_cast<int>(value.size()));
    }
    const std::vector<int> formats(values.size(), 1);
    check(PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(values.size()),
                              pointers.data(), lengths.data(), formats.data(), 1) == 1);
    ++queued_;
  }
  void check(bool is_good) const {
    if (!is_good) throw std::runtime_error(PQerrorMessage(connection_.get()));
  }

  std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
  int statements_ = 0;
  int queued_ = 0;
};

}  // namespace bench
