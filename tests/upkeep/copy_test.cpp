// Whole stores are copied: also in pieces, also again, and nothing but an equal copy is a store.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "store/audit.h"
#include "store/sql/copy_mark.h"
#include "upkeep/all_tables.h"
#include "upkeep/copy.h"
#include "upkeep/upkeep_support.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Copy : public UpkeepTest {
 protected:
  Result<upkeep::Comparison> copy(Progress& progress) {
    auto from = upkeep::look_at_sqlite(path_);
    if (!from) return tl::unexpected(from.error());
    auto to = upkeep::claim_sqlite(copy_, clock_);
    if (!to) return tl::unexpected(to.error());
    return upkeep::copy_store(*from, *to, progress);
  }
  Result<upkeep::Comparison> copy() { return copy(progress_); }
  upkeep::Comparison compare() {
    auto from = upkeep::look_at_sqlite(path_).value();
    auto to = upkeep::look_at_sqlite(copy_).value();
    return upkeep::compare(*from.connection, *to.connection, upkeep::all_tables(), progress_);
  }

  std::string copy_ = folder_.file("copy.db");
};

TEST_F(Copy, IsTheSameStore) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    path_ = folder_.file(std::to_string(seed) + ".db");
    copy_ = path_ + ".copy";
    const auto lines = fill(path_, seed);
    const auto result = copy();
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_TRUE(result->is_equal()) << result->first();
    EXPECT_EQ(result->from.text.size(), 64U);
    EXPECT_GT(result->from.rows, 200U);
    EXPECT_EQ(told(copy_, lines), lines);
    EXPECT_EQ(Audit(copy_).complaint(Audit::History::any), "");
    EXPECT_EQ(open(copy_)->local_user(), open(path_)->local_user());
    EXPECT_EQ(open(copy_)->cursor_key(), open(path_)->cursor_key());
  }
}

TEST_F(Copy, ThereAndBackIsTheSameDigest) {
  fill(path_, 4);
  const auto there = copy().value();
  const std::string first = path_;
  path_ = copy_;
  copy_ = folder_.file("back.db");
  const auto back = copy().value();
  EXPECT_EQ(there.from, back.to);
}

// Stopped again and again, each time a little later; then the same call comes to the end.
TEST_F(Copy, GoesOnWhereItWasStopped) {
  const auto lines = fill(path_, 5);
  std::mt19937_64 random(8);
  int stops = 0;
  for (;;) {
    const auto patience = 20 + static_cast<int>(random() % 150) + 100 * stops;
    int steps = 0;
    Progress progress(
        [&](const std::string&, std::uint64_t, std::uint64_t) { return ++steps < patience; });
    const auto result = copy(progress);
    if (result) {
      EXPECT_TRUE(result->is_equal()) << result->first();
      break;
    }
    EXPECT_EQ(result.error().code, Errc::cancelled);
    ++stops;
    const auto half = [&] {
      SqliteOptions options;
      options.path = copy_;
      return open_sqlite_store(options, clock_, ids_);
    }();
    ASSERT_FALSE(half) << "a server took half a copy for a store";
    EXPECT_THAT(half.error().detail, HasSubstr("threadkeep copy"));
  }
  EXPECT_GT(stops, 1);
  EXPECT_EQ(told(copy_, lines), lines);
}

