// Databases of earlier releases, opened by the program of today: everything is as it was, also when
// the power goes at any write, sync or removal of a file on the way.
//
// With each release that changes the schema, its file is added to the others by
//   build/dev/tests/upkeep/upkeep_upgrade_test --keep tests/store/released
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "json/json.h"
#include "store/audit.h"
#include "store/disk.h"
#include "store/released.h"
#include "store/sql/migrate.h"
#include "store/sql/query.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/sqlite/sqlite_store.h"
#include "store/story.h"
#include "upkeep/backup.h"
#include "upkeep/restore.h"

namespace threadkeep::test {
namespace {

using sqlite::SqliteConnection;

std::int64_t newest_version() { return sql::all_migrations().back().version; }

// A line of what a store tells, by its kind, user and id.
struct Line {
  std::string key;
  json::Document object;
};

Line read_line(const std::string& text) {
  const std::size_t begin = text.find('{');
  auto object = json::Document::parse(text.substr(begin), json::Mode::strict).value();
  return {text.substr(0, begin) + std::string(object.root()["id"].string()), std::move(object)};
}

// What `then` has and `now` has not, or otherwise. Members that came later are nobody's loss.
std::vector<std::string> lost(const std::vector<std::string>& then,
                              const std::vector<std::string>& now) {
  std::map<std::string, json::Document> present;
  for (const std::string& text : now) {
    Line line = read_line(text);
    present.emplace(line.key, std::move(line.object));
  }
  std::vector<std::string> result;
  for (const std::string& text : then) {
    const Line line = read_line(text);
    const auto found = present.find(line.key);
    if (found == present.end()) {
      result.push_back(line.key + " is gone");
      continue;
    }
    for (const auto& [name, value] : line.object.root().members()) {
      if (found->second.root()[name].raw() == value.raw()) continue;
      result.push_back(line.key + ": " + std::string(name) + " was " + std::string(value.raw()));
    }
  }
  return result;
}

// The tables and indexes of a database, as their statements.
std::set<std::string> schema_of(const std::string& path) {
  SqliteOptions options;
  options.path = path;
  SqliteConnection connection(options, SqliteConnection::Use::writing);
  std::set<std::string> schema;
  sql::Query query(connection, "SELECT name, coalesce(sql, '') FROM sqlite_master");
  while (query.next()) {
    schema.insert(std::string(query.text(0)) + ": " + std::string(query.text(1)));
  }
  return schema;
}

std::int64_t version_of(const std::string& path) {
  SqliteOptions options;
  options.path = path;
  SqliteConnection connection(options, SqliteConnection::Use::writing);
  return sql::schema_version(connection);
}

class Upgrade : public testing::Test {
 protected:
  Upgrade() { disk::reset(); }
  ~Upgrade() override { disk::reset(); }

  Result<std::unique_ptr<Store>> open(const std::string& path, const std::string& vfs = "") {
    SqliteOptions options;
    options.path = path;
    options.vfs = vfs;
    return open_sqlite_store(options, clock_, ids_);
  }
  // The story of all kept files was told with the same seed; only its ids matter here.
  std::vector<std::string> told_of(const std::string& path, const std::vector<std::string>& then) {
    const auto store = open(path).value();
    return lost(then, Story::told_again(*store, then));
  }
  // The statements of each version, from empty files.
  std::set<std::string> schema_of_version(std::int64_t version) {
    const std::string path = folder_.file("schema" + std::to_string(version) + ".db");
    if (access(path.c_str(), F_OK) != 0) {
      FILE* file = std::fopen(path.c_str(), "w");
      std::fclose(file);
      SqliteOptions options;
      options.path = path;
      SqliteConnection connection(options, SqliteConnection::Use::writing);
      EXPECT_TRUE(sql::migrate_without_copy(
          connection, sql::all_migrations().first(static_cast<std::size_t>(version))));
    }
    return schema_of(path);
  }

