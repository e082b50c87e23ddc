// Derived tables: they follow the commit sequences, are made anew while everything goes on, and no
// backup, copy or digest sees them. In SQLite the table is a virtual one (FTS5), which keeps others
// for itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "store/audit.h"
#include "store/postgres/postgres_connection.h"
#include "store/postgres_cluster.h"
#include "store/sql/query.h"
#include "store/word_table.h"
#include "upkeep/backup.h"
#include "upkeep/check.h"
#include "upkeep/copy.h"
#include "upkeep/restore.h"
#include "upkeep/upkeep_support.h"

namespace threadkeep::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Derived : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::postgres) {
      NEEDS_POSTGRES();
      url_ = fresh_postgres_url();
    }
    open({});
    close();
    WordTable::create(*connect());
  }

  void open(std::vector<const sql::Derived*> derived) {
    if (GetParam() == Kind::postgres) {
      PostgresOptions options;
      options.url = url_;
      options.process = id_of(1);
      options.derived = std::move(derived);
      store_ = open_postgres_store(options, clock_, ids_).value();
    } else {
      SqliteOptions options;
      options.path = path_;
      options.derived = std::move(derived);
      store_ = open_sqlite_store(options, clock_, ids_).value();
    }
  }
  void open() { open({&words_}); }
  void close() { store_.reset(); }
  void live(int changes) { story_.live(*store_, clock_, changes); }

  // Beside the store, also while it is open.
  std::unique_ptr<sql::Connection> connect() {
    if (GetParam() == Kind::postgres) {
      PostgresOptions options;
      options.url = url_;
      return std::make_unique<postgres::PostgresConnection>(
          options, postgres::PostgresConnection::Use::preparing);
    }
    SqliteOptions options;
    options.path = path_;
    return std::make_unique<sqlite::SqliteConnection>(options,
                                                      sqlite::SqliteConnection::Use::writing);
  }
  std::int64_t number(const std::string& sql) {
    const auto connection = connect();
    sql::Query query(*connection, sql);
    return query.next() ? query.integer(0) : -1;
  }
  void run(const std::string& sql) { connect()->run_script(sql); }

  // Until nothing lags, or for 30 s.
  bool is_caught_up() {
    for (int i = 0; i < 3'000; ++i) {
      if (number("SELECT count(*) FROM users u LEFT JOIN derived_positions p ON p.owner = u.number "
                 "WHERE p.seq IS NULL OR p.seq <> u.seq OR p.rebuilt_to IS NOT NULL") == 0) {
        return true;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  void expect_right() {
    const auto connection = connect();
    EXPECT_EQ(words_in(*connection), words_of(*connection));
    EXPECT_THAT(words_of(*connection), Not(IsEmpty()));
  }
  std::vector<std::string> check(upkeep::Mend mend) {
    auto opened = GetParam() == Kind::postgres
                      ? (mend == upkeep::Mend::yes ? upkeep::claim_postgres(url_, clock_)
                                                   : upkeep::look_at_postgres(url_))
                      : (mend == upkeep::Mend::yes ? upkeep::claim_sqlite(path_, clock_)
                                                   : upkeep::look_at_sqlite(path_));
    std::vector<std::string> rules;
    const auto tell = [&](const upkeep::Finding& finding) { rules.push_back(finding.rule); };
    EXPECT_TRUE(upkeep::check_store(*opened->connection, mend, clock_, tell, progress_,
                                    {{&words_}, nullptr}));
    return rules;
  }

  const WordTable words_;
  ManualClock clock_;
  UlidMaker ids_{clock_};
  TemporaryFolder folder_{TemporaryFolder::On::memory};
  std::string path_ = folder_.file("store.db");
  std::string url_;
  Story story_{7};
  std::unique_ptr<Store> store_;
  Progress progress_{nullptr};
};

INSTANTIATE_TEST_SUITE_P(Stores, Derived, testing::Values(Kind::sqlite, Kind::postgres),
                         [](const testing::TestParamInfo<Kind>& parameter) {
                           return parameter.param == Kind::sqlite ? "sqlite" : "postgres";
                         });

TEST_P(Derived, FollowsWhateverHappens) {
  open({});
  live(1'500);
  // More than two slices of one user, whatever the story left: a slice alone would be all there is.
  const UserId user = id_of(1);
  const ConversationId tea = id_of(900'000);
  ASSERT_TRUE(store_->write(user, chat(tea)));
  for (std::uint64_t i = 1; i <= 500; ++i) {
    ASSERT_TRUE(store_->write(user, said(id_of(900'000 + i), tea, "a word")));
  }
  close();
  open();
  ASSERT_TRUE(is_caught_up());
  expect_right();
  live(200);
  ASSERT_TRUE(is_caught_up());
  expect_right();
  close();
  EXPECT_THAT(check(upkeep::Mend::no), IsEmpty());
}

TEST_P(Derived, GoesOnWhereItWasAfterAStart) {
  open();
  live(200);
  ASSERT_TRUE(is_caught_up());
  close();
  run("UPDATE words SET content = 'left alone' WHERE rowid = (SELECT min(rowid) FROM words)");
  open({});
  live(200);
  close();
  EXPECT_THAT(check(upkeep::Mend::no), Contains("derived-row")) << "the row that was falsified";
  open();
  ASSERT_TRUE(is_caught_up());
  EXPECT_EQ(number("SELECT count(*) FROM words WHERE content = 'left alone'"), 1)
      << "what it had was not made anew";
  run("UPDATE words SET content = (SELECT content FROM messages WHERE key = words.rowid) WHERE "
      "content = "
      "'left alone'");
  expect_right();
}

TEST_P(Derived, WithTheRowsAfterItsPositionItIsNeverBehind) {
  open();
  std::atomic<bool> is_done = false;
  std::thread writer([&] {
    live(600);
    is_done = true;
  });
  const auto connection = connect();
  int rounds = 0;
  int lagging = 0;
  while (!is_done || rounds == 0) {
    connection->run_script(std::string(connection->word("snapshot")));
    const auto users = [&] {
      std::vector<std::int64_t> numbers;
      sql::Query query(*connection, "SELECT number FROM users");
      while (query.next()) numbers.push_back(query.integer(0));
      return numbers;
    }();
    std::map<std::int64_t, std::string> seen;
    for (const std::string& line : words_in(*connection)) {
      seen[std::stoll(line)] = line.substr(line.find(' ') + 1);
    }
    for (const std::int64_t user : users) {
      const auto position = sql::derived_position(*connection, words_, user).value_or(0);
      for (const auto& row : sql::rows_after(*connection, user, position, 100'000)) {
        ++lagging;
        seen[row.key] = row.value.content;
      }
    }
    for (const std::string& line : words_of(*connection)) {
      ASSERT_EQ(seen[std::stoll(line)], line.substr(line.find(' ') + 1));
    }
    connection->run_script("COMMIT");
    ++rounds;
  }
  writer.join();
  EXPECT_GT(lagging, 0) << "nothing was ever behind: this test saw nothing";
}

TEST_P(Derived, IsMadeAnewWhileEverythingGoesOn) {
  open();
  live(400);
  ASSERT_TRUE(is_caught_up());
  run("DELETE FROM words WHERE rowid % 3 = 0");
  run("UPDATE words SET content = 'wrong' WHERE rowid % 5 = 0");
  run("INSERT INTO words (rowid, content) SELECT max(key) + 7, 'a ghost' FROM messages");
  std::thread writer([&] { live(200); });
  sql::ask_for_rebuild(*connect(), words_.name());
  writer.join();
  ASSERT_TRUE(is_caught_up());
  expect_right();
}

TEST_P(Derived, CheckFindsEachWrongRowAndMendsIt) {
  open();
  live(300);
  ASSERT_TRUE(is_caught_up());
  close();
  run("DELETE FROM words WHERE rowid = (SELECT min(rowid) FROM words)");
  run("UPDATE words SET content = 'wrong' WHERE rowid = (SELECT max(rowid) FROM words)");
  run("INSERT INTO words (rowid, content) VALUES (3, 'of no user')");
  run("INSERT INTO words (rowid, content) SELECT max(key) + 7, 'a ghost' FROM messages");
  run("UPDATE derived_positions SET seq = 1000000 WHERE owner = 2");
  const auto rules = check(upkeep::Mend::no);
  EXPECT_THAT(rules, SizeIs(5));
  EXPECT_THAT(rules, Contains("derived-row").Times(4));
  EXPECT_THAT(rules, Contains("derived-position").Times(1));
  EXPECT_THAT(check(upkeep::Mend::yes), SizeIs(5));
  EXPECT_THAT(check(upkeep::Mend::no), IsEmpty());
  open();
  ASSERT_TRUE(is_caught_up());
  expect_right();
}

TEST_P(Derived, NoBackupCopyOrDigestSeesIt) {
  open();
  live(300);
  ASSERT_TRUE(is_caught_up());
  close();
  const auto look = [&] {
    return GetParam() == Kind::postgres ? upkeep::look_at_postgres(url_)
                                        : upkeep::look_at_sqlite(path_);
  };
  const std::string copy = folder_.file("copy.db");
  const auto copy_it = [&] {
    const auto from = look();
    const auto to = upkeep::claim_sqlite(copy, clock_);
    const auto copied = upkeep::copy_store(*from, *to, progress_);
    ASSERT_TRUE(copied) << copied.error().detail;
    EXPECT_TRUE(copied->is_equal()) << copied->first();
  };
  copy_it();
  EXPECT_EQ(Audit(copy).number("SELECT count(*) FROM sqlite_master WHERE name LIKE 'words%'"), 0);
  EXPECT_EQ(Audit(copy).number("SELECT count(*) FROM derived_positions"), 0);
  const auto report = [&] {
    const std::string file = folder_.file("backup.db");
    auto made = GetParam() == Kind::postgres
                    ? upkeep::back_up_rows(*look(), file, clock_, progress_)
                    : upkeep::back_up_sqlite(path_, file, clock_, progress_);
    EXPECT_TRUE(made) << made.error().detail;
    EXPECT_TRUE(upkeep::verify_backup(file, progress_));
    return made->digest;
  };
  const auto before = report();
  run("DELETE FROM words");
  EXPECT_EQ(report(), before);
}

TEST_P(Derived, ARestoredStoreMakesItAnew) {
  if (GetParam() == Kind::postgres) GTEST_SKIP() << "a restore in PostgreSQL has its own tests";
  open();
  live(200);
  ASSERT_TRUE(is_caught_up());
  const std::string file = folder_.file("backup.db");
  ASSERT_TRUE(upkeep::back_up_sqlite(path_, file, clock_, progress_));
  live(200);
  close();
  ASSERT_TRUE(upkeep::restore_sqlite(file, path_, upkeep::Replace::yes, clock_, progress_));
  EXPECT_EQ(number("SELECT count(*) FROM derived_positions"), 0);
  open();
  ASSERT_TRUE(is_caught_up());
  expect_right();
}

}  // namespace
}  // namespace threadkeep::test
