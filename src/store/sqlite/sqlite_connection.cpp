#include "store/sqlite/sqlite_connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>

#include "store/sql/query.h"

namespace threadkeep::sqlite {
namespace {

constexpr int busy_timeout_ms = 5'000;
constexpr std::int64_t synchronous_full = 2;

// Why the latest write to the database and to its log failed, as the system calls it; 0: none did.
// What sqlite3_system_errno says comes from whatever was called last.
std::array<int, 2> reasons(sqlite3* database) {
  std::array<int, 2> reasons{};
  if (database == nullptr) return reasons;
  sqlite3_file* log = nullptr;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (log != nullptr && log->pMethods != nullptr) {
    log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, reasons.data());
  }
  sqlite3_file_control(database, "main", SQLITE_FCNTL_LAST_ERRNO, &reasons[1]);
  return reasons;
}

// A write that the system refused, and of which nothing was done: a quota, a file that may not
// grow, a file system that has become read-only.
bool is_refused_write(sqlite3* database, int code) {
  const auto why = reasons(database);
  const auto is_refusal = [](int reason) {
    return reason == EDQUOT || reason == EFBIG || reason == EROFS;
  };
  return code == SQLITE_IOERR_WRITE && std::any_of(why.begin(), why.end(), is_refusal) &&
         std::all_of(why.begin(), why.end(),
                     [&](int reason) { return reason == 0 || is_refusal(reason); });
}

// Failures after which nobody knows what the disk holds.
bool is_broken(int code) {
  switch (code) {
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
    case SQLITE_IOERR_TRUNCATE:
    case SQLITE_IOERR_CLOSE:
    case SQLITE_IOERR_DIR_CLOSE:
      return true;
    default:
      return false;
  }
}

// Statistics of SQLite's memory cost one global lock per allocation, and nobody reads them.
void configure_sqlite_once() {
  static std::once_flag once;
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

int open_flags(SqliteConnection::Use use) {
  if (use == SqliteConnection::Use::looking) return SQLITE_OPEN_READONLY;
  if (use == SqliteConnection::Use::alone) return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  return SQLITE_OPEN_READWRITE;
}

sqlite3* open(const SqliteOptions& options, SqliteConnection::Use use) {
  configure_sqlite_once();
  sqlite3* database = nullptr;
  const int code =
      sqlite3_open_v2(options.path.c_str(), &database, open_flags(use) | SQLITE_OPEN_NOMUTEX,
                      options.vfs.empty() ? nullptr : options.vfs.c_str());
  if (code == SQLITE_OK) {
    sqlite3_extended_result_codes(database, 1);
    // Otherwise a statement is prepared again for each new value of a parameter that a partial
    // index might be chosen by.
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
    // The last connection to be closed moves the log: only one that has written it again may.
    sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return database;
  }
  const sql::StorageFailure failure = failure_of(database, code);
  sqlite3_close_v2(database);
  throw failure;
}

std::string pragmas(const SqliteOptions& options, SqliteConnection::Use use) {
  using Use = SqliteConnection::Use;
  const bool is_reading = use == Use::reading || use == Use::looking;
  const std::int64_t cache = is_reading ? options.reader_cache_bytes : options.writer_cache_bytes;
  std::string sql = "PRAGMA page_size=" + std::to_string(options.page_size_bytes);
  if (use == Use::alone) sql += ";PRAGMA journal_mode=DELETE";
  if (use != Use::alone && use != Use::looking) sql += ";PRAGMA journal_mode=WAL";
  sql +=
      ";PRAGMA synchronous=FULL"
      ";PRAGMA wal_autocheckpoint=0"
      ";PRAGMA journal_size_limit=134217728"
      ";PRAGMA foreign_keys=OFF"
      ";PRAGMA secure_delete=ON"
      ";PRAGMA temp_store=MEMORY"
      ";PRAGMA mmap_size=" +
      std::to_string(options.mmap_bytes) + ";PRAGMA cache_size=-" + std::to_string(cache >> 10);
  if (is_reading) sql += ";PRAGMA query_only=ON";
  return sql;
}

}  // namespace

sql::StorageFailure failure_of(sqlite3* database, int code) {
  using Kind = sql::StorageFailure::Kind;
  Kind kind = Kind::unavailable;
  if ((code & 0xff) == SQLITE_FULL) {
    kind = Kind::full;
  } else if (is_refused_write(database, code)) {
    const auto why = reasons(database);
    const bool is_read_only = std::find(why.begin(), why.end(), EROFS) != why.end();
    kind = is_read_only ? Kind::unavailable : Kind::full;
  } else if (is_broken(code)) {
    kind = Kind::broken;
  }
  const char* message = database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database);
  return {kind, std::string(message) + " (" + std::to_string(code) + ")"};
}

