#include "store/upkeep/backup.h"

#include <optional>

#include "json/json.h"
#include "store/sql/migrate.h"
#include "store/sql/query.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/page_copy.h"
#include "store/upkeep/copy.h"
#include "store/upkeep/files.h"

namespace threadkeep::upkeep {
namespace {

using sqlite::SqliteConnection;

tl::unexpected<Error> refuse(const std::string& file, const std::string& why) {
  return fail(Errc::storage_unavailable, file + " " + why);
}

tl::unexpected<Error> explain(const std::string& file, const sql::StorageFailure& failure) {
  const bool is_full = failure.kind() == sql::StorageFailure::Kind::full;
  return fail(is_full ? Errc::storage_full : Errc::storage_unavailable,
              file + ": " + failure.what());
}

SqliteOptions options_of(const std::string& path, const std::string& vfs = "") {
  SqliteOptions options;
  options.path = path;
  options.vfs = vfs;
  return options;
}

// What the file says about itself.
std::string note_of(const BackupReport& report) {
  std::string note;
  json::Writer writer(note);
  writer.begin_object();
  writer.member("takenAt", report.taken_at);
  writer.member("rows", static_cast<std::int64_t>(report.digest.rows));
  writer.member("digest", report.digest.text);
  writer.end_object();
  return note;
}

void write_note(sql::Connection& connection, const BackupReport& report) {
  const std::string note = note_of(report);
  sql::Query(connection,
             "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET "
             "value = excluded.value",
             place_backup, sql::Bytes{note})
      .run();
}

// The digest that the file gives.
std::optional<std::string> read_note(sql::Connection& connection, BackupReport& report) {
  sql::Query query(connection, "SELECT value FROM meta WHERE name = $1", place_backup);
  if (!query.next()) return std::nullopt;
  const auto note = json::Document::parse(query.bytes(0), json::Mode::strict);
  if (!note) return "";
  report.taken_at = note->root()["takenAt"].integer().value_or(0);
  return std::string(note->root()["digest"].string());
}

// SQLite's word for what is wrong, or nothing.
std::string first_damage(sql::Connection& connection) {
  sql::Query query(connection, "SELECT integrity_check FROM pragma_integrity_check(1)");
  if (!query.next()) return "no answer";
  return query.text(0) == "ok" ? "" : std::string(query.text(0));
}

void copy_pages(SqliteConnection& source, SqliteConnection& target, Progress& progress) {
  bool has_begun = false;
  sqlite::copy_pages(source, target, [&](std::uint64_t pages, std::uint64_t more) {
    if (!has_begun) progress.begin("copying", pages);
    has_begun = true;
    progress.advance(more);
  });
}

// Reads the new file back and gives it its name.
Result<BackupReport> finish(const std::string& temporary, const std::string& file,
                            const BackupReport& wanted, Progress& progress) {
  auto verified = verify_backup(temporary, progress);
  if (!verified) return verified;
  if (verified->digest != wanted.digest) {
    return refuse(file, "was not made: the copy does not hold what was read");
  }
  if (auto placed = put_in_place(temporary, file); !placed) return tl::unexpected(placed.error());
  return verified;
}

// Runs a work that makes `temporary`, and leaves nothing of it unless it came to its end.
template <class Work>
Result<BackupReport> make_file(const std::string& file, const Work& work) {
  const std::string temporary = file + ".unfinished";
  if (auto made = make_private_file(temporary); !made) return tl::unexpected(made.error());
  Result<BackupReport> result = fail(Errc::cancelled, "The backup was stopped.");
  try {
    result = work(temporary);
  } catch (const Stopped&) {
  } catch (const sql::StorageFailure& failure) {
    result = explain(file, failure);
  }
  if (!result) remove_database(temporary);
  return result;
}

}  // namespace

Result<BackupReport> verify_backup(const std::string& file, Progress& progress) {
  if (!exists(file)) return refuse(file, "is not there");
  try {
    SqliteConnection connection(options_of(file), SqliteConnection::Use::looking);
    sql::Query id(connection, "PRAGMA application_id");
    if (!id.next() || id.integer(0) != sqlite::application_id) {
      return refuse(file, "is no database of Threadkeep");
    }
    connection.run_script("BEGIN");
    BackupReport report;
    {
      sql::Query version(connection, "SELECT coalesce(max(version), 0) FROM schema_version");
      version.next();
      report.version = version.integer(0);
    }
    if (report.version > sql::all_migrations().back().version) {
      return refuse(file, "was written by a newer version of Threadkeep");
    }
    const std::string damage = first_damage(connection);
    if (!damage.empty()) return refuse(file, "is damaged: " + damage);
    const auto tables = read_tables(connection);
    progress.begin("checking", count_rows(connection, tables));
    report.digest = digest_of(connection, tables, progress);
    const auto given = read_note(connection, report);
    if (given && *given != report.digest.text) {
      return refuse(file, "is damaged: its rows are not those that were written");
    }
    report.has_digest = given.has_value();
    return report;
  } catch (const sql::StorageFailure& failure) {
    return refuse(file, std::string("is damaged or no database: ") + failure.what());
  } catch (const std::logic_error& failure) {
    return refuse(file, std::string("is damaged: ") + failure.what());
  } catch (const Stopped&) {
    return fail(Errc::cancelled, "It was stopped.");
  }
}

Result<BackupReport> back_up_connection(SqliteConnection& source, const std::string& file,
                                        const std::string& vfs, const Clock& clock,
                                        Progress& progress) {
  return make_file(file, [&](const std::string& temporary) -> Result<BackupReport> {
    BackupReport wanted;
    wanted.taken_at = clock.now_ms();
    const auto tables = read_tables(source);
    progress.begin("reading", count_rows(source, tables));
    wanted.digest = digest_of(source, tables, progress);
    {
      SqliteConnection target(options_of(temporary, vfs), SqliteConnection::Use::alone);
      copy_pages(source, target, progress);
      // One file without a log beside it.
      target.run_script("PRAGMA journal_mode=DELETE");
      write_note(target, wanted);
    }
    return finish(temporary, file, wanted, progress);
  });
}

Result<BackupReport> back_up_sqlite(const std::string& path, const std::string& file,
                                    const Clock& clock, Progress& progress) {
  if (!exists(path)) return refuse(path, "is not there");
  try {
    SqliteConnection source(options_of(path), SqliteConnection::Use::looking);
    sql::Query id(source, "PRAGMA application_id");
    if (!id.next() || id.integer(0) != sqlite::application_id) {
      return refuse(path, "is no database of Threadkeep");
    }
    id.run();
    source.run_script("BEGIN");
    return back_up_connection(source, file, "", clock, progress);
  } catch (const sql::StorageFailure& failure) {
    return explain(path, failure);
  }
}

Result<BackupReport> back_up_rows(sql::Connection& source, const std::string& file,
                                  const Clock& clock, Progress& progress) {
  return make_file(file, [&](const std::string& temporary) -> Result<BackupReport> {
    BackupReport wanted;
    wanted.taken_at = clock.now_ms();
    {
      SqliteConnection target(options_of(temporary), SqliteConnection::Use::alone);
      target.run_script("PRAGMA application_id=" + std::to_string(sqlite::application_id));
      const auto migrated = sql::migrate_without_copy(target, sql::all_migrations());
      if (!migrated) return tl::unexpected(migrated.error());
      make_equal(source, target, all_tables(), progress);
      const Comparison comparison = compare(source, target, all_tables(), progress);
      if (!comparison.is_equal()) return refuse(file, "was not made: " + comparison.first());
      wanted.digest = comparison.from;
      write_note(target, wanted);
    }
    return finish(temporary, file, wanted, progress);
  });
}

}  // namespace threadkeep::upkeep
