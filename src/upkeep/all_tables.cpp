#include "upkeep/all_tables.h"

#include <stdexcept>
#include <string>

#include "store/sql/migrate.h"
#include "store/sqlite/sqlite_connection.h"

namespace threadkeep::upkeep {
namespace {

std::vector<tables::Table> read_newest() {
  SqliteOptions options;
  options.path = ":memory:";
  sqlite::SqliteConnection scratch(options, sqlite::SqliteConnection::Use::alone);
  const auto migrated = sql::migrate_without_copy(scratch, sql::all_migrations());
  if (!migrated) throw std::logic_error(migrated.error().detail);
  // Nobody may forget to say what a new table is: it would silently be in no backup.
  for (const std::string& name : tables::unknown_tables(scratch)) {
    throw std::logic_error("store/tables/tables.h does not say what the table " + name + " is");
  }
  return tables::read_tables(scratch);
}

}  // namespace

const std::vector<tables::Table>& all_tables() {
  static const std::vector<tables::Table> tables = read_newest();
  return tables;
}

}  // namespace threadkeep::upkeep
