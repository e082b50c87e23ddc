// What is PostgreSQL's alone: how the store starts, what several of them do to one database, lost
// connections, and how many rows a page costs.
#include "store/postgres/postgres_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "store/postgres/postgres_connection.h"
#include "store/postgres_cluster.h"
#include "store/sql/query.h"
#include "store/stores.h"

namespace threadkeep::test {
namespace {

class Postgres : public testing::Test {
 protected:
  void SetUp() override {
    NEEDS_POSTGRES();
    options_.url = fresh_postgres_url();
  }

  Result<std::unique_ptr<Store>> open() { return open_postgres_store(options_, clock_, ids_); }
  std::vector<std::string> sql(const std::string& text) { return run_sql(options_.url, text); }

  void end_all_connections() {
    sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()");
  }

  const UserId ann = id_of(1);
  const UserId bob = id_of(2);
  const ConversationId tea = id_of(100);
  ManualClock clock_;
  UlidMaker ids_{clock_};
  PostgresOptions options_;
};

TEST(PostgresUrl, IsReadWithoutBeingRepeated) {
  EXPECT_TRUE(
      check_postgres_url("postgres://ann@one,two:5433/chat?target_session_attrs=read-write"));
  const auto refused = check_postgres_url("postgres://ann:secret@one/chat?no_such_word=1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_field);
  EXPECT_EQ(refused.error().detail.find("secret"), std::string::npos);
}

TEST(PostgresUrl, OfWhichAPieceOfThePasswordWouldBeTakenForTheHostIsRefused) {
  for (const char* url : {"postgres://ann:se@cret@one/chat", "postgres://ann:cret/x@one/chat",
                          "postgres://ann:cret?x@one/chat", "postgres://ann:cret",
                          "postgres://one:5432,two:cret/chat", "postgres://ann:cret@one/chat@x",
                          "postgres://[::1]:cret/chat"}) {
    const auto refused = check_postgres_url(url);
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().code, Errc::invalid_field);
    EXPECT_EQ(refused.error().detail.find("cret"), std::string::npos) << url;
  }
  for (const char* url :
       {"postgres://ann:se%40cret%3A%2F@one/chat", "postgres://ann:a:b@[::1]:5432/chat",
        "postgresql:///chat?host=/run/postgresql&user=ann%40home", "postgres://%2Frun%2Fpg/chat",
        "postgres://ann@one:5432,two/chat?application_name=a@b"}) {
    EXPECT_TRUE(check_postgres_url(url)) << url;
  }
}

TEST_F(Postgres, AServerThatIsNotThereIsOneLine) {
  options_.url = "postgres:///chat?host=/nowhere";
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Errc::storage_unavailable);
  EXPECT_NE(store.error().detail.find("/nowhere"), std::string::npos);
  EXPECT_EQ(store.error().detail.find('\n'), std::string::npos);
}

TEST_F(Postgres, TablesOfANewerProgramAreLeftAlone) {
  ASSERT_TRUE(open());
  sql("INSERT INTO schema_version VALUES (999)");
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().detail.find("newer version"), std::string::npos);
}

TEST_F(Postgres, SettingsOfTheAddressCannotMakeItForget) {
  options_.url += "%20-csynchronous_commit%3Doff%20-cstatement_timeout%3D60000";
  postgres::PostgresConnection connection(options_, postgres::PostgresConnection::Use::writing);
  sql::Query query(connection,
                   "SELECT current_setting('synchronous_commit'), "
                   "current_setting('statement_timeout'), current_setting('lock_timeout')");
  ASSERT_TRUE(query.next());
  EXPECT_EQ(query.text(0), "on");
  EXPECT_EQ(query.text(1), "30s");
  EXPECT_EQ(query.text(2), "10s");
}

TEST_F(Postgres, OfThoseThatStartAtOnceOneMakesTheTables) {
  constexpr int count = 4;
  std::vector<std::unique_ptr<Store>> stores(count);
  std::vector<std::string> keys(count);
  std::vector<UserId> users(count);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      auto store = open();
      ASSERT_TRUE(store) << store.error().detail;
      stores[i] = std::move(*store);
      keys[i] = stores[i]->cursor_key();
      users[i] = stores[i]->local_user();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set(keys.begin(), keys.end()).size(), 1U);
  EXPECT_EQ(std::set(users.begin(), users.end()).size(), 1U);
}

TEST_F(Postgres, LostConnectionsAreOpenedAnew) {
  const auto store = open().value();
  ASSERT_TRUE(store->write(ann, chat(tea, "Tea")));
  ASSERT_EQ(find_conversation(*store, ann, tea).value().title, "Tea");
  end_all_connections();
  EXPECT_EQ(find_conversation(*store, ann, tea).value().title, "Tea");
  EXPECT_TRUE(store->write(ann, said(id_of(1), tea, "hello")));
  end_all_connections();
  EXPECT_TRUE(store->write(ann, said(id_of(2), tea, "hello")));
}

