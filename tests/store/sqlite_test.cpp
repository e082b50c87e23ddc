// What is SqliteStore's own: settings, the file, the lock, migrations, the log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>

#include "store/audit.h"
#include "store/sql/migrate.h"
#include "store/sql/operations.h"
#include "store/sql/query.h"
#include "store/sqlite/database_file.h"
#include "store/sqlite/prepare.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/sqlite/sqlite_engine.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite_fixture.h"
#include "store/stores.h"

namespace threadkeep::test {
namespace {

using sqlite::SqliteConnection;
using testing::HasSubstr;
using testing::Not;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
}

TEST_F(Sqlite, EveryConnectionIsDurable) {
  open();
  for (const auto use : {SqliteConnection::Use::writing, SqliteConnection::Use::reading,
                         SqliteConnection::Use::checkpointing}) {
    const auto connection = connect(use);
    EXPECT_EQ(number(*connection, "PRAGMA synchronous"), 2);
    EXPECT_EQ(number(*connection, "PRAGMA page_size"), 8192);
    EXPECT_EQ(number(*connection, "PRAGMA secure_delete"), 1);
    EXPECT_EQ(number(*connection, "PRAGMA wal_autocheckpoint"), 0);
    sql::Query journal(*connection, "PRAGMA journal_mode");
    ASSERT_TRUE(journal.next());
    EXPECT_EQ(journal.text(0), "wal");
  }
}

TEST_F(Sqlite, TheEndOfAnAnswerIsWrittenWhereItsPartsWere) {
  const auto store = open();
  store->write(user, chat(tea)).value();
  BeginGeneration begin;
  begin.conversation_id = tea;
  begin.question = said(id_of(1), tea, "Tell me");
  begin.answers = {{id_of(2), "m"}};
  ASSERT_TRUE(store->write(user, begin));
  FinishAnswer end;
  end.id = id_of(2);
  end.content = R"([{"type":"text","text":")";
  for (std::int64_t part = 1; part <= 50; ++part) {
    CheckpointAnswer step;
    step.id = end.id;
    step.parts = {{part, (part == 1 ? end.content : "") + std::string(7'000, 'a')}};
    step.closing = R"("}])";
    ASSERT_TRUE(store->write(user, step));
    end.content += std::string(7'000, 'a');
  }
  end.content += R"("}])";
  const auto free_pages = [&] {
    return number(*connect(SqliteConnection::Use::reading), "PRAGMA freelist_count");
  };
  ASSERT_EQ(free_pages(), 0);
  ASSERT_TRUE(store->write(user, end));
  EXPECT_LT(free_pages(), 10);
}

TEST_F(Sqlite, AConnectionForReadingCannotWrite) {
  open();
  const auto connection = connect(SqliteConnection::Use::reading);
  EXPECT_THROW(connection->run_script("DELETE FROM messages"), sql::StorageFailure);
}

TEST_F(Sqlite, FilesAndFoldersAreForTheOwnerOnly) {
  const mode_t before = umask(0);
  path_ = folder_.file("a/b/store.db");
  const auto store = open();
  store->write(user, chat(tea)).value();
  umask(before);
  EXPECT_EQ(mode_of(folder_.file("a")), 0700U);
  EXPECT_EQ(mode_of(folder_.file("a/b")), 0700U);
  for (const char* end : {"", "-wal", "-shm", ".lock"}) EXPECT_EQ(mode_of(path_ + end), 0600U);
}

TEST_F(Sqlite, ASecondStoreOnTheSameFileIsRefused) {
  auto first = open();
  const auto second = try_open(path_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::storage_unavailable);
  EXPECT_THAT(second.error().detail, HasSubstr("another process"));
  EXPECT_THAT(second.error().detail, Not(HasSubstr("\n")));
  first.reset();
  EXPECT_TRUE(try_open(path_));
}