TEST_F(Copy, GoesOnAfterAKill) {
  const auto lines = fill(path_, 6, 2'000);
  std::mt19937_64 random(2);
  int killed = 0;
  for (int round = 0; round < 10; ++round) {
    const pid_t child = fork();
    if (child == 0) _exit(copy() ? 0 : 1);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 120'000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    killed += WIFSIGNALED(status) ? 1 : 0;
    // The source changes between two tries.
    if (round % 3 == 2) {
      open(path_)->write(id_of(1), chat(id_of(600 + killed * 20U))).value();
    }
  }
  const auto result = copy();
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_TRUE(result->is_equal()) << result->first();
  EXPECT_EQ(told(copy_, lines), lines);
  std::printf("%d killed\n", killed);
}

TEST_F(Copy, AgainTakesOverWhatChangedInTheSource) {
  fill(path_, 7);
  copy().value();
  {
    const auto store = open(path_);
    Story story(7);  // the same ids, other changes from here on
    story.live(*store, clock_, 250);
    for (std::uint64_t i = 1; i <= Story::conversations_of_each; ++i) {
      (void)store->write(id_of(1), DeleteConversation{id_of(1'000 + i), Erase::now});
    }
  }
  EXPECT_FALSE(compare().is_equal());
  const auto again = copy();
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_TRUE(again->is_equal()) << again->first();
  EXPECT_TRUE(compare().is_equal());
}

TEST_F(Copy, AStoreWithALifeOfItsOwnIsNoTarget) {
  fill(path_, 8);
  copy().value();
  open(copy_);  // a server has used it
  const auto refused = copy();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::id_conflict);
  copy_ = folder_.file("other.db");
  const auto lines = fill(copy_, 9);
  EXPECT_EQ(copy().error().code, Errc::id_conflict);
  EXPECT_EQ(told(copy_, lines), lines);
}

TEST_F(Copy, AnUnfinishedCopyOfAnotherStoreIsNoTarget) {
  fill(path_, 8);
  int steps = 0;
  Progress progress(
      [&](const std::string&, std::uint64_t, std::uint64_t) { return ++steps < 300; });
  EXPECT_EQ(copy(progress).error().code, Errc::cancelled);
  path_ = folder_.file("other.db");
  fill(path_, 9);
  EXPECT_EQ(copy().error().code, Errc::id_conflict);
}

TEST_F(Copy, OfALiveStoreIsOneStateOfIt) {
  fill(path_, 10);
  const auto store = open(path_);
  bool has_written = false;
  Progress progress([&](const std::string& stage, std::uint64_t done, std::uint64_t) {
    if (stage == "copying" && done > 50 && !has_written) {
      has_written = true;
      store->write(id_of(1), chat(id_of(79))).value();
    }
    return true;
  });
  const auto first = copy(progress);
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_TRUE(has_written);
  EXPECT_TRUE(first->is_equal());
  EXPECT_TRUE(upkeep::look_at_sqlite(path_)->is_in_use);
  EXPECT_FALSE(compare().is_equal()) << "what came later is not in it";
  EXPECT_TRUE(copy()->is_equal());
  EXPECT_TRUE(compare().is_equal());
}

TEST_F(Copy, EveryChangedFieldIsFound) {
  fill(path_, 11);
  copy().value();
  for (const tables::Table& table : upkeep::all_tables()) {
    if (number(copy_, "SELECT count(*) FROM " + table.name) == 0) continue;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const tables::Column& column = table.columns[i];
      const std::string change =
          column.kind == tables::Kind::integer ? "coalesce(" + column.name + ", 0) + 1000000007"
          : column.kind == tables::Kind::text  ? "coalesce(" + column.name + ", '') || '!'"
                                               : "x'0123456789abcdef0123456789abcdef'";
      const std::string other = folder_.file("changed.db");
      std::filesystem::copy_file(copy_, other, std::filesystem::copy_options::overwrite_existing);
      run(other, "UPDATE " + table.name + " SET " + column.name + " = " + change +
                     " WHERE rowid = (SELECT max(rowid) FROM " + table.name +
                     (table.name == "meta" ? " WHERE name <> 'copy'" : "") + ")");
      auto from = upkeep::look_at_sqlite(path_).value();
      auto to = upkeep::look_at_sqlite(other).value();
      const auto found =
          upkeep::compare(*from.connection, *to.connection, upkeep::all_tables(), progress_);
      EXPECT_FALSE(found.is_equal()) << table.name << "." << column.name;
      EXPECT_NE(found.from, found.to);
      ASSERT_FALSE(found.shown.empty()) << table.name << "." << column.name;
      EXPECT_THAT(found.shown.front(), HasSubstr(table.name));
    }
  }
}

TEST_F(Copy, AWrongRowInAFinishedCopyIsPutRight) {
  fill(path_, 12);
  copy().value();
  run(copy_, "UPDATE messages SET content = '[7]' WHERE key = (SELECT max(key) FROM messages)");
  run(copy_, "DELETE FROM jumps WHERE child = (SELECT max(child) FROM jumps)");
  EXPECT_EQ(compare().differences, 2U);
  EXPECT_TRUE(copy()->is_equal());
}

TEST_F(Copy, TheTablesAreThoseOfTheMigrations) {
  std::vector<std::string> names;
  for (const tables::Table& table : upkeep::all_tables()) {
    names.push_back(table.name);
    EXPECT_FALSE(table.key.empty());
  }
  EXPECT_THAT(names, testing::IsSupersetOf({"conversation_tags", "conversations", "jumps",
                                            "messages", "meta", "users"}));
  fill(path_, 1, 10);
  EXPECT_EQ(number(path_,
                   "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE "
                   "'sqlite_%'"),
            static_cast<std::int64_t>(tables::table_roles.size()) + 1)
      << "all but schema_version";
  EXPECT_EQ(names.size() + 1, tables::table_roles.size()) << "derived_positions is derived";
}

}  // namespace
}  // namespace threadkeep::test
