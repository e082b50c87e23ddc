// The tables of a store as rows of columns, for work that treats all of them alike. What there is
// to know of them comes from the migrations alone: a new column is copied and compared without a
// word about it here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "store/sql/driver.h"

namespace threadkeep::tables {

enum class Kind : std::uint8_t { null, integer, text, bytes };

struct Column {
  std::string name;
  Kind kind = Kind::integer;
};

struct Table {
  std::string name;
  std::vector<Column> columns;
  std::vector<std::size_t> key;  // the columns that name a row
};

// Those of a SQLite database of any version, by name. schema_version is none of them. Throws
// StorageFailure.
std::vector<Table> read_tables(sql::Connection& sqlite);

// How many rows the tables have together. Throws StorageFailure.
std::uint64_t count_rows(sql::Connection& connection, const std::vector<Table>& tables);

}  // namespace threadkeep::tables
