// One SQLite connection with its prepared statements. Inside src/store/sqlite and its tests.
#pragma once

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/sql/driver.h"
#include "store/sqlite/sqlite_store.h"

namespace threadkeep::sqlite {

class SqliteStatement final : public sql::Statement {
 public:
  SqliteStatement(sqlite3* database, std::string_view sql);
  ~SqliteStatement() override;
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  void bind_null(int parameter) override;
  void bind_integer(int parameter, std::int64_t value) override;
  void bind_text(int parameter, std::string_view utf8) override;
  void bind_bytes(int parameter, std::string_view bytes) override;
  bool step() override;
  void reset() noexcept override;
  bool is_null(int column) const override;
  std::int64_t integer(int column) const override;
  std::string_view text(int column) const override;
  std::string_view bytes(int column) const override;

 private:
  void check(int code) const;
  int index_of(int parameter) const { return indexes_.at(static_cast<std::size_t>(parameter - 1)); }
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  // To SQLite "$2" is a name, and its index that of its first appearance in the text.
  std::vector<int> indexes_;
};

class SqliteConnection final : public sql::Connection {
 public:
  // Beside those of a store: `looking` only reads a file that another process may be writing, or a
  // backup; `alone` makes or writes a file that nobody else knows yet, without a log.
  enum class Use { writing, reading, checkpointing, looking, alone };

  // Opens with every setting made, and those that durability hangs on read back. Throws
  // StorageFailure.
  SqliteConnection(const SqliteOptions& options, Use use);

  sql::Statement& prepare(std::string_view sql) override;
  void run_script(const std::string& sql) override;
  std::string_view word(std::string_view name) const override;

  sqlite3* handle() const { return database_.get(); }
  // Whether a BEGIN waits for its end. Some failures end a transaction by themselves.
  bool is_in_transaction() const { return sqlite3_get_autocommit(handle()) == 0; }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::unique_ptr<sqlite3, Close> database_;
  std::unordered_map<std::string, std::unique_ptr<SqliteStatement>, Hash, std::equal_to<>>
      statements_;
};

// The failure that a result code of SQLite means.
sql::StorageFailure failure_of(sqlite3* database, int code);

}  // namespace threadkeep::sqlite
