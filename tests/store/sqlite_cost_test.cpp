// What a page costs does not grow with the store: the ways of SQLite's planner, and times that
// would differ by hundreds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/sql/aggregates.h"
#include "store/sql/query.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/sqlite_fixture.h"
#include "store/stores.h"

namespace threadkeep::test {
namespace {

using sqlite::SqliteConnection;
using testing::HasSubstr;
using testing::Not;

// The fastest of many tries. What grows with the size of the store differs by a factor of hundreds.
template <class Call>
std::int64_t best_of(const Call& call) {
  auto best = std::chrono::nanoseconds::max();
  for (int i = 0; i < 100; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    call();
    best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - begin);
  }
  return best.count();
}

// Looks for the plan of the statements of the feed, which go over one index and sort nothing.
TEST_F(Sqlite, APageOfTheFeedCostsTheSameAtAnyPlace) {
  open();
  const auto connection = connect(SqliteConnection::Use::reading);
  for (const auto& [sql, index] : {
           std::pair{"SELECT content FROM messages WHERE key >> 43 = $1 AND seq > $2 AND "
                     "deleted_at IS NULL ORDER BY seq LIMIT $3",
                     "messages_feed"},
           std::pair{"SELECT title FROM conversations WHERE key >> 20 = $1 AND seq > $2 ORDER BY "
                     "seq LIMIT $3",
                     "conversations_feed"},
       }) {
    std::string plan;
    sql::Query query(*connection, std::string("EXPLAIN QUERY PLAN ") + sql, 1, 1, 1);
    while (query.next()) plan += std::string(query.text(3)) + "\n";
    EXPECT_THAT(plan, HasSubstr(index));
    EXPECT_THAT(plan, Not(HasSubstr("SORT")));
    EXPECT_THAT(plan, Not(HasSubstr("B-TREE")));
  }
}

// Where a partial index might be chosen by the value of a parameter, SQLite would prepare the
// statement again for each value.
TEST_F(Sqlite, AStatementIsPreparedOnce) {
  open()->write(user, chat(tea)).value();
  const auto connection = connect(SqliteConnection::Use::reading);
  sql::UserNumbers users;
  const StoreLimits limits;
  sql::Transaction transaction{*connection, users, limits, 0};
  for (int i = 0; i < 10; ++i) {
    ConversationFilter filter;
    filter.is_archived = false;
    filter.in_trash = i % 2 == 1;
    const auto page =
        sql::SqlConversations(transaction).list(user, filter, std::nullopt, 20).value();
    EXPECT_EQ(page.conversations.size(), filter.in_trash ? 0U : 1U);
    ASSERT_TRUE(sql::SqlSync(transaction).changes(user, std::nullopt, 20 + i));
  }
  int statements = 0;
  for (sqlite3_stmt* statement = sqlite3_next_stmt(connection->handle(), nullptr);
       statement != nullptr; statement = sqlite3_next_stmt(connection->handle(), statement)) {
    ++statements;
    EXPECT_EQ(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_REPREPARE, 0), 0)
        << sqlite3_sql(statement);
  }
  EXPECT_GT(statements, 4);
}

TEST_F(Sqlite, APageCostsTheSameInAConversationOfAnyLength) {
  const auto store = open();
  const auto fill = [&](const ConversationId& id, std::uint64_t first, std::uint64_t count) {
    ConversationMerge merge;
    merge.conversation.id = id;
    for (std::uint64_t i = 0; i < count; ++i) {
      const Place place = i == 0 ? Place(AsRoot{}) : Place(id_of(first + i - 1));
      merge.messages.push_back(said_under(place, id_of(first + i), id, "a message"));
    }
    store->write(user, merge).value();
  };
  const ConversationId bread = id_of(101);
  fill(tea, 1'000, 50);
  fill(bread, 100'000, 30'000);
  const auto page = [&](const ConversationId& id) {
    return best_of([&] { path_page(*store, user, id, std::nullopt, std::nullopt, 50).value(); });
  };
  EXPECT_LT(page(bread), 3 * page(tea));
  const auto at_head = [&](const ConversationId& id, std::uint64_t head) {
    return best_of([&] { path_page(*store, user, id, id_of(head), std::nullopt, 50).value(); });
  };
  EXPECT_LT(at_head(bread, 100'000), 3 * at_head(tea, 1'000));
  std::uint64_t next = 200'000;
  const auto append = [&](const ConversationId& id) {
    return best_of([&] { store->write(user, said(id_of(next++), id, "more")).value(); });
  };
  EXPECT_LT(append(bread), 3 * append(tea));
}

TEST_F(Sqlite, APageOfTheListCostsTheSameWithAnyNumberOfConversations) {
  const auto store = open();
  // User 1 has five of each kind, user 2 besides these 4,000 live and 4,000 archived others.
  const auto fill = [&](const UserId& owner, std::uint64_t first, std::uint64_t others) {
    std::uint64_t next = first;
    const auto add = [&](const ConversationPatch& patch) {
      const ConversationId id = id_of(next++);
      store->write(owner, chat(id)).value();
      store->write(owner, EditConversation{id, patch}).value();
    };
    ConversationPatch marked;
    marked.is_pinned = true;
    marked.folder = "work";
    marked.tags = std::vector<std::string>{"red"};
    for (int i = 0; i < 5; ++i) add(marked);
    ConversationPatch archived;
    archived.is_archived = true;
    for (int i = 0; i < 5; ++i) add(archived);
    for (std::uint64_t i = 0; i < others; ++i) add(i % 2 == 0 ? ConversationPatch() : archived);
    clock_.advance(1);
    for (int i = 0; i < 5; ++i) add({});
  };
  fill(user, 1'000, 0);
  fill(id_of(2), 100'000, 8'000);
  std::vector<ConversationFilter> filters(6);
  filters[1].is_archived = false;
  filters[2].is_archived = true;
  filters[3].is_pinned = true;
  filters[3].is_archived = false;
  filters[4].folder = "work";
  filters[5].tag = "red";
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const auto page = [&](const UserId& owner) {
      return best_of(
          [&] { list_conversations(*store, owner, filters[i], std::nullopt, 5).value(); });
    };
    EXPECT_LT(page(id_of(2)), 4 * page(user)) << "filter " << i;
  }
}

}  // namespace
}  // namespace threadkeep::test
