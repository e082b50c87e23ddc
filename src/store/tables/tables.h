// The tables of a store as rows of columns, for work that treats all of them alike. Which they are
// is said here; their columns and keys come from the migrations: a new column is copied and
// compared without a word about it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/sql/driver.h"

namespace threadkeep::tables {

enum class Role : std::uint8_t {
  source,   // backed up, copied, digested, checked
  derived,  // can be made anew from source tables: none of that
};

struct TableRole {
  std::string_view name;
  Role role;
};

// Every table that the migrations make, but schema_version. What a row of another one can tell is
// source all the same when it is written in the same transaction and never lags: jumps are the only
// place that knows a parent, conversation_tags is compared with the tags by `check`.
inline constexpr std::array<TableRole, 15> table_roles = {{
    {"answer_parts", Role::source},
    {"blobs", Role::source},
    {"conversation_tags", Role::source},
    {"conversations", Role::source},
    {"derived_positions", Role::derived},
    {"epoch_starts", Role::source},
    {"epochs", Role::source},
    {"jumps", Role::source},
    {"messages", Role::source},
    {"meta", Role::source},
    {"operations", Role::source},
    {"presets", Role::source},
    {"processes", Role::source},
    {"users", Role::source},
    {"vendors", Role::source},
}};

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

// The source tables of a SQLite database of any version, by name. Throws StorageFailure.
std::vector<Table> read_tables(sql::Connection& sqlite);

// Names in a SQLite database that table_roles does not have: none in one that the migrations made.
// Tables that a virtual table keeps for itself belong to it. Throws StorageFailure.
std::vector<std::string> unknown_tables(sql::Connection& sqlite);

// How many rows the tables have together. Throws StorageFailure.
std::uint64_t count_rows(sql::Connection& connection, const std::vector<Table>& tables);

}  // namespace threadkeep::tables