SqliteStatement::SqliteStatement(sqlite3* database, std::string_view sql) : database_(database) {
  check(sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
  const int count = sqlite3_bind_parameter_count(statement_);
  for (int number = 1; number <= count; ++number) {
    const std::string name = "$" + std::to_string(number);
    indexes_.push_back(sqlite3_bind_parameter_index(statement_, name.c_str()));
  }
}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(statement_); }

void SqliteStatement::check(int code) const {
  if (code != SQLITE_OK) throw failure_of(database_, code);
}

void SqliteStatement::bind_null(int parameter) {
  check(sqlite3_bind_null(statement_, index_of(parameter)));
}

void SqliteStatement::bind_integer(int parameter, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, index_of(parameter), value));
}

// A null pointer would bind NULL.
void SqliteStatement::bind_text(int parameter, std::string_view utf8) {
  check(sqlite3_bind_text64(statement_, index_of(parameter),
                            utf8.data() == nullptr ? "" : utf8.data(), utf8.size(), SQLITE_STATIC,
                            SQLITE_UTF8));
}

void SqliteStatement::bind_bytes(int parameter, std::string_view bytes) {
  check(sqlite3_bind_blob64(statement_, index_of(parameter),
                            bytes.data() == nullptr ? "" : bytes.data(), bytes.size(),
                            SQLITE_STATIC));
}

bool SqliteStatement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) throw failure_of(database_, code);
  return false;
}

void SqliteStatement::reset() noexcept { sqlite3_reset(statement_); }

bool SqliteStatement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t SqliteStatement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view SqliteStatement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return {data == nullptr ? "" : data,
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view SqliteStatement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {data == nullptr ? "" : data,
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

SqliteConnection::SqliteConnection(const SqliteOptions& options, Use use)
    : database_(open(options, use)) {
  sqlite3_busy_timeout(handle(), busy_timeout_ms);
  run_script(pragmas(options, use));
  if (use == Use::looking || use == Use::alone) return;
  // A build or a file system that quietly does less must not run.
  sql::Query journal(*this, "PRAGMA journal_mode");
  sql::Query synchronous(*this, "PRAGMA synchronous");
  if (!journal.next() || journal.text(0) != "wal" || !synchronous.next() ||
      synchronous.integer(0) != synchronous_full) {
    throw sql::StorageFailure(sql::StorageFailure::Kind::unavailable,
                              "SQLite does not offer WAL with synchronous=FULL");
  }
}

sql::Statement& SqliteConnection::prepare(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return *found->second;
  auto statement = std::make_unique<SqliteStatement>(handle(), sql);
  return *statements_.emplace(std::string(sql), std::move(statement)).first->second;
}

void SqliteConnection::run_script(const std::string& sql) {
  const int code = sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw failure_of(handle(), code);
}

std::string_view SqliteConnection::word(std::string_view name) const {
  if (name == "engine") return "sqlite";
  if (name == "key") return "INTEGER PRIMARY KEY";
  if (name == "bytewise") return "COLLATE BINARY";
  if (name == "now") return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";
  if (name == "snapshot") return "BEGIN";
  if (name == "lock if free") return "";
  if (name == "integrity") return "SELECT integrity_check FROM pragma_integrity_check";
  return "BLOB";
}

}  // namespace threadkeep::sqlite
