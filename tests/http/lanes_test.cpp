// Work of one kind never waits for that of another, and what waits is bounded.
#include <atomic>

#include "http/server_under_test.h"

namespace threadkeep::http {
namespace {

using namespace std::chrono_literals;

// The first word of the path is the lane; what ends with "/hold" runs until it is let go.
class Lanes : public testing::Test {
 protected:
  Lanes() {
    server_.options.workers = 2;
    server_.application.lane = [](const RequestHead& head) {
      if (head.path.starts_with("/immediate")) return Lane::immediate;
      if (head.path.starts_with("/write")) return Lane::write;
      if (head.path.starts_with("/upstream")) return Lane::upstream;
      if (head.path.starts_with("/bulk")) return Lane::bulk;
      if (head.path.starts_with("/probe")) return Lane::probe;
      return Lane::read;
    };
    server_.application.handler = [this](Request request, const Responder&) -> Reply {
      if (request.path.ends_with("/fail")) throw std::runtime_error("broken");
      ++begun_;
      while (request.path.ends_with("/hold") && is_held_) std::this_thread::sleep_for(1ms);
      return text_response(request.path);
    };
  }
  ~Lanes() override { is_held_ = false; }

  // Sends the path on a new connection, which stays.
  Client& ask(const std::string& path) {
    clients_.push_back(std::make_unique<Client>(server_.listener->port()));
    clients_.back()->send(get(path));
    return *clients_.back();
  }
  void hold(const std::string& path, int count) {
    const int before = begun_;
    for (int i = 0; i < count; ++i) ask(path);
    ASSERT_TRUE(eventually([&] { return begun_ == before + count; }));
  }
  void expect_quick(const std::string& path) {
    const auto began = std::chrono::steady_clock::now();
    const auto reply = ask(path).receive();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200) << path;
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1s) << path;
  }

  Server server_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::atomic<int> begun_ = 0;
  std::atomic<bool> is_held_ = true;
};

TEST_F(Lanes, ThatAreHeldHoldNoOther) {
  const std::vector<std::string> all = {"/read", "/write", "/upstream", "/bulk"};
  for (const std::string& held : all) {
    is_held_ = true;
    server_.listener.reset();
    server_.start();
    hold(held + "/hold", 2);
    for (int i = 0; i < 2; ++i) ask(held + "/hold");  // these wait
    for (const std::string& other : all) {
      if (other != held) expect_quick(other);
    }
    expect_quick("/probe");
    expect_quick("/immediate");
    is_held_ = false;
    for (const auto& client : clients_) client->close_sending_side();
    clients_.clear();
    server_.listener->stop(2'000);
  }
}

TEST_F(Lanes, TheListenersThreadAnswersWhenAllOthersAreHeld) {
  server_.start();
  for (const char* path : {"/read/hold", "/write/hold", "/upstream/hold", "/bulk/hold"}) {
    hold(path, 2);
  }
  hold("/probe/hold", 1);
  expect_quick("/immediate");
  Client& pipelined = ask("/immediate/1");
  pipelined.send(get("/immediate/2") + get("/immediate/fail") + get("/immediate/3"));
  EXPECT_EQ(pipelined.receive()->body, "/immediate/1");
  EXPECT_EQ(pipelined.receive()->body, "/immediate/2");
  EXPECT_EQ(pipelined.receive()->status, 500);
  EXPECT_EQ(pipelined.receive()->body, "/immediate/3");
  is_held_ = false;
}

TEST_F(Lanes, BeyondWhatMayWaitTheAnswerIs503AndTheConnectionGoesOn) {
  server_.options.waiting_max = 3;
  server_.options.bulk_waiting_max = 1;
  server_.start();
  hold("/read/hold", 2);
  for (int i = 0; i < 3; ++i) ask("/read/hold");
  Client& refused = ask("/read");
  auto reply = refused.receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 503);
  EXPECT_EQ(reply->body, "unavailable");
  hold("/bulk/hold", 2);
  ask("/bulk/hold");
  EXPECT_EQ(ask("/bulk").receive()->status, 503);
  expect_quick("/write");
  is_held_ = false;
  refused.send(get("/read"));
  EXPECT_TRUE(eventually([&] {
    reply = refused.receive();
    if (reply->status != 200) refused.send(get("/read"));
    return reply->status == 200;
  }));
}

}  // namespace
}  // namespace threadkeep::http
