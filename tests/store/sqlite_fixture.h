// A database in one file, opened as a store or by single connections.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "store/sql/query.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/sqlite/sqlite_store.h"
#include "store/stores.h"

namespace threadkeep::test {

inline const UserId user = id_of(1);
inline const ConversationId tea = id_of(100);

class Sqlite : public testing::Test {
 protected:
  Result<std::unique_ptr<Store>> try_open(const std::string& path) {
    SqliteOptions options;
    options.path = path;
    return open_sqlite_store(options, clock_, ids_);
  }
  std::unique_ptr<Store> open() {
    auto store = try_open(path_);
    if (!store) throw std::runtime_error(store.error().detail);
    return std::move(*store);
  }
  std::unique_ptr<sqlite::SqliteConnection> connect(sqlite::SqliteConnection::Use use) {
    SqliteOptions options;
    options.path = path_;
    return std::make_unique<sqlite::SqliteConnection>(options, use);
  }
  static std::int64_t number(sql::Connection& connection, const std::string& sql) {
    sql::Query query(connection, sql);
    return query.next() ? query.integer(0) : -1;
  }

  ManualClock clock_;
  UlidMaker ids_{clock_};
  TemporaryFolder folder_{TemporaryFolder::On::memory};
  std::string path_ = folder_.file("store.db");
};

}  // namespace threadkeep::test
