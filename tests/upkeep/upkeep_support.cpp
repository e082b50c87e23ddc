#include "upkeep/upkeep_support.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "store/sql/query.h"
#include "store/sqlite/prepare.h"
#include "store/sqlite/sqlite_connection.h"

namespace threadkeep::test {
namespace {

sqlite::SqliteConnection connect(const std::string& path) {
  SqliteOptions options;
  options.path = path;
  sqlite::SqliteConnection connection(options, sqlite::SqliteConnection::Use::writing);
  // So that closing it leaves one file, which tests copy.
  sqlite::write_log_again(connection);
  return connection;
}

}  // namespace

std::unique_ptr<Store> UpkeepTest::open(const std::string& path) {
  SqliteOptions options;
  options.path = path;
  auto store = open_sqlite_store(options, clock_, ids_);
  if (!store) throw std::runtime_error(store.error().detail);
  return std::move(*store);
}

std::vector<std::string> UpkeepTest::fill(const std::string& path, std::uint64_t seed,
                                          int changes) {
  const auto store = open(path);
  Story story(seed);
  story.live(*store, clock_, changes);
  store->local_user();
  return story.told_by(*store);
}

std::vector<std::string> UpkeepTest::told(const std::string& path,
                                          const std::vector<std::string>& lines) {
  return Story::told_again(*open(path), lines);
}

void UpkeepTest::run(const std::string& path, const std::string& sql) {
  connect(path).run_script(sql);
}

std::int64_t UpkeepTest::number(const std::string& path, const std::string& sql) {
  auto connection = connect(path);
  sql::Query query(connection, sql);
  return query.next() ? query.integer(0) : -1;
}

void UpkeepTest::damage_page(const std::string& path) {
  constexpr std::size_t page_bytes = 8192;
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  const std::size_t words = bytes.find("Übermut");
  if (words == std::string::npos) throw std::runtime_error("there are no words in " + path);
  file.clear();
  file.seekp(static_cast<std::streamoff>(words / page_bytes * page_bytes));
  file << std::string(100, 'x');
}

}  // namespace threadkeep::test