TEST_F(Postgres, WhatCannotBeStoredFailsAlone) {
  const auto store = open().value();
  ASSERT_TRUE(store->write(ann, chat(tea)));
  std::atomic<int> stored = 0;
  std::atomic<int> failed = 0;
  std::atomic<int> answered = 0;
  constexpr int count = 40;
  for (int i = 0; i < count; ++i) {
    NewMessage message = said(id_of(1'000U + static_cast<unsigned>(i)), tea, "x");
    // The API refuses it long before.
    if (i == count / 2) message.metadata = std::string("{\"a\":\"\0\"}", 9);
    store->write(ann, message, [&](const Result<Stored<Message>>& result) {
      ++(result ? stored : failed);
      ++answered;
    });
  }
  while (answered < count) std::this_thread::yield();
  EXPECT_EQ(stored, count - 1);
  EXPECT_EQ(failed, 1);
  EXPECT_EQ(find_conversation(*store, ann, tea).value().message_count, count - 1);
}

// Several processes: each of their stores has connections and threads of its own.
TEST_F(Postgres, ManyStoresGiveNewUsersTheirNumbers) {
  constexpr std::uint64_t stores = 4;
  constexpr std::uint64_t users_of_each = 15;
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < stores; ++i) {
    threads.emplace_back([&, i] {
      const auto store = open().value();
      for (std::uint64_t user = 0; user < users_of_each; ++user) {
        const UserId id = id_of(1'000 * i + user);
        const auto made = store->write(id, chat(id_of(50'000 + 1'000 * i + user)));
        ASSERT_TRUE(made) << made.error().detail;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sql("SELECT count(DISTINCT number) FROM users").at(0),
            std::to_string(stores * users_of_each));
}

TEST_F(Postgres, ManyStoresWriteOneConversation) {
  constexpr std::uint64_t stores = 4;
  constexpr std::uint64_t messages_of_each = 40;
  ASSERT_TRUE(open().value()->write(ann, chat(tea)));
  ASSERT_TRUE(open().value()->write(bob, chat(id_of(101))));
  std::vector<std::thread> threads;
  std::atomic<std::int64_t> edits = 0;
  for (std::uint64_t i = 0; i < stores; ++i) {
    threads.emplace_back([&, i] {
      const auto store = open().value();
      for (std::uint64_t number = 0; number < messages_of_each; ++number) {
        const MessageId id = id_of(1'000 * (i + 1) + number);
        const auto stored = store->write(ann, said(id, tea, "x"));
        ASSERT_TRUE(stored) << stored.error().detail;
        ASSERT_TRUE(store->write(bob, said(id, id_of(101), "x")));
        if (number % 4 != 0) continue;
        ConversationPatch patch;
        patch.tags = {std::to_string(i), std::to_string(number)};
        ASSERT_TRUE(store->write(ann, EditConversation{tea, patch}));
        ++edits;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto store = open().value();
  const Conversation row = find_conversation(*store, ann, tea).value();
  constexpr auto all = static_cast<std::int64_t>(stores * messages_of_each);
  EXPECT_EQ(row.message_count, all);
  EXPECT_EQ(row.rev, 1 + edits);
  EXPECT_EQ(row.seq, 1 + 2 * all + edits);
  const MessagePage path = path_page(*store, ann, tea, std::nullopt, std::nullopt, 1'000).value();
  ASSERT_EQ(path.messages.size(), static_cast<std::size_t>(all));
  for (std::size_t i = 0; i < path.messages.size(); ++i) {
    EXPECT_EQ(path.messages[i].message.position, static_cast<Position>(i + 1));
  }
}

class Processes : public Postgres {
 protected:
  std::unique_ptr<Store> start(std::uint64_t process) {
    options_.process = id_of(process);
    options_.lease_ms = 60'000;
    return open().value();
  }
  // As if so much time had passed by the clock of the database.
  void age_leases(std::int64_t ms) {
    sql("UPDATE processes SET lease_until = lease_until - " + std::to_string(ms));
  }

  void begin_answer(Store& store, const MessageId& question, const MessageId& answer) {
    BeginGeneration begin;
    begin.conversation_id = tea;
    begin.question = said(question, tea, "why?");
    begin.answers.push_back({answer, "model"});
    ASSERT_TRUE(store.write(ann, begin));
  }

  Errc save(Store& store, const MessageId& answer, MessageStatus status) {
    FinishAnswer end;
    end.id = answer;
    end.content = text_block("so far");
    end.status = status;
    const auto saved = is_final(status) ? store.write(ann, end)
                                        : store.write(ann, checkpoint_of(answer, end.content, 9));
    return saved ? no_error : saved.error().code;
  }

  static constexpr Errc no_error = Errc::cancelled;
};

TEST_F(Processes, AnswersOfOthersAreLeftAloneWhileTheyLive) {
  const auto first = start(1);
  ASSERT_TRUE(first->write(ann, chat(tea)));
  begin_answer(*first, id_of(10), id_of(11));
  ASSERT_EQ(save(*first, id_of(11), MessageStatus::streaming), no_error);
  const auto second = start(2);
  EXPECT_EQ(interrupt_unfinished(*second).value(), 0);
  age_leases(30'000);
  ASSERT_EQ(keep_lease(*first).value(), 0);
  age_leases(30'000);
  EXPECT_EQ(keep_lease(*second).value(), 0);
  ASSERT_EQ(save(*first, id_of(11), MessageStatus::streaming), no_error);

  age_leases(40'000);
  EXPECT_EQ(keep_lease(*second).value(), 1);
  const Message row = find_message(*second, ann, id_of(11)).value();
  EXPECT_EQ(row.status, MessageStatus::interrupted);
  EXPECT_EQ(row.content, text_block("so far"));
  // It had only been away: what it writes now comes too late.
  EXPECT_EQ(save(*first, id_of(11), MessageStatus::streaming), Errc::already_final);
  EXPECT_EQ(save(*first, id_of(11), MessageStatus::complete), Errc::already_final);
}

// Leases run by the clock of the database alone.
TEST_F(Processes, WithClocksThatDifferDoNotEndEachOthersAnswers) {
  const auto first = start(1);
  ASSERT_TRUE(first->write(ann, chat(tea)));
  begin_answer(*first, id_of(10), id_of(11));
  for (const std::int64_t ahead : {60'000, -120'000, 3'600'000}) {
    ManualClock other_clock;
    other_clock.advance(ahead);
    PostgresOptions options = options_;
    options.process = id_of(2);
    const auto second = open_postgres_store(options, other_clock, ids_).value();
    EXPECT_EQ(interrupt_unfinished(*second).value(), 0);
    EXPECT_EQ(keep_lease(*second).value(), 0);
    EXPECT_EQ(keep_lease(*first).value(), 0);
    ASSERT_EQ(save(*first, id_of(11), MessageStatus::streaming), no_error);
  }
  // Nor does a clock that is set.
  clock_.advance(3'600'000);
  EXPECT_EQ(keep_lease(*start(2)).value(), 0);
  ASSERT_EQ(save(*first, id_of(11), MessageStatus::complete), no_error);
}

TEST_F(Processes, OnlyTheOwnerWritesAndAnyoneEnds) {
  const auto first = start(1);
  const auto second = start(2);
  ASSERT_TRUE(first->write(ann, chat(tea)));
  begin_answer(*first, id_of(10), id_of(11));
  EXPECT_EQ(save(*second, id_of(11), MessageStatus::streaming), Errc::already_final);
  EXPECT_EQ(find_message(*first, ann, id_of(11)).value().status, MessageStatus::reserved);
  EXPECT_EQ(save(*second, id_of(11), MessageStatus::cancelled), no_error);
  EXPECT_EQ(save(*first, id_of(11), MessageStatus::streaming), Errc::already_final);
}

TEST_F(Processes, OneOfTheSameNameTakesUpWhatItLeft) {
  auto first = start(1);
  ASSERT_TRUE(first->write(ann, chat(tea)));
  begin_answer(*first, id_of(10), id_of(11));
  first.reset();
  const auto again = start(1);
  EXPECT_EQ(keep_lease(*again).value(), 0);
  EXPECT_EQ(interrupt_unfinished(*again).value(), 1);
}

TEST_F(Processes, HearOfEachOthersCommits) {
  const auto first = start(1);
  const auto second = start(2);
  std::mutex mutex;
  std::condition_variable changed;
  std::int64_t heard = 0;
  second->set_commit_listener([&](const UserId& user, std::int64_t seq) {
    const std::lock_guard lock(mutex);
    if (user == ann) heard = std::max(heard, seq);
    changed.notify_one();
  });
  ASSERT_TRUE(first->write(ann, chat(tea)));
  // The other one may only just have begun to listen, or to listen again.
  const auto is_heard_after_a_while = [&] {
    for (;;) {
      const auto stored = first->write(ann, said(ids_.next(), tea, "x"));
      ASSERT_TRUE(stored);
      std::unique_lock lock(mutex);
      if (changed.wait_for(lock, std::chrono::milliseconds(200),
                           [&] { return heard >= stored->value.seq; })) {
        return;
      }
    }
  };
  is_heard_after_a_while();
  end_all_connections();
  is_heard_after_a_while();
  second->set_commit_listener(nullptr);
}

TEST_F(Postgres, AnotherTimelineIsAnotherEpoch) {
  auto store = open().value();
  const std::int64_t before = present_epoch(*store).value();
  store = open().value();
  EXPECT_EQ(present_epoch(*store).value(), before);
  // As if this server had been the standby of another one.
  sql("UPDATE meta SET value = '00000099' WHERE name = 'postgres_timeline'");
  end_all_connections();
  ASSERT_TRUE(store->write(ann, chat(tea)));
  const std::int64_t after = present_epoch(*store).value();
  EXPECT_GT(after, before);
  EXPECT_EQ(present_epoch(*open().value()).value(), after);
}

// The rows that the server has read from the tables so far.
class RowsRead : public Postgres {
 protected:
  static constexpr std::uint64_t conversations = 300;
  static constexpr std::uint64_t messages = 30;

  void fill() {
    const auto store = open().value();
    for (const UserId& user : {ann, bob}) {
      const std::uint64_t base = user == ann ? 1'000'000 : 2'000'000;
      for (std::uint64_t i = 0; i < conversations; ++i) {
        ConversationMerge merge;
        merge.conversation.id = id_of(base + 1'000 * i);
        merge.conversation.updated_at = static_cast<UnixMs>(i);
        for (std::uint64_t number = 1; number <= messages; ++number) {
          const Place place =
              number == 1 ? Place(AsRoot{}) : Place(id_of(base + 1'000 * i + number - 1));
          NewMessage message =
              said_under(place, id_of(base + 1'000 * i + number), merge.conversation.id, "word");
          message.created_at = 1;
          merge.messages.push_back(message);
        }
        ASSERT_TRUE(store->write(user, merge));
      }
    }
  }

  std::int64_t rows_read() {
    return std::stoll(sql("SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM "
                          "pg_stat_user_tables WHERE schemaname = current_schema()")
                          .at(0));
  }

  // Of one of many calls on one connection: the server plans anew for the first few.
  std::int64_t rows_read_by(const std::function<void(Store&)>& call) {
    constexpr int calls = 20;
    auto store = open().value();
    call(*store);
    store.reset();
    wait_for_figures();
    const std::int64_t before = rows_read();
    store = open().value();
    for (int i = 0; i < calls; ++i) call(*store);
    store.reset();
    wait_for_figures();
    return (rows_read() - before) / calls;
  }

  // A server process hands in its figures before it ends.
  void wait_for_figures() {
    while (!sql("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND "
                "application_name = 'threadkeep'")
                .empty()) {
    }
  }
};

TEST_F(RowsRead, DoNotGrowWithWhatElseThereIs) {
  fill();
  const auto page = [&](Store& store) {
    const auto result = path_page(store, ann, id_of(1'050'000), std::nullopt, std::nullopt, 20);
    ASSERT_EQ(result.value().messages.size(), 20U);
  };
  const auto list = [&](Store& store) {
    ASSERT_EQ(list_conversations(store, ann, {}, std::nullopt, 20).value().conversations.size(),
              20U);
  };
  const auto later_list = [&](Store& store) {
    ConversationFilter filter;
    filter.is_archived = false;
    const ListPlace place{50, id_of(1'050'000)};
    ASSERT_EQ(list_conversations(store, ann, filter, place, 20).value().conversations.size(), 20U);
  };
  const auto feed = [&](Store& store) {
    const FeedPlace place{present_epoch(store).value(), 3'000, 0};
    ASSERT_GE(read_changes(store, ann, place, 20).value().messages.size(), 20U);
  };
  const auto find = [&](Store& store) { ASSERT_TRUE(find_message(store, ann, id_of(1'050'020))); };
  const auto again = [&](Store& store) {
    ASSERT_TRUE(store.write(ann, said(id_of(1'050'020), id_of(1'050'000), "word")));
  };
  // As an import leaves it, and with the statistics that autovacuum makes some time after.
  for (const bool has_statistics : {false, true}) {
    SCOPED_TRACE(has_statistics);
    if (has_statistics) sql("ANALYZE");
    EXPECT_LE(rows_read_by(page), 40);
    EXPECT_LE(rows_read_by(list), 80);
    EXPECT_LE(rows_read_by(later_list), 40);
    // A page may go on to the end of a transaction of a thousand rows.
    EXPECT_LE(rows_read_by(feed), 2'200);
    EXPECT_LE(rows_read_by(find), 10);
    EXPECT_LE(rows_read_by(again), 15);
  }
}

}  // namespace
}  // namespace threadkeep::test
