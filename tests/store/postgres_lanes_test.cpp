// A user whom another session keeps locked holds up nobody else.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "store/calls.h"
#include "store/postgres/postgres_connection.h"
#include "store/postgres_cluster.h"
#include "store/stores.h"

namespace threadkeep::test {
namespace {

using namespace std::chrono_literals;

// Somebody's long transaction: holds the users' rows until it goes.
class ForeignLock {
 public:
  ForeignLock(const std::string& url, const std::vector<UserId>& users)
      : connection_(postgres::open_connection(url)) {
    run("BEGIN");
    for (const UserId& user : users) {
      std::string hex;
      for (const char byte : user.bytes()) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(byte));
        hex += digits;
      }
      run("SELECT 1 FROM users WHERE id = '\\x" + hex + "' FOR UPDATE");
    }
  }
  // The end of a connection alone gives its locks up a little later.
  ~ForeignLock() { run("ROLLBACK"); }
  ForeignLock(const ForeignLock&) = delete;
  ForeignLock& operator=(const ForeignLock&) = delete;

 private:
  void run(const std::string& sql) {
    const postgres::ResultPtr result(PQexec(connection_.get(), sql.c_str()));
    const auto status = PQresultStatus(result.get());
    ASSERT_TRUE(status == PGRES_COMMAND_OK ||
                (status == PGRES_TUPLES_OK && PQntuples(result.get()) == 1))
        << PQerrorMessage(connection_.get());
  }

  postgres::ConnectionPtr connection_;
};

class PostgresLanes : public testing::Test {
 protected:
  void SetUp() override {
    NEEDS_POSTGRES();
    options_.url = fresh_postgres_url();
  }

