#include "upkeep/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <set>
#include <utility>

#include "base/files.h"
#include "store/sql/migrate.h"
#include "store/sql/query.h"
#include "store/sqlite/blob_files.h"
#include "store/sqlite/database_file.h"
#include "upkeep/all_tables.h"
#include "upkeep/blobs.h"
#include "upkeep/copy.h"
#include "upkeep/tar.h"

namespace threadkeep::upkeep {
namespace {

using sqlite::SqliteConnection;

constexpr std::size_t bytes_per_read = 1U << 20;
constexpr std::size_t magic_at = 257;  // of a tar archive
constexpr std::string_view marker_name = "threadkeep-backup.txt";
constexpr std::string_view marker =
    "A backup of Threadkeep: store.db is the database, blobs/ are the files that messages refer "
    "to,\n"
    "named by their SHA-256. `threadkeep restore` reads it.\n";
constexpr std::string_view database_name = "store.db";
constexpr std::string_view blob_prefix = "blobs/";
constexpr std::string_view lost_name = "lost-blobs.txt";

tl::unexpected<Error> refuse(const std::string& file, const std::string& why) {
  return fail(Errc::storage_unavailable, file + " " + why);
}

tl::unexpected<Error> explain(const sql::StorageFailure& failure) {
  const bool is_full = failure.kind() == sql::StorageFailure::Kind::full;
  return fail(is_full ? Errc::storage_full : Errc::storage_unavailable, failure.what());
}

[[noreturn]] void fail_at(const std::string& path) {
  using Kind = sql::StorageFailure::Kind;
  const bool is_full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
  throw sql::StorageFailure(is_full ? Kind::full : Kind::unavailable,
                            path + ": " + std::strerror(errno));
}

[[noreturn]] void damaged(const std::string& file, const std::string& why) {
  throw sql::StorageFailure(sql::StorageFailure::Kind::unavailable, file + " is damaged: " + why);
}

class File {
 public:
  File(const std::string& path, int flags)
      : path_(path), descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0) fail_at(path_);
  }
  ~File() { close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }

  std::int64_t size() const { return lseek(descriptor_, 0, SEEK_END); }
  std::string read(std::int64_t offset, std::size_t bytes_max) const {
    std::string bytes(bytes_max, '\0');
    const ssize_t count = pread(descriptor_, bytes.data(), bytes_max, offset);
    if (count < 0) fail_at(path_);
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
  }
  void write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail_at(path_);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

 private:
  const std::string path_;
  const int descriptor_;
};

// Removes a database at the end of its scope.
class TemporaryDatabase {
 public:
  explicit TemporaryDatabase(std::string path) : path_(std::move(path)) { remove(); }
  ~TemporaryDatabase() { remove(); }
  TemporaryDatabase(const TemporaryDatabase&) = delete;
  TemporaryDatabase& operator=(const TemporaryDatabase&) = delete;
  const std::string& path() const { return path_; }

 private:
  void remove() const { sqlite::remove_database(path_); }
  const std::string path_;
};

bool is_archive(const std::string& file) {
  return File(file, O_RDONLY).read(magic_at, 5) == "ustar";
}

// None in a database of an older schema.
std::vector<NamedBlob> blobs_of(sql::Connection& sqlite) {
  {
    sql::Query table(sqlite, "SELECT 1 FROM sqlite_master WHERE name = 'blobs'");
    if (!table.next()) return {};
  }
  return named_blobs(sqlite);
}

SqliteOptions options_of(const std::string& path) {
  SqliteOptions options;
  options.path = path;
  return options;
}

void add_text(TarWriter& archive, std::string_view name, std::string_view text) {
  archive.begin(std::string(name), static_cast<std::int64_t>(text.size()));
  archive.add(text);
  archive.end();
}

void add_database(TarWriter& archive, const std::string& path) {
  const File database(path, O_RDONLY);
  archive.begin(std::string(database_name), database.size());
  for (std::int64_t at = 0;;) {
    const std::string bytes = database.read(at, bytes_per_read);
    if (bytes.empty()) break;
    archive.add(bytes);
    at += static_cast<std::int64_t>(bytes.size());
  }
  archive.end();
}

void add_blob(TarWriter& archive, sql::ContentReader& reader, const NamedBlob& blob) {
  archive.begin(std::string(blob_prefix) + blob.hash.text(), blob.size);
  BlobHasher hasher;
  for (std::int64_t at = 0; at < blob.size;) {
    const std::string bytes = reader.read(at, bytes_per_read);
    // Its size is in the archive already: what was whole a moment ago must be whole now.
    if (bytes.empty()) damaged(blob.hash.text(), "it changed while it was read");
    hasher.add(bytes);
    archive.add(bytes);
    at += static_cast<std::int64_t>(bytes.size());
  }
  if (hasher.finish() != blob.hash) damaged(blob.hash.text(), "it changed while it was read");
  archive.end();
}