TEST_F(Sqlite, ASecondProcessOnTheSameFileIsRefused) {
  const auto first = open();
  const pid_t child = fork();
  if (child == 0) _exit(sqlite::claim_database_file(path_) ? 1 : 42);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

TEST_F(Sqlite, ASecondNameOfTheFileIsNoWayAroundTheLock) {
  std::filesystem::create_directory(folder_.file("elsewhere"));
  const std::string link = folder_.file("elsewhere/link.db");
  std::filesystem::create_symlink("../store.db", link);
  path_ = folder_.file("store.db");
  auto first = open();
  EXPECT_FALSE(try_open(link));
  // Whoever comes by another mount may see another lock beside it.
  std::filesystem::remove(path_ + ".lock");
  EXPECT_FALSE(try_open(path_));
  first.reset();
  EXPECT_TRUE(try_open(link));
}

TEST_F(Sqlite, ALinkThatLeadsNowhereYetIsFollowed) {
  path_ = folder_.file("link.db");
  std::filesystem::create_symlink("target.db", path_);
  open()->write(user, chat(tea)).value();
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  EXPECT_TRUE(std::filesystem::exists(folder_.file("target.db.lock")));
  path_ = folder_.file("target.db");
  EXPECT_TRUE(find_conversation(*open(), user, tea));
}

TEST_F(Sqlite, AFileWithASecondHardLinkIsRefused) {
  open()->write(user, chat(tea)).value();
  const std::string second = folder_.file("second.db");
  std::filesystem::create_hard_link(path_, second);
  for (const std::string& name : {path_, second}) {
    const auto store = try_open(name);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Errc::storage_unavailable);
    EXPECT_THAT(store.error().detail, HasSubstr("second name"));
  }
  std::filesystem::remove(second);
  EXPECT_TRUE(find_conversation(*open(), user, tea));
}

TEST_F(Sqlite, NetworkFileSystemsAreKnown) {
  EXPECT_TRUE(sqlite::is_network_file_system(0x6969));
  EXPECT_TRUE(sqlite::is_network_file_system(0xFF534D42));
  EXPECT_TRUE(sqlite::is_network_file_system(0xFFFFFFFFFF534D42));  // a signed f_type
  EXPECT_FALSE(sqlite::is_network_file_system(0xEF53));
  EXPECT_FALSE(sqlite::is_network_file_system(0x01021994));
}

TEST_F(Sqlite, WhatCannotBeADatabaseIsRefusedWithALine) {
  std::ofstream(path_) << std::string(10'000, 'x');
  const auto text = try_open(path_);
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().detail, HasSubstr(path_));
  EXPECT_FALSE(try_open(folder_.path()));
  EXPECT_FALSE(try_open("/proc/none/store.db"));
}

TEST_F(Sqlite, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
  sqlite3* other = nullptr;
  sqlite3_open(path_.c_str(), &other);
  sqlite3_exec(other, "CREATE TABLE theirs (a)", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  const auto store = try_open(path_);
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().detail, HasSubstr("another program"));
  EXPECT_EQ(Audit(path_).number("SELECT count(*) FROM sqlite_master"), 1);
}

TEST_F(Sqlite, ANewerSchemaIsRefusedWithALine) {
  open();
  connect(SqliteConnection::Use::writing)
      ->run_script("INSERT INTO schema_version (version) VALUES (4711)");
  const auto store = try_open(path_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::newer_schema);
  EXPECT_THAT(store.error().detail, HasSubstr("newer version"));
  EXPECT_THAT(store.error().detail, HasSubstr("4711"));
  EXPECT_THAT(store.error().detail, Not(HasSubstr("\n")));
}

