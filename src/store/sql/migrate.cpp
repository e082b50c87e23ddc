#include "store/sql/migrate.h"

#include <algorithm>
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
  if (!migration.engine.empty() && migration.engine != connection.word("engine")) return;
  connection.run_script(in_words_of(connection, migration.sql));
}

// How many at the front have the number of the first.
std::size_t count_parts(std::span<const Migration> migrations) {
  const auto is_next = [&](const Migration& each) {
    return each.version != migrations.front().version;
  };
  const auto next = std::find_if(migrations.begin(), migrations.end(), is_next);
  return static_cast<std::size_t>(next - migrations.begin());
}

// All of them or none.
void run_together(Connection& connection, std::span<const Migration> migrations) {
  Query(connection, "BEGIN").run();
  try {
    for (std::size_t i = 0; i < migrations.size(); ++i) {
      run_one(connection, migrations[i]);
      const bool is_last_part =
          i + 1 == migrations.size() || migrations[i + 1].version != migrations[i].version;
      if (!is_last_part) continue;
      Query(connection, "INSERT INTO schema_version (version) VALUES ($1)", migrations[i].version)
          .run();
    }
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

Result<void> migrate(Connection& connection, std::span<const Migration> migrations,
                     const BeforeFirst& before_first) {
  const std::int64_t present = schema_version(connection);
  const std::int64_t newest = migrations.back().version;
  if (present > newest) {
    return fail(Errc::newer_schema,
                "the database was written by a newer version of Threadkeep (its form is " +
                    std::to_string(present) + ", this program knows " + std::to_string(newest) +
                    ")");
  }
  if (present == newest) return {};
  if (present == 0) {
    // A new database is never seen half made: it would be taken for an old one.
    run_together(connection, migrations);
    return {};
  }
  if (auto copied = before_first(present); !copied) return copied;
  while (!migrations.empty()) {
    const auto parts = migrations.first(count_parts(migrations));
    if (parts.front().version > present) run_together(connection, parts);
    migrations = migrations.subspan(parts.size());
  }
  return {};
}

Result<void> migrate_without_copy(Connection& connection, std::span<const Migration> migrations) {
  return migrate(connection, migrations, [](std::int64_t) { return Result<void>(); });
}

}  // namespace threadkeep::sql
