// One run of a prepared statement: binds, steps, and resets at the end of its scope.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ulid.h"
#include "store/sql/driver.h"

namespace threadkeep::sql {

struct Bytes {
  std::string_view view;
};

class Query {
 public:
  // The values are $1, $2, ...; texts must outlive the query.
  template <class... Values>
  Query(Connection& connection, std::string_view sql, const Values&... values)
      : statement_(connection.prepare(sql)) {
    (add(values), ...);
  }
  ~Query() { statement_.reset(); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  void add(std::int64_t value) { statement_.bind_integer(++parameters_, value); }
  void add(int value) { statement_.bind_integer(++parameters_, value); }
  void add(std::string_view text) { statement_.bind_text(++parameters_, text); }
  void add(const std::string& text) { statement_.bind_text(++parameters_, text); }
  void add(const Ulid& id) { statement_.bind_bytes(++parameters_, id.bytes()); }
  void add(const Bytes& bytes) { statement_.bind_bytes(++parameters_, bytes.view); }
  template <class Value>
  void add(const std::optional<Value>& value) {
    if (value) {
      add(*value);
    } else {
      statement_.bind_null(++parameters_);
    }
  }

  bool next() { return statement_.step(); }
  void run() {
    while (statement_.step()) {
    }
  }

  bool is_null(int column) const { return statement_.is_null(column); }
  std::int64_t integer(int column) const { return statement_.integer(column); }
  std::string_view text(int column) const { return statement_.text(column); }
  Ulid ulid(int column) const { return Ulid::from_bytes(statement_.bytes(column)); }
  std::string bytes(int column) const { return std::string(statement_.bytes(column)); }
  std::optional<std::int64_t> optional_integer(int column) const {
    if (is_null(column)) return std::nullopt;
    return integer(column);
  }
  std::optional<std::string> optional_text(int column) const {
    if (is_null(column)) return std::nullopt;
    return std::string(text(column));
  }
  std::optional<Ulid> optional_ulid(int column) const {
    if (is_null(column)) return std::nullopt;
    return ulid(column);
  }

 private:
  Statement& statement_;
  int parameters_ = 0;
};

}  // namespace threadkeep::sql
