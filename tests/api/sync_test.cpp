// What cannot be reached over a socket without waiting for 400 days or restoring a backup: cursors
// of other times and other histories.
#include <gtest/gtest.h>

#include "application_under_test.h"
#include "json/json.h"

namespace threadkeep::api {
namespace {

class SyncTest : public testing::TestWithParam<test::Kind> {
 protected:
  struct Answer {
    int status = 0;
    json::Document body;
    std::string text(std::string_view name) const {
      return std::string(body.root()[name].string());
    }
    std::int64_t number(std::string_view name) const {
      return body.root()[name].integer().value_or(-1);
    }
  };

  Answer call(http::Method method, const std::string& path, const std::string& query,
              const std::string& body = "") {
    http::Request request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.headers = {{"Host", "127.0.0.1:1"}, {"Content-Type", "application/json"}};
    request.body = body;
    request.has_body = !body.empty();
    const http::Response response = reply_of(application_, std::move(request));
    auto document = json::Document::parse(response.body, json::Mode::strict);
    EXPECT_TRUE(document) << response.body;
    return {response.status, std::move(*document)};
  }
  Answer changes(const std::string& since) {
    return call(http::Method::get, "/api/conversations/changes",
                since.empty() ? "" : "since=" + since);
  }
  Answer snapshot(const std::string& query) {
    return call(http::Method::get, "/api/snapshot", query);
  }
  void expect_resync(const Answer& answer) {
    EXPECT_EQ(answer.status, 410);
    EXPECT_EQ(answer.text("type"), "/problems/resync-required");
    EXPECT_EQ(answer.number("epoch"), test::present_epoch(*store_).value());
  }
  void create(std::uint64_t number) {
    store_->write(user_, test::chat(test::id_of(number))).value();
  }

  ServicesUnderTest parts_{GetParam()};
  Application application_{parts_.services, native_surfaces(parts_.local_user, test_page)};
  test::ManualClock& clock_ = parts_.clock;
  Store* const store_ = parts_.store.get();
  const UserId user_ = parts_.user;
};
INSTANTIATE_TEST_SUITE_P(Stores, SyncTest, testing::Values(test::Kind::memory, test::Kind::sqlite),
                         [](const auto& parameter) {
                           return parameter.param == test::Kind::memory ? "memory" : "sqlite";
                         });

TEST_P(SyncTest, ACursorOfAnotherEpochIsGone) {
  create(100);
  const std::string cursor = changes("").text("nextCursor");
  EXPECT_EQ(changes(cursor).status, 200);
  test::bump_epoch(*store_, 0).value();
  expect_resync(changes(cursor));
}

TEST_P(SyncTest, ACursorAheadOfTheSequenceIsGone) {
  create(100);
  for (const std::int64_t seq : {2LL, 1LL << 40}) {
    expect_resync(changes(parts_.services.cursors.of_feed(user_, {1, seq, 0})));
  }
  EXPECT_EQ(changes(parts_.services.cursors.of_feed(user_, {1, 1, 0})).status, 200);
}

TEST_P(SyncTest, ACursorBehindWhatIsForgottenIsGone) {
  create(100);
  const std::string cursor = changes("").text("nextCursor");
  create(101);
  store_->write(user_, DeleteConversation{test::id_of(100), Erase::now}).value();
  clock_.advance(limits::ids_kept_ms);
  EXPECT_EQ(changes(cursor).status, 200);
  EXPECT_EQ(test::purge_trash(*store_, clock_.now_ms()).value().forgotten, 1);
  expect_resync(changes(cursor));
  EXPECT_EQ(changes(changes("").text("nextCursor")).status, 200);
}

TEST_P(SyncTest, ACursorOfAnotherUserIsNone) {
  const std::string cursor = parts_.services.cursors.of_feed(test::id_of(5), {1, 0, 0});
  const Answer answer = changes(cursor);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.text("type"), "/problems/invalid-cursor");
}

TEST_P(SyncTest, ASnapshotIsOfOneEpoch) {
  for (std::uint64_t number = 100; number < 104; ++number) create(number);
  const std::string cursor = snapshot("limit=2").text("nextCursor");
  EXPECT_EQ(snapshot("cursor=" + cursor).status, 200);
  test::bump_epoch(*store_, 0).value();
  expect_resync(snapshot("cursor=" + cursor));
}

TEST_P(SyncTest, TheFloorIsToldToWhoComesFromAnEarlierEpoch) {
  create(100);
  const std::string first = changes("").text("nextCursor");
  EXPECT_TRUE(snapshot("since=" + first).body.root()["resumeFloor"].is_absent());
  test::bump_epoch(*store_, 0).value();
  create(101);
  create(102);
  const std::string second = changes("").text("nextCursor");
  test::bump_epoch(*store_, 0).value();
  create(103);
  EXPECT_EQ(snapshot("since=" + first).number("resumeFloor"), 1);
  EXPECT_EQ(snapshot("since=" + second).number("resumeFloor"), 3);
  EXPECT_TRUE(snapshot("").body.root()["resumeFloor"].is_absent());
}

TEST_P(SyncTest, APushOfAnotherEpochNamesThePresentOne) {
  test::bump_epoch(*store_, 0).value();
  const Answer answer = call(http::Method::post, "/api/push", "", R"({"epoch":1,"operations":[]})");
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.text("type"), "/problems/epoch-changed");
  EXPECT_EQ(answer.number("epoch"), test::present_epoch(*store_).value());
}

}  // namespace
}  // namespace threadkeep::api