// What of the store is not whole is left out, and named.
void write_archive(int descriptor, const std::string& path, const std::string& database,
                   const std::vector<NamedBlob>& blobs, sql::BlobContents& contents,
                   BackupReport& report, Progress& progress) {
  TarWriter archive(descriptor, path);
  add_text(archive, marker_name, marker);
  add_database(archive, database);
  progress.begin("copying files", blobs.size());
  std::string lost;
  for (const NamedBlob& blob : blobs) {
    const bool is_whole = look_at_blob(contents, blob) == BlobState::whole;
    if (const auto reader = is_whole ? contents.open(blob.hash) : nullptr) {
      add_blob(archive, *reader, blob);
      ++report.blobs;
    } else {
      report.lost_blobs.push_back(blob.hash.text());
      lost += blob.hash.text() + "\n";
    }
    progress.advance();
  }
  add_text(archive, lost_name, lost);
  archive.finish();
}

using MakeDatabase = std::function<Result<sqlite::CopyReport>(const std::string& path)>;

Result<BackupReport> make_archive(const std::string& file, const std::vector<NamedBlob>& blobs,
                                  sql::BlobContents& contents, const MakeDatabase& make_database,
                                  Progress& progress) {
  const bool is_pipe = file == to_standard_output;
  const char* folder = std::getenv("TMPDIR");
  const std::string beside = is_pipe ? std::string(folder == nullptr ? "/tmp" : folder) +
                                           "/threadkeep-backup-" + std::to_string(getpid())
                                     : file;
  const TemporaryDatabase database(beside + ".database");
  const auto made = make_database(database.path());
  if (!made) return tl::unexpected(made.error());
  BackupReport report{*made, 0, {}};
  if (is_pipe) {
    write_archive(STDOUT_FILENO, "standard output", database.path(), blobs, contents, report,
                  progress);
    return report;
  }
  const TemporaryDatabase unfinished(file + ".unfinished");
  write_archive(File(unfinished.path(), O_WRONLY | O_CREAT | O_EXCL).get(), file, database.path(),
                blobs, contents, report, progress);
  auto verified = verify_backup(unfinished.path(), progress);
  if (!verified) return verified;
  if (verified->digest != report.digest || verified->blobs != report.blobs) {
    return refuse(file, "was not made: it does not hold what was read");
  }
  if (auto placed = put_in_place(unfinished.path(), file); !placed) {
    return tl::unexpected(placed.error());
  }
  return *verified;
}

// A backup of either form.
Result<BackupReport> back_up(const std::string& file, const std::vector<NamedBlob>& blobs,
                             sql::BlobContents& contents, const MakeDatabase& make_database,
                             Progress& progress) {
  try {
    if (!blobs.empty() || file == to_standard_output) {
      return make_archive(file, blobs, contents, make_database, progress);
    }
    const auto made = make_database(file);
    if (!made) return tl::unexpected(made.error());
    return BackupReport{*made, 0, {}};
  } catch (const Stopped&) {
    return fail(Errc::cancelled, "The backup was stopped.");
  } catch (const sql::StorageFailure& failure) {
    return explain(failure);
  }
}

Result<std::unique_ptr<SqliteConnection>> open_snapshot(const std::string& path) {
  if (!exists(path)) return refuse(path, "is not there");
  try {
    auto source =
        std::make_unique<SqliteConnection>(options_of(path), SqliteConnection::Use::looking);
    {
      sql::Query id(*source, "PRAGMA application_id");
      if (!id.next() || id.integer(0) != sqlite::application_id) {
        return refuse(path, "is no database of Threadkeep");
      }
    }
    source->run_script("BEGIN");
    return source;
  } catch (const sql::StorageFailure& failure) {
    return fail(Errc::storage_unavailable, path + ": " + failure.what());
  }
}

// ---- reading ----

struct ArchiveParts {
  std::function<void(TarReader& archive)> database;
  std::function<void(const BlobHash& hash, TarReader& archive)> blob;
};

// Every part in its place, to the end. Returns the lost blobs.
std::vector<std::string> walk_archive(const std::string& file, const ArchiveParts& parts) {
  TarReader archive(file);
  if (!archive.next() || archive.name() != marker_name) damaged(file, "it is no backup");
  if (!archive.next() || archive.name() != database_name) damaged(file, "it has no database");
  parts.database(archive);
  std::vector<std::string> lost;
  for (;;) {
    if (!archive.next()) damaged(file, "its end is missing");
    if (archive.name() == lost_name) break;
    const auto hash = archive.name().substr(0, blob_prefix.size()) == blob_prefix
                          ? BlobHash::parse(archive.name().substr(blob_prefix.size()))
                          : std::nullopt;
    if (!hash) damaged(file, "it holds something else");
    parts.blob(*hash, archive);
  }
  const std::string text = archive.read(static_cast<std::size_t>(archive.size()));
  for (std::size_t at = 0; at < text.size(); at += 2 * BlobHash::size + 1) {
    lost.push_back(text.substr(at, 2 * BlobHash::size));
  }
  if (archive.next()) damaged(file, "it holds something else");
  return lost;
}

template <class Take>
void read_part(TarReader& archive, const Take& take) {
  for (;;) {
    const std::string bytes = archive.read(bytes_per_read);
    if (bytes.empty()) return;
    take(bytes);
  }
}

