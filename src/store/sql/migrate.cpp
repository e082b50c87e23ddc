#include "store/sql/migrate.h"

#include <string>

#include "store/sql/query.h"

namespace threadkeep::sql {
namespace {

// `${name}` stands for the engine's word.
std::string in_words_of(const Connection& connection, std::string_view sql) {
  std::string result;
  for (;;) {
    const std::size_t begin = sql.find("${");
    result += sql.substr(0, begin);
    if (begin == std::string_view::npos) return result;
    const std::size_t end = sql.find('}', begin);
    result += connection.word(sql.substr(begin + 2, end - begin - 2));
    sql.remove_prefix(end + 1);
  }
}

void run_one(Connection& connection, const Migration& migration) {
  connection.run_script(in_words_of(connection, migration.sql));
  Query(connection, "INSERT INTO schema_version (version) VALUES ($1)", migration.version).run();
}

// All of them or none.
void run_together(Connection& connection, std::span<const Migration> migrations) {
  Query(connection, "BEGIN").run();
  try {
    for (const Migration& migration : migrations) run_one(connection, migration);
    Query(connection, "COMMIT").run();
  } catch (...) {
    // When even this fails, the engine has rolled it back already.
    try {
      Query(connection, "ROLLBACK").run();
    } catch (const StorageFailure&) {
    }
    throw;
  }
}

}  // namespace

std::int64_t schema_version(Connection& connection) {
  connection.run_script("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)");
  Query query(connection, "SELECT coalesce(max(version), 0) FROM schema_version");
  query.next();
  return query.integer(0);
}

Result<bool> migrate(Connection& connection, std::span<const Migration> migrations,
                     const BeforeFirst& before_first) {
  const std::int64_t present = schema_version(connection);
  const std::int64_t newest = migrations.back().version;
  if (present > newest) {
    return fail(Errc::newer_schema,
                "the database was written by a newer version of Threadkeep (its form is " +
                    std::to_string(present) + ", this program knows " + std::to_string(newest) +
                    ")");
  }
  if (present == newest) return true;
  if (present == 0) {
    // A new database is never seen half made: it would be taken for an old one.
    run_together(connection, migrations);
    return true;
  }
  if (auto copied = before_first(present); !copied) return copied;
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    if (migrations[i].version > present) run_together(connection, migrations.subspan(i, 1));
  }
  return true;
}

Result<bool> migrate_without_copy(Connection& connection, std::span<const Migration> migrations) {
  return migrate(connection, migrations, [](std::int64_t) { return Result<bool>(true); });
}

}  // namespace threadkeep::sql
