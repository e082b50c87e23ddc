// Reading all rows of a table in the order of its key, on any engine, and writing them.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/sql/driver.h"
#include "store/tables/tables.h"

namespace threadkeep::tables {

struct Field {
  Kind kind = Kind::null;
  std::int64_t integer = 0;
  std::string_view bytes;  // of text too
};

// The fields of one row, one after the other: the same bytes for the same row on every engine.
class Row {
 public:
  // Of the row that the statement stands at.
  void read(const Table& table, const sql::Statement& statement);

  std::string_view encoded() const { return bytes_; }
  // The view lives as long as the row.
  Field field(std::size_t column) const;

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

// By the key, integers as numbers and the rest as bytes.
std::strong_ordering compare_keys(const Table& table, const Row& a, const Row& b);
// The key of a row for a person: "messages key=123".
std::string show_key(const Table& table, const Row& row);

// Walks through a table, page by page: no engine needs to hold more. In a snapshot, or in a
// transaction that changes no row in front of it. Rows of meta that are about the place where a
// store lies, and not about what it holds, are passed over.
class TableReader {
 public:
  // Both must outlive the reader.
  TableReader(sql::Connection& connection, const Table& table);

  // The next row, which lives until the next call; none after the last. Throws StorageFailure.
  const Row* next();

 private:
  void load_page();

  sql::Connection& connection_;
  const Table& table_;
  const std::string first_sql_;
  const std::string next_sql_;
  std::vector<Row> page_;
  std::size_t rows_ = 0;  // of page_ that are used
  std::size_t at_ = 0;
  std::int64_t limit_ = 0;
  Row last_;
  bool has_last_ = false;
  bool is_at_end_ = false;
};

// Writes rows of one table, in the transaction that the connection is in.
class TableWriter {
 public:
  // Both must outlive the writer.
  TableWriter(sql::Connection& connection, const Table& table);

  // Throw StorageFailure; `insert` also for a row that is there already.
  void insert(const Row& row);
  void remove(const Row& row);

 private:
  sql::Connection& connection_;
  const Table& table_;
  const std::string insert_sql_;
  const std::string delete_sql_;
  std::vector<std::size_t> all_;  // columns
};

// The rows of meta that TableReader passes over.
inline constexpr std::string_view place_checked = "checked";
inline constexpr std::string_view place_backup = "backup";
inline constexpr std::string_view place_copy = "copy";
inline constexpr std::string_view place_clock = "clock";

}  // namespace threadkeep::tables