TEST_F(Sqlite, MigrationsRunOnceEachInATransaction) {
  open();
  const auto connection = connect(SqliteConnection::Use::writing);
  const auto known = sql::all_migrations();
  std::vector<sql::Migration> migrations(known.begin(), known.end());
  const std::int64_t present = migrations.back().version;
  EXPECT_EQ(sql::schema_version(*connection), present);
  int copies = 0;
  const auto copy = [&](std::int64_t version) {
    EXPECT_EQ(version, present);
    ++copies;
    return Result<void>();
  };
  EXPECT_TRUE(sql::migrate(*connection, migrations, copy));
  EXPECT_EQ(copies, 0);

  migrations.push_back(
      {present + 1, "CREATE TABLE one (a ${bytes}); CREATE TABLE two (b ${key});"});
  migrations.push_back({present + 2, "CREATE TABLE three (c); CREATE TABLE meta (name TEXT);"});
  EXPECT_THROW((void)sql::migrate(*connection, migrations, copy), sql::StorageFailure);
  EXPECT_EQ(copies, 1);
  EXPECT_EQ(sql::schema_version(*connection), present + 1);
  EXPECT_EQ(number(*connection,
                   "SELECT count(*) FROM sqlite_master WHERE name IN ('one', 'two', 'three')"),
            2);
  EXPECT_FALSE(connection->is_in_transaction());
}

TEST_F(Sqlite, AMigrationMayDifferByEngine) {
  open();
  const auto connection = connect(SqliteConnection::Use::writing);
  const auto known = sql::all_migrations();
  std::vector<sql::Migration> migrations(known.begin(), known.end());
  const std::int64_t next = migrations.back().version + 1;
  migrations.push_back({next, "CREATE TABLE shared (a ${bytes})"});
  migrations.push_back({next, "CREATE VIRTUAL TABLE words USING fts5(word)", "sqlite"});
  migrations.push_back({next, "CREATE TABLE words (word TSVECTOR); no SQL at all", "postgres"});
  migrations.push_back({next + 1, "no SQL at all", "postgres"});
  migrations.push_back({next + 1, "INSERT INTO shared (a) VALUES ('x')", "sqlite"});
  ASSERT_TRUE(sql::migrate_without_copy(*connection, migrations));
  EXPECT_EQ(sql::schema_version(*connection), next + 1);
  EXPECT_EQ(number(*connection,
                   "SELECT count(*) FROM schema_version WHERE version >= " + std::to_string(next)),
            2);
  EXPECT_EQ(number(*connection, "SELECT count(*) FROM shared"), 1);
  EXPECT_EQ(number(*connection, "SELECT count(*) FROM words"), 0);

  // The parts of one number run together or not at all.
  migrations.push_back({next + 2, "CREATE TABLE more (a ${bytes})"});
  migrations.push_back({next + 2, "CREATE TABLE more (a ${bytes})", "sqlite"});
  EXPECT_THROW((void)sql::migrate_without_copy(*connection, migrations), sql::StorageFailure);
  EXPECT_EQ(sql::schema_version(*connection), next + 1);
  EXPECT_EQ(number(*connection, "SELECT count(*) FROM sqlite_master WHERE name = 'more'"), 0);
}

TEST_F(Sqlite, TheFileIsReopenedWithEverythingInIt) {
  auto store = open();
  store->write(user, chat(tea, "Tea")).value();
  for (std::uint64_t i = 1; i <= 100; ++i) {
    store->write(user, said(id_of(i), tea, "message " + std::to_string(i))).value();
  }
  const std::string before =
      show(path_page(*store, user, tea, std::nullopt, std::nullopt, 200).value());
  store.reset();
  EXPECT_NE(access((path_ + "-wal").c_str(), F_OK), 0);  // all of it is in the one file
  store = open();
  EXPECT_EQ(show(path_page(*store, user, tea, std::nullopt, std::nullopt, 200).value()), before);
}