void unpack_database(TarReader& archive, const std::string& path) {
  sqlite::remove_database(path);
  const File database(path, O_WRONLY | O_CREAT | O_EXCL);
  read_part(archive, [&](const std::string& bytes) { database.write(bytes); });
}

Result<BackupReport> verify_archive(const std::string& file, Progress& progress) {
  const TemporaryDatabase database(file + ".verifying");
  Result<sqlite::CopyReport> copy = fail(Errc::storage_unavailable, "");
  std::set<std::string> named;
  std::set<std::string> present;
  const auto on_database = [&](TarReader& archive) {
    unpack_database(archive, database.path());
    copy = sqlite::verify_copy(database.path(), progress);
    if (!copy) damaged(file, copy.error().detail);
    SqliteConnection connection(options_of(database.path()), SqliteConnection::Use::looking);
    for (const NamedBlob& blob : blobs_of(connection)) named.insert(blob.hash.text());
  };
  const auto on_blob = [&](const BlobHash& hash, TarReader& archive) {
    BlobHasher hasher;
    read_part(archive, [&](const std::string& bytes) { hasher.add(bytes); });
    if (hasher.finish() != hash) damaged(file, "the file " + hash.text() + " has other bytes");
    present.insert(hash.text());
    progress.advance(0);
  };
  auto lost = walk_archive(file, {on_database, on_blob});
  for (const std::string& hash : lost) named.erase(hash);
  if (named != present) damaged(file, "its files are not those that its database names");
  return BackupReport{*copy, present.size(), std::move(lost)};
}

bool has_marker(const std::string& archive) {
  TarReader reader(archive);
  return reader.next() && reader.name() == marker_name;
}

}  // namespace

bool is_backup(const std::string& file) {
  try {
    return is_archive(file) ? has_marker(file) : sqlite::is_copy(file);
  } catch (const sql::StorageFailure&) {
    return false;
  }
}

Result<BackupReport> verify_backup(const std::string& file, Progress& progress) {
  if (!exists(file)) return refuse(file, "is not there");
  try {
    if (is_archive(file)) return verify_archive(file, progress);
  } catch (const Stopped&) {
    return fail(Errc::cancelled, "It was stopped.");
  } catch (const sql::StorageFailure& failure) {
    return explain(failure);
  }
  const auto verified = sqlite::verify_copy(file, progress);
  if (!verified) return tl::unexpected(verified.error());
  return BackupReport{*verified, 0, {}};
}

std::string unpack_backup(const std::string& file, const std::string& unpacked,
                          sql::BlobContents& contents, Progress& progress) {
  if (!is_archive(file)) return file;
  const auto on_blob = [&](const BlobHash& hash, TarReader& archive) {
    const auto upload = contents.upload();
    read_part(archive, [&](const std::string& bytes) { upload->add(bytes); });
    if (upload->place() != hash) damaged(file, "the file " + hash.text() + " has other bytes");
    progress.advance(0);
  };
  walk_archive(file, {[&](TarReader& archive) { unpack_database(archive, unpacked); }, on_blob});
  return unpacked;
}

Result<sqlite::CopyReport> copy_sqlite(const std::string& path, const std::string& file,
                                       const Clock& clock, Progress& progress) {
  const auto source = open_snapshot(path);
  if (!source) return tl::unexpected(source.error());
  return sqlite::copy_database(**source, file, "", clock, progress);
}

Result<BackupReport> back_up_sqlite(const std::string& path, const std::string& file,
                                    const Clock& clock, Progress& progress) {
  const auto source = open_snapshot(path);
  if (!source) return tl::unexpected(source.error());
  std::vector<NamedBlob> blobs;
  try {
    blobs = blobs_of(**source);
  } catch (const sql::StorageFailure& failure) {
    return fail(Errc::storage_unavailable, path + ": " + failure.what());
  }
  sqlite::BlobFiles contents(sqlite::blob_folder_of(path));
  return back_up(
      file, blobs, contents,
      [&](const std::string& database) {
        return sqlite::copy_database(**source, database, "", clock, progress);
      },
      progress);
}

Result<BackupReport> back_up_rows(const OpenedStore& store, const std::string& file,
                                  const Clock& clock, Progress& progress) {
  sql::Connection& source = *store.connection;
  const auto fill = [&](SqliteConnection& target) -> Result<tables::StoreDigest> {
    target.run_script("PRAGMA application_id=" + std::to_string(sqlite::application_id));
    const auto migrated = sql::migrate_without_copy(target, sql::all_migrations());
    if (!migrated) return tl::unexpected(migrated.error());
    make_equal(source, target, all_tables(), progress);
    const Comparison comparison = compare(source, target, all_tables(), progress);
    if (!comparison.is_equal()) return refuse(file, "was not made: " + comparison.first());
    return comparison.from;
  };
  std::vector<NamedBlob> blobs;
  try {
    blobs = named_blobs(source);
  } catch (const sql::StorageFailure& failure) {
    return explain(failure);
  }
  return back_up(
      file, blobs, *store.blobs,
      [&](const std::string& database) {
        return sqlite::make_copy(database, "", clock, progress, fill);
      },
      progress);
}

}  // namespace threadkeep::upkeep