  std::unique_ptr<Store> open() { return open_postgres_store(options_, clock_, ids_).value(); }
  static UserId user(std::uint64_t number) { return id_of(number); }
  static ConversationId chat_of(std::uint64_t number) { return id_of(10'000 + number); }
  // Users 1 to `count`, each with a conversation.
  std::unique_ptr<Store> open_with_users(std::uint64_t count) {
    auto store = open();
    for (std::uint64_t i = 1; i <= count; ++i) {
      EXPECT_TRUE(store->write(user(i), chat(chat_of(i))));
    }
    return store;
  }

  ManualClock clock_;
  UlidMaker ids_{clock_};
  PostgresOptions options_;
};

// What the appends of users 2 to 9 took, made side by side and each user's one after the other.
std::vector<std::chrono::milliseconds> append_as_others(Store& store, std::uint64_t first_message) {
  constexpr std::uint64_t others = 8;
  constexpr std::uint64_t appends_of_each = 60;
  std::mutex mutex;
  std::vector<std::chrono::milliseconds> took;
  std::vector<std::thread> threads;
  for (std::uint64_t i = 2; i < 2 + others; ++i) {
    threads.emplace_back([&, i] {
      for (std::uint64_t number = 0; number < appends_of_each; ++number) {
        const auto begun = std::chrono::steady_clock::now();
        const auto stored =
            store.write(id_of(i), said(id_of(first_message + number), id_of(10'000 + i), "x"));
        const auto ended = std::chrono::steady_clock::now();
        EXPECT_TRUE(stored);
        const std::lock_guard lock(mutex);
        took.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(ended - begun));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::sort(took.begin(), took.end());
  return took;
}

std::chrono::milliseconds p99(const std::vector<std::chrono::milliseconds>& sorted) {
  return sorted.at(sorted.size() * 99 / 100);
}

TEST_F(PostgresLanes, ALockedUserDelaysNobodyElse) {
  const auto store = open_with_users(9);
  append_as_others(*store, 90'000);  // the lanes have their connections
  const auto usual = append_as_others(*store, 100'000);

  std::atomic<int> stored_of_locked = 0;
  std::vector<std::chrono::milliseconds> beside;
  {
    const ForeignLock lock(options_.url, {user(1)});
    for (std::uint64_t number = 0; number < 20; ++number) {
      store->write(user(1), said(id_of(200'000 + number), chat_of(1), "x"),
                   [&](const Result<Stored<Message>>& stored) {
                     EXPECT_TRUE(stored);
                     ++stored_of_locked;
                   });
    }
    beside = append_as_others(*store, 110'000);
    EXPECT_EQ(stored_of_locked, 0);
  }
  std::printf(
      "p99 of the others: %lld ms usually, %lld ms beside a locked user (longest %lld ms)\n",
      static_cast<long long>(p99(usual).count()), static_cast<long long>(p99(beside).count()),
      static_cast<long long>(beside.back().count()));
  EXPECT_LE(p99(beside), 2 * p99(usual) + 50ms);
  EXPECT_LE(beside.back(), 2 * usual.back() + 500ms);
  while (stored_of_locked < 20) std::this_thread::sleep_for(1ms);
  const MessagePage page =
      path_page(*store, user(1), chat_of(1), std::nullopt, std::nullopt, 100).value();
  ASSERT_EQ(page.messages.size(), 20U);
  for (std::uint64_t number = 0; number < 20; ++number) {
    EXPECT_EQ(page.messages[number].message.id, id_of(200'000 + number)) << "in their order";
  }
}

TEST_F(PostgresLanes, MoreLockedUsersThanLanesDelayNobodyElse) {
  const auto store = open_with_users(20);
  const auto usual = append_as_others(*store, 100'000);
  std::vector<UserId> locked;
  for (std::uint64_t i = 10; i <= 20; ++i) locked.push_back(user(i));
  std::atomic<int> stored_of_locked = 0;
  std::vector<std::chrono::milliseconds> beside;
  {
    const ForeignLock lock(options_.url, locked);
    for (std::uint64_t i = 10; i <= 20; ++i) {
      store->write(user(i), said(id_of(200'000), chat_of(i), "x"),
                   [&](const Result<Stored<Message>>& stored) {
                     EXPECT_TRUE(stored);
                     ++stored_of_locked;
                   });
    }
    beside = append_as_others(*store, 110'000);
  }
  EXPECT_LE(p99(beside), 2 * p99(usual) + 100ms);
  while (stored_of_locked < 11) std::this_thread::sleep_for(1ms);
}

TEST_F(PostgresLanes, AUserWhoIsLockedForTooLongFailsAloneAndInOrder) {
  options_.lock_timeout_ms = 400;
  const auto store = open_with_users(2);
  std::mutex mutex;
  std::vector<std::string> told;
  std::atomic<std::size_t> count = 0;
  const auto tell = [&](std::string name) {
    return [&, name = std::move(name)](const Result<Stored<Message>>& stored) {
      const std::lock_guard lock(mutex);
      told.push_back(name + (stored ? " stored" : ""));
      EXPECT_EQ(stored ? Errc::storage_unavailable : stored.error().code,
                Errc::storage_unavailable);
      ++count;
    };
  };
  {
    const ForeignLock lock(options_.url, {user(1)});
    store->write(user(1), said(id_of(1), chat_of(1), "x"), tell("1"));
    store->write(user(1), said(id_of(2), chat_of(1), "x"), tell("2"));
    EXPECT_TRUE(store->write(user(2), said(id_of(1), chat_of(2), "x")));
    while (count < 2) std::this_thread::sleep_for(1ms);
    store->write(user(1), said(id_of(3), chat_of(1), "x"), tell("3"));
    std::this_thread::sleep_for(50ms);
  }
  store->write(user(1), said(id_of(4), chat_of(1), "x"), tell("4"));
  while (count < 4) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(told, (std::vector<std::string>{"1", "2", "3 stored", "4 stored"}));
}

TEST_F(PostgresLanes, TheLeaseIsKeptAndTheTrashEmptiedBesideALockedUser) {
  options_.lease_ms = 60'000;
  options_.lock_timeout_ms = 60'000;
  const auto store = open_with_users(2);
  for (std::uint64_t i = 1; i <= 2; ++i) {
    BeginGeneration begin;
    begin.conversation_id = chat_of(i);
    begin.question = said(id_of(10), chat_of(i), "why?");
    begin.answers.push_back({id_of(11), "model"});
    ASSERT_TRUE(store->write(user(i), begin));
    ASSERT_TRUE(store->write(user(i), chat(id_of(20'000 + i))));
    ASSERT_TRUE(store->write(user(i), DeleteConversation{id_of(20'000 + i), Erase::later}));
  }
  const auto other = open();
  clock_.advance(limits::trash_kept_ms + 1);
  run_sql(options_.url, "UPDATE processes SET lease_until = lease_until - 60000");
  {
    const ForeignLock lock(options_.url, {user(1)});
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(keep_lease(*other).value(), 1);
    const Purged purged = purge_trash(*other, clock_.now_ms()).value();
    EXPECT_EQ(purged.erased, 1);
    EXPECT_FALSE(purged.has_more);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
  }
  EXPECT_EQ(keep_lease(*other).value(), 1) << "what was left out comes the next time";
  EXPECT_EQ(purge_trash(*other, clock_.now_ms()).value().erased, 1);
}

TEST_F(PostgresLanes, NumbersOfEachUserRiseWhateverLaneTakesThem) {
  constexpr std::uint64_t users = 6;
  constexpr std::uint64_t writes = 300;
  const auto store = open_with_users(users);
  std::vector<std::int64_t> last(users + 1, 0);  // of a user: done in order
  std::atomic<std::uint64_t> count = 0;
  std::atomic<int> wrong = 0;
  for (std::uint64_t number = 0; number < writes; ++number) {
    for (std::uint64_t i = 1; i <= users; ++i) {
      store->write(user(i), said(id_of(1'000 + number), chat_of(i), "x"),
                   [&, i](const Result<Stored<Message>>& stored) {
                     if (!stored || stored->value.seq <= last[i]) ++wrong;
                     if (stored) last[i] = stored->value.seq;
                     ++count;
                   });
    }
    if (number % 50 == 0) {
      const ForeignLock lock(options_.url, {user(1 + number / 50 % users)});
      std::this_thread::sleep_for(40ms);
    }
  }
  while (count < users * writes) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace threadkeep::test
