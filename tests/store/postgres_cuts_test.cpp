// The connection to PostgreSQL ends at each message of a write, in both directions: what the store
// says about it is true, and the same request again leaves the message there once.
#include <gtest/gtest.h>

#include "store/postgres/postgres_store.h"
#include "store/postgres_cluster.h"
#include "store/postgres_proxy.h"
#include "store/stores.h"

namespace threadkeep::test {
namespace {

using Cut = PostgresProxy::Cut;
using Direction = PostgresProxy::Direction;

class Cuts : public testing::Test {
 protected:
  void SetUp() override {
    NEEDS_POSTGRES();
    proxy_ = std::make_unique<PostgresProxy>(postgres_folder());
    url_ = fresh_postgres_url();
    PostgresOptions options;
    options.url = through(url_, proxy_->folder());
    // Its connection is open when the cut comes. A second lane that takes the next write would open
    // one first, and a server that cannot be reached is another matter than a write cut off.
    options.writers = 1;
    store_ = open_postgres_store(options, clock_, ids_).value();
    ASSERT_TRUE(store_->write(ann, chat(tea)));
    // Statements are prepared at their first use.
    ASSERT_TRUE(store_->write(ann, said(id_of(1), tea, "first")));
  }

  std::int64_t rows_of(const MessageId& id) {
    std::string hex;
    for (const char byte : id.bytes()) {
      char text[3];
      std::snprintf(text, sizeof text, "%02x", static_cast<unsigned char>(byte));
      hex += text;
    }
    return std::stoll(
        run_sql(url_, "SELECT count(*) FROM messages WHERE id = '\\x" + hex + "'").at(0));
  }

  // A transaction whose client is gone may still be on its way.
  void wait_for_server() {
    const std::string busy =
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND "
        "pid <> pg_backend_pid()";
    while (!run_sql(url_, busy).empty()) {
    }
  }

  // False when the write has fewer messages than that.
  bool cut_and_try_again(const Cut& cut) {
    const NewMessage message = said(id_of(next_++), tea, "a word");
    proxy_->plan(cut);
    const auto first = store_->write(ann, message);
    wait_for_server();
    const std::int64_t rows = rows_of(message.id);
    const bool was_cut = proxy_->allow();
    if (first) {
      EXPECT_EQ(rows, 1);
    } else if (first.error().code == Errc::storage_unavailable) {
      EXPECT_EQ(rows, 0) << "it says that nothing was stored";
      ++unavailable_;
    } else {
      EXPECT_EQ(first.error().code, Errc::outcome_unknown) << first.error().detail;
      (rows == 0 ? unknown_and_lost_ : unknown_and_stored_) += 1;
    }
    const auto again = store_->write(ann, message);
    EXPECT_TRUE(again) << again.error().detail;
    if (again) {
      EXPECT_EQ(again->was_there, rows == 1);
      EXPECT_EQ(again->value.position, static_cast<Position>(next_ - 1));
    }
    EXPECT_EQ(rows_of(message.id), 1);
    EXPECT_EQ(find_conversation(*store_, ann, tea).value().message_count,
              static_cast<std::int64_t>(next_ - 1));
    return was_cut;
  }

  int cut_everywhere(Direction direction, Cut::LetsBackIn lets_back_in) {
    int points = 0;
    while (cut_and_try_again({direction, points + 1, lets_back_in})) {
      ++points;
      if (HasFailure()) {
        ADD_FAILURE() << "at message " << points;
        break;
      }
    }
    return points;
  }

  const UserId ann = id_of(1);
  const ConversationId tea = id_of(100);
  ManualClock clock_;
  UlidMaker ids_{clock_};
  std::unique_ptr<PostgresProxy> proxy_;
  std::string url_;
  std::unique_ptr<Store> store_;
  std::uint64_t next_ = 2;
  int unavailable_ = 0;
  int unknown_and_lost_ = 0;
  int unknown_and_stored_ = 0;
};

TEST_F(Cuts, OnTheWayToTheServer) {
  EXPECT_GE(cut_everywhere(Direction::to_server, Cut::LetsBackIn::yes), 20);
  EXPECT_EQ(unavailable_, 0) << "what was not committed is tried again";
  EXPECT_GT(unknown_and_lost_, 0);
}

TEST_F(Cuts, OnTheWayToTheClient) {
  EXPECT_GE(cut_everywhere(Direction::to_client, Cut::LetsBackIn::yes), 10);
  EXPECT_EQ(unavailable_, 0);
  EXPECT_GT(unknown_and_stored_, 0) << "the commit's answer is lost";
}

TEST_F(Cuts, WithoutAWayBack) {
  EXPECT_GE(cut_everywhere(Direction::to_server, Cut::LetsBackIn::no), 20);
  EXPECT_GT(unavailable_, 0);
  EXPECT_GT(unknown_and_lost_, 0);
}

}  // namespace
}  // namespace threadkeep::test