// Every place that takes words of a person, and enough of them for pages that are freed again.
void write_secrets(Store& store, const std::string& secret) {
  NewConversation fresh = chat(tea, secret);
  fresh.metadata = "{\"a\":\"" + secret + "\"}";
  store.write(user, fresh).value();
  ConversationPatch patch;
  patch.folder = secret;
  patch.tags = std::vector<std::string>{secret};
  store.write(user, EditConversation{tea, patch}).value();
  for (std::uint64_t i = 1; i <= 40; ++i) {
    NewMessage message = said(id_of(i), tea, secret + std::string(i * 500, 'x'));
    message.metadata = fresh.metadata;
    message.usage = fresh.metadata;
    message.error = fresh.metadata;
    store.write(user, message).value();
  }
}

TEST_F(Sqlite, ErasedWordsAreInNoFile) {
  const std::string secret = "xyzzy-the-secret-word";
  const auto files_with_it = [&] {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes(std::istreambuf_iterator<char>(file), {});
      if (bytes.find(secret) != std::string::npos) names.push_back(entry.path().filename());
    }
    return names;
  };
  const UnixMs begin = clock_.now_ms();
  for (const bool by_purge : {false, true}) {
    clock_.set(begin);
    path_ = folder_.file(by_purge ? "purged.db" : "deleted.db");
    auto store = open();
    write_secrets(*store, secret);
    EXPECT_THAT(files_with_it(), Not(testing::IsEmpty()));
    store->write(user, DeleteConversation{tea, by_purge ? Erase::later : Erase::now}).value();
    if (by_purge) {
      clock_.advance(limits::trash_kept_ms);
      EXPECT_EQ(purge_trash(*store, clock_.now_ms()).value().erased, 1);
    }
    ASSERT_TRUE(store->check_ready());  // the writer has emptied the log by now
    EXPECT_THAT(files_with_it(), testing::IsEmpty()) << by_purge;
    clock_.advance(limits::ids_kept_ms);
    EXPECT_EQ(purge_trash(*store, clock_.now_ms()).value().forgotten, 1);
    ASSERT_TRUE(store->check_ready());
    EXPECT_THAT(files_with_it(), testing::IsEmpty()) << by_purge;
    store.reset();
    EXPECT_EQ(Audit(path_).complaint(Audit::History::any), "");
  }
}

TEST_F(Sqlite, ALogThatWasNotWrittenAgainIsNotMovedByClosing) {
  const auto log_bytes = [this] {
    std::error_code missing;
    const auto size = std::filesystem::file_size(path_ + "-wal", missing);
    return missing ? 0 : size;
  };
  auto store = open();
  store->write(user, chat(tea)).value();
  // As a process leaves them that was killed.
  const std::string dead = folder_.file("dead.db");
  for (const char* end : {"", "-wal"}) std::filesystem::copy_file(path_ + end, dead + end);
  store.reset();
  path_ = dead;
  const auto left = log_bytes();
  ASSERT_GT(left, 0);
  for (const auto use : {SqliteConnection::Use::writing, SqliteConnection::Use::reading}) {
    auto connection = connect(use);
    EXPECT_EQ(number(*connection, "SELECT count(*) FROM conversations"), 1);
    connection.reset();
    EXPECT_EQ(log_bytes(), left);
  }
  auto connection = connect(SqliteConnection::Use::writing);
  sqlite::write_log_again(*connection);
  EXPECT_EQ(log_bytes(), left);
  connection.reset();
  EXPECT_EQ(log_bytes(), 0);
  EXPECT_EQ(Audit(path_).complaint(Audit::History::any), "");
}

