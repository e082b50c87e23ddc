#include "store/sqlite/verified_copy.h"

#include <optional>
#include <stdexcept>

#include "base/files.h"
#include "json/json.h"
#include "store/sql/migrate.h"
#include "store/sql/query.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/page_copy.h"
#include "store/tables/rows.h"
#include "store/tables/tables.h"

namespace threadkeep::sqlite {
namespace {

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
std::string note_of(const CopyReport& report) {
  std::string note;
  json::Writer writer(note);
  writer.begin_object();
  writer.member("takenAt", report.taken_at);
  writer.member("rows", static_cast<std::int64_t>(report.digest.rows));
  writer.member("digest", report.digest.text);
  writer.end_object();
  return note;
}

void write_note(sql::Connection& connection, const CopyReport& report) {
  const std::string note = note_of(report);
  sql::Query(connection,
             "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET "
             "value = excluded.value",
             tables::place_backup, sql::Bytes{note})
      .run();
}

// The digest that the file gives.
std::optional<std::string> read_note(sql::Connection& connection, CopyReport& report) {
  sql::Query query(connection, "SELECT value FROM meta WHERE name = $1", tables::place_backup);
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

void copy_all_pages(SqliteConnection& source, SqliteConnection& target, Progress& progress) {
  bool has_begun = false;
  copy_pages(source, target, [&](std::uint64_t pages, std::uint64_t more) {
    if (!has_begun) progress.begin("copying", pages);
    has_begun = true;
    progress.advance(more);
  });
}

// Fills `temporary`, reads it back and gives it its name.
Result<CopyReport> fill_and_place(const std::string& temporary, const std::string& file,
                                  const std::string& vfs, CopyReport wanted, Progress& progress,
                                  const Fill& fill) {
  {
    SqliteConnection target(options_of(temporary, vfs), SqliteConnection::Use::alone);
    const auto filled = fill(target);
    if (!filled) return tl::unexpected(filled.error());
    wanted.digest = *filled;
    write_note(target, wanted);
  }
  auto verified = verify_copy(temporary, progress);
  if (!verified) return verified;
  if (verified->digest != wanted.digest) {
    return refuse(file, "was not made: the copy does not hold what was read");
  }
  if (auto placed = put_in_place(temporary, file); !placed) return tl::unexpected(placed.error());
  return verified;
}

}  // namespace

bool is_copy(const std::string& file) {
  SqliteConnection connection(options_of(file), SqliteConnection::Use::looking);
  {
    sql::Query id(connection, "PRAGMA application_id");
    if (!id.next() || id.integer(0) != application_id) return false;
  }
  sql::Query note(connection, "SELECT 1 FROM meta WHERE name = $1", tables::place_backup);
  return note.next();
}

Result<CopyReport> verify_copy(const std::string& file, Progress& progress) {
  if (!exists(file)) return refuse(file, "is not there");
  try {
    SqliteConnection connection(options_of(file), SqliteConnection::Use::looking);
    sql::Query id(connection, "PRAGMA application_id");
    if (!id.next() || id.integer(0) != application_id) {
      return refuse(file, "is no database of Threadkeep");
    }
    connection.run_script("BEGIN");
    CopyReport report;
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
    const auto all = tables::read_tables(connection);
    progress.begin("checking", tables::count_rows(connection, all));
    report.digest = tables::digest_of(connection, all, progress);
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

Result<CopyReport> make_copy(const std::string& file, const std::string& vfs, const Clock& clock,
                             Progress& progress, const Fill& fill) {
  const std::string temporary = file + ".unfinished";
  remove_database(temporary);
  if (auto made = make_private_file(temporary); !made) return tl::unexpected(made.error());
  CopyReport wanted;
  wanted.taken_at = clock.now_ms();
  Result<CopyReport> result = fail(Errc::cancelled, "The backup was stopped.");
  try {
    result = fill_and_place(temporary, file, vfs, wanted, progress, fill);
  } catch (const Stopped&) {
  } catch (const sql::StorageFailure& failure) {
    result = explain(file, failure);
  }
  // Whatever failed, nothing of it stays.
  if (!result) remove_database(temporary);
  return result;
}

Result<CopyReport> copy_database(SqliteConnection& source, const std::string& file,
                                 const std::string& vfs, const Clock& clock, Progress& progress) {
  return make_copy(file, vfs, clock, progress,
                   [&](SqliteConnection& target) -> Result<tables::StoreDigest> {
                     const auto all = tables::read_tables(source);
                     progress.begin("reading", tables::count_rows(source, all));
                     auto digest = tables::digest_of(source, all, progress);
                     copy_all_pages(source, target, progress);
                     // One file without a log beside it.
                     target.run_script("PRAGMA journal_mode=DELETE");
                     return digest;
                   });
}

}  // namespace threadkeep::sqlite
