#include "store/tables/tables.h"

#include <algorithm>
#include <stdexcept>

#include "store/sql/query.h"

namespace threadkeep::tables {
namespace {

Kind kind_of(const std::string& type) {
  if (type == "INTEGER" || type == "BIGINT" || type == "SMALLINT") return Kind::integer;
  if (type == "TEXT") return Kind::text;
  if (type == "BLOB") return Kind::bytes;
  throw std::logic_error("a column has the type " + type + ", which no row can be copied with");
}

// Of all tables but SQLite's own; what a virtual table keeps for itself has the type "shadow".
std::vector<std::string> read_names(sql::Connection& sqlite) {
  std::vector<std::string> names;
  sql::Query query(sqlite,
                   "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', "
                   "'virtual') AND name NOT LIKE 'sqlite_%' AND name <> 'schema_version' ORDER BY "
                   "name");
  while (query.next()) names.emplace_back(query.text(0));
  return names;
}

const TableRole* find_role(std::string_view name) {
  const auto* const found = std::find_if(table_roles.begin(), table_roles.end(),
                                         [&](const TableRole& each) { return each.name == name; });
  return found == table_roles.end() ? nullptr : found;
}

// The columns of the first unique index without expressions.
std::vector<std::size_t> read_index(sql::Connection& sqlite, const std::string& table) {
  std::vector<std::string> names;
  {
    sql::Query query(sqlite,
                     "SELECT name FROM pragma_index_list($1) WHERE \"unique\" = 1 AND partial = 0 "
                     "ORDER BY name",
                     table);
    while (query.next()) names.emplace_back(query.text(0));
  }
  for (const std::string& name : names) {
    std::vector<std::size_t> key;
    bool is_plain = true;
    sql::Query query(sqlite, "SELECT cid FROM pragma_index_info($1) ORDER BY seqno", name);
    while (query.next()) {
      is_plain = is_plain && query.integer(0) >= 0;
      key.push_back(static_cast<std::size_t>(query.integer(0)));
    }
    if (is_plain) return key;
  }
  throw std::logic_error("the table " + table + " has no key that its rows could be named by");
}

Table read_table(sql::Connection& sqlite, const std::string& name) {
  Table table;
  table.name = name;
  {
    sql::Query query(sqlite, "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid", name);
    while (query.next()) {
      if (query.integer(2) > 0) table.key.push_back(table.columns.size());
      table.columns.push_back({std::string(query.text(0)), kind_of(std::string(query.text(1)))});
    }
  }
  if (table.key.empty()) table.key = read_index(sqlite, name);
  return table;
}

}  // namespace

std::vector<Table> read_tables(sql::Connection& sqlite) {
  std::vector<Table> tables;
  for (const std::string& name : read_names(sqlite)) {
    const TableRole* role = find_role(name);
    if (role != nullptr && role->role == Role::source) tables.push_back(read_table(sqlite, name));
  }
  return tables;
}

std::vector<std::string> unknown_tables(sql::Connection& sqlite) {
  std::vector<std::string> names = read_names(sqlite);
  const auto is_known = [](const std::string& name) { return find_role(name) != nullptr; };
  names.erase(std::remove_if(names.begin(), names.end(), is_known), names.end());
  return names;
}

std::uint64_t count_rows(sql::Connection& connection, const std::vector<Table>& tables) {
  std::uint64_t rows = 0;
  for (const Table& table : tables) {
    sql::Query query(connection, "SELECT count(*) FROM " + table.name);
    query.next();
    rows += static_cast<std::uint64_t>(query.integer(0));
  }
  return rows;
}

}  // namespace threadkeep::tables