TEST_F(Sqlite, TheLogIsMovedIntoTheDatabaseWhileItIsWritten) {
  const auto store = open();
  store->write(user, chat(tea)).value();
  const std::string text(30'000, 'x');
  for (std::uint64_t i = 1; i <= 3'000; ++i) {
    store->write(user, said(id_of(i), tea, text), [](const auto& result) { EXPECT_TRUE(result); });
    if (i % 50 == 0) {
      ASSERT_TRUE(store->check_ready());
    }
  }
  ASSERT_TRUE(store->check_ready());
  struct stat log {};
  ASSERT_EQ(stat((path_ + "-wal").c_str(), &log), 0);
  EXPECT_LT(log.st_size, 80 << 20);  // of more than 100 MB that were written
  struct stat file {};
  ASSERT_EQ(stat(path_.c_str(), &file), 0);
  EXPECT_GT(file.st_size, 40 << 20);
}

TEST_F(Sqlite, APurgeDoesSoMuchAtOnceAndNoMore) {
  const auto store = open();
  constexpr std::uint64_t messages = 6'000;
  for (std::uint64_t number = 0; number < 3; ++number) {
    ConversationMerge merge;
    merge.conversation.id = id_of(100 + number);
    for (std::uint64_t i = 0; i < messages; ++i) {
      const MessageId id = id_of((number + 1) * 1'000'000 + i);
      merge.messages.push_back(said_under(AsRoot{}, id, merge.conversation.id, "x"));
    }
    store->write(user, merge).value();
    store->write(user, DeleteConversation{merge.conversation.id, Erase::later}).value();
  }
  clock_.advance(limits::trash_kept_ms);
  const auto purge = [&] { return purge_trash(*store, clock_.now_ms()).value(); };
  Purged purged = purge();
  EXPECT_EQ(purged.erased, 2);
  EXPECT_TRUE(purged.has_more);
  purged = purge();
  EXPECT_EQ(purged.erased, 1);
  EXPECT_FALSE(purged.has_more);
  clock_.advance(limits::ids_kept_ms);
  EXPECT_EQ(purge().forgotten, 2);
  EXPECT_EQ(purge().forgotten, 1);
}

// Writes that wait together are committed together; one that cannot be stored fails alone.
TEST_F(Sqlite, AWriteThatFailsTakesNoneOfItsBatchWithIt) {
  open()->write(user, chat(tea)).value();
  SqliteOptions options;
  options.path = path_;
  auto lock = sqlite::claim_database_file(path_);
  ASSERT_TRUE(lock);
  sqlite::SqliteEngine engine(options, clock_, std::move(*lock),
                              connect(SqliteConnection::Use::writing), sqlite::OldLog::moved);
  const auto note = [](const std::string& name) {
    return [name](sql::Transaction& transaction) {
      sql::Query(transaction.connection, "INSERT INTO meta (name, value) VALUES ($1, $2)", name,
                 sql::Bytes{"x"})
          .run();
    };
  };
  const auto note_and_fail = [&](sql::Transaction& transaction) {
    note("second")(transaction);
    throw sql::StorageFailure(sql::StorageFailure::Kind::full, "no room for this one");
  };
  std::vector<std::optional<Error>> outcomes(3);
  std::promise<void> all_done;
  const auto keep = [&](std::size_t which) {
    return [&, which](const std::optional<Error>& failure) {
      outcomes[which] = failure;
      if (which == 2) all_done.set_value();
    };
  };
  // What is asked for from within `done` waits together: the writer is still busy.
  engine.write({note("before"),
                [&](const auto&) {
                  engine.write({note("first"), keep(0), user});
                  engine.write({note_and_fail, keep(1), user});
                  engine.write({note("third"), keep(2), user});
                },
                user});
  all_done.get_future().wait();
  EXPECT_FALSE(outcomes[0]);
  ASSERT_TRUE(outcomes[1]);
  EXPECT_EQ(outcomes[1]->code, Errc::storage_full);
  EXPECT_FALSE(outcomes[2]);
  const auto reading = connect(SqliteConnection::Use::reading);
  const std::string count = "SELECT count(*) FROM meta WHERE name ";
  EXPECT_EQ(number(*reading, count + "IN ('before', 'first', 'third')"), 3);
  EXPECT_EQ(number(*reading, count + "= 'second'"), 0);
}

}  // namespace
}  // namespace threadkeep::test