  ManualClock clock_;
  UlidMaker ids_{clock_};
  TemporaryFolder folder_{TemporaryFolder::On::memory};
};

TEST_F(Upgrade, ADatabaseOfEveryReleasedSchemaIsKept) {
  std::vector<std::int64_t> versions;
  for (const Released& released : all_released()) {
    versions.push_back(released.version);
    EXPECT_GT(released.told.size(), 100U);
  }
  ASSERT_FALSE(versions.empty());
  for (std::size_t i = 0; i < versions.size(); ++i) {
    EXPECT_EQ(versions[i], static_cast<std::int64_t>(i + 1)) << "one is missing before it";
  }
  EXPECT_LE(versions.back(), newest_version());
}

TEST_F(Upgrade, EverythingIsAsItWas) {
  for (const Released& released : all_released()) {
    const std::string path = folder_.file("v" + std::to_string(released.version) + ".db");
    released.unpack(path);
    EXPECT_EQ(version_of(path), released.version);
    EXPECT_THAT(told_of(path, released.told), testing::IsEmpty());
    EXPECT_EQ(version_of(path), newest_version());
    EXPECT_EQ(schema_of(path), schema_of_version(newest_version()));
    EXPECT_EQ(Audit(path).complaint(Audit::History::any), "");
  }
}

TEST_F(Upgrade, TheTestWouldNoticeALoss) {
  const Released released = all_released().front();
  const std::string path = folder_.file("store.db");
  released.unpack(path);
  (void)open(path).value();
  const Audit audit(path);
  audit.number(
      "UPDATE messages SET created_at = created_at + 1 WHERE key = (SELECT max(m.key) FROM "
      "messages m JOIN conversations c ON c.key = m.key >> 23 WHERE c.state = 0) RETURNING 1");
  EXPECT_EQ(told_of(path, released.told).size(), 1U);
}

// Starts the program on a database and cuts the power, on paper, before everything that it does to
// a file. What each cut leaves must be one of the versions from `before` on, and the next start
// must come to the end of it.
int cut_everywhere(const std::string& path, const TemporaryFolder& left,
                   const std::function<void()>& start, const std::function<void()>& check) {
  std::mt19937_64 random(7);
  int cuts = 0;
  disk::set_watch([&] {
    ++cuts;
    disk::cut_power(path, left.file("store.db"), random);
    check();
    for (const auto& file : std::filesystem::directory_iterator(left.path())) {
      std::filesystem::remove(file.path());
    }
  });
  start();
  disk::set_watch(nullptr);
  return cuts;
}

TEST_F(Upgrade, ALossOfPowerAtAnyMomentLeavesOldOrNew) {
  for (const Released& released : all_released()) {
    if (released.version == newest_version()) continue;
    const std::string path = folder_.file("v" + std::to_string(released.version) + ".db");
    const TemporaryFolder left(TemporaryFolder::On::memory);
    const std::string copy = left.file("store.db");
    released.unpack(path);
    std::map<std::int64_t, int> seen;
    const int cuts = cut_everywhere(
        path, left, [&] { (void)open(path, disk::name()).value(); },
        [&] {
          const std::int64_t version = version_of(copy);
          ++seen[version];
          ASSERT_GE(version, released.version);
          ASSERT_EQ(schema_of(copy), schema_of_version(version));
          ASSERT_THAT(told_of(copy, released.told), testing::IsEmpty());
          ASSERT_EQ(version_of(copy), newest_version());
          ASSERT_EQ(Audit(copy).complaint(Audit::History::any), "");
        });
    EXPECT_GT(cuts, 20);
    EXPECT_GT(seen[released.version], 0);
    EXPECT_GT(seen[newest_version()], 0);
    std::printf("from version %lld: %d cuts\n", static_cast<long long>(released.version), cuts);
  }
}

TEST_F(Upgrade, ACopyOfWhatItWasIsKeptAndNamed) {
  for (const Released& released : all_released()) {
    if (released.version == newest_version()) continue;
    const TemporaryFolder place(TemporaryFolder::On::memory);
    const std::string path = place.file("store.db");
    const std::string begin = path + ".before-migration-from-";
    released.unpack(path);
    for (const char* older : {"0", "00", "x"}) std::ofstream(begin + older) << "older";
    testing::internal::CaptureStderr();
    (void)open(path).value();
    const std::string output = testing::internal::GetCapturedStderr();
    const std::string copy = begin + std::to_string(released.version);
    EXPECT_THAT(output, testing::HasSubstr("is kept in " + copy));
    EXPECT_THAT(output, testing::HasSubstr("removed " + begin));
    // The newest two of our copies, and whatever is not ours.
    EXPECT_TRUE(std::filesystem::exists(begin + "x"));
    EXPECT_EQ(std::filesystem::exists(begin + "0") + std::filesystem::exists(begin + "00"), 1);
    Progress progress(nullptr);
    const auto verified = upkeep::verify_backup(copy, progress);
    ASSERT_TRUE(verified) << verified.error().detail;
    EXPECT_EQ(verified->version, released.version);
    EXPECT_TRUE(verified->has_digest);
    const std::string again = place.file("again.db");
    ASSERT_TRUE(upkeep::restore_sqlite(copy, again, upkeep::Replace::no, clock_, progress));
    EXPECT_THAT(told_of(again, released.told), testing::IsEmpty());
  }
}

TEST_F(Upgrade, WithoutRoomForTheCopyNothingIsChanged) {
  for (const Released& released : all_released()) {
    if (released.version == newest_version()) continue;
    const std::string path = folder_.file("v" + std::to_string(released.version) + ".db");
    released.unpack(path);
    // From the first page of the copy on there is no room.
    disk::set_watch([&] {
      if (std::filesystem::exists(path + ".before-migration-from-" +
                                  std::to_string(released.version) + ".unfinished")) {
        disk::set_fault(disk::Fault::full);
      }
    });
    const auto refused = open(path, disk::name());
    disk::reset();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::storage_full) << refused.error().detail;
    EXPECT_THAT(refused.error().detail, testing::HasSubstr("before an upgrade"));
    EXPECT_EQ(version_of(path), released.version);
    EXPECT_THAT(told_of(path, released.told), testing::IsEmpty());
  }
}

}  // namespace
}  // namespace threadkeep::test

int main(int count, char** arguments) {
  if (count == 3 && std::string(arguments[1]) == "--keep") {
    threadkeep::test::keep_released(arguments[2]);
    return 0;
  }
  testing::InitGoogleTest(&count, arguments);
  return RUN_ALL_TESTS();
}
