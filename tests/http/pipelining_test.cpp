// Several requests of one connection at a time.
#include <algorithm>
#include <atomic>

#include "http/server_under_test.h"

namespace threadkeep::http {
namespace {

using namespace std::chrono_literals;

TEST(Pipelining, AThousandRequestsAreAnsweredInOrder) {
  Server server;
  server.start();
  Client client(server.listener->port());
  std::string all;
  for (int i = 0; i < 1'000; ++i) all += get("/" + std::to_string(i));
  std::thread sender([&] { client.send(all); });
  for (int i = 0; i < 1'000; ++i) {
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->body, "GET\n/" + std::to_string(i) + "\n\n");
  }
  sender.join();
}

TEST(Pipelining, BodiesBetweenThemAreKeptApart) {
  Server server;
  server.start();
  Client client(server.listener->port());
  std::string all;
  for (int i = 0; i < 300; ++i) {
    all += i % 3 == 0 ? get("/g") : post("/p", std::string(static_cast<std::size_t>(i) * 100, 'a'));
  }
  std::thread sender([&] { client.send(all); });
  for (int i = 0; i < 300; ++i) {
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    const std::string expected =
        i % 3 == 0 ? "GET\n/g\n\n"
                   : "POST\n/p\n\n" + std::string(static_cast<std::size_t>(i) * 100, 'a');
    ASSERT_EQ(answer->body, expected) << i;
  }
  sender.join();
}

TEST(Pipelining, AnswersGivenInReverseAreSentInOrder) {
  Server server;
  server.options.pipeline_max = 8;
  Box<std::pair<std::string, Responder>> kept;
  server.application.handler = [&](Request request, const Responder& responder) -> Reply {
    kept.put({request.path, responder});
    return Deferred{};
  };
  server.start();
  Client client(server.listener->port());
  std::string all;
  for (int i = 0; i < 8; ++i) all += get("/" + std::to_string(i));
  client.send(all);
  std::vector<std::pair<std::string, Responder>> waiting;
  for (int i = 0; i < 8; ++i) waiting.push_back(kept.take());
  std::sort(waiting.begin(), waiting.end(),
            [](const auto& a, const auto& b) { return a.first > b.first; });
  std::thread answerer([&] {
    for (const auto& [path, responder] : waiting) {
      responder.send(text_response(path));
      std::this_thread::sleep_for(5ms);
    }
  });
  for (int i = 0; i < 8; ++i) EXPECT_EQ(client.receive()->body, "/" + std::to_string(i));
  answerer.join();
}

TEST(Pipelining, NoMoreThanTheWindowAreHandledAtOnce) {
  Server server;
  server.options.pipeline_max = 4;
  Box<Responder> kept;
  server.application.handler = [&](Request, const Responder& responder) -> Reply {
    kept.put(responder);
    return Deferred{};
  };
  server.start();
  Client client(server.listener->port());
  std::string all;
  for (int i = 0; i < 10; ++i) all += get("/");
  client.send(all);
  ASSERT_TRUE(eventually([&] { return kept.size() == 4; }));
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(kept.size(), 4U);
  for (int i = 0; i < 10; ++i) kept.take().send(text_response(""));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(client.receive());
}

// RFC 9112, section 9.3.2: only safe requests may be worked on side by side.
TEST(Pipelining, ARequestThatChangesSomethingIsAloneWithItsConnection) {
  Server server;
  Box<std::pair<std::string, Responder>> kept;
  server.application.handler = [&](Request request, const Responder& responder) -> Reply {
    kept.put({request.path, responder});
    return Deferred{};
  };
  server.start();
  Client client(server.listener->port());
  client.send(get("/1") + get("/2") + "DELETE /3 HTTP/1.1\r\nHost: a\r\n\r\n" + get("/4"));
  auto first = kept.take();
  auto second = kept.take();
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(kept.size(), 0U);  // the third waits for the first two
  first.second.send(text_response(""));
  second.second.send(text_response(""));
  auto third = kept.take();
  EXPECT_EQ(third.first, "/3");
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(kept.size(), 0U);  // the fourth waits for the third
  third.second.send(text_response(""));
  kept.take().second.send(text_response(""));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(client.receive());
}

TEST(Pipelining, WhatStandsBeforeAMistakeIsAnsweredAndNothingAfterIt) {
  std::atomic<int> handled = 0;
  Server server;
  server.application.handler = [&](Request request, const Responder&) -> Reply {
    ++handled;
    std::this_thread::sleep_for(10ms);
    return text_response(request.path);
  };
  server.start();
  Client client(server.listener->port());
  client.send(get("/1") + get("/2") + "GET / HTTP/1.1\r\nHost : a\r\n\r\n" + get("/3"));
  EXPECT_EQ(client.receive()->body, "/1");
  EXPECT_EQ(client.receive()->body, "/2");
  EXPECT_EQ(client.receive()->status, 400);
  client.close_sending_side();
  EXPECT_EQ(client.receive_rest(), "");
  EXPECT_EQ(handled, 2);
}

TEST(Pipelining, NothingIsAnsweredAfterConnectionClose) {
  Server server;
  server.start();
  Client client(server.listener->port());
  client.send(get("/1") + get("/2", "Connection: close\r\n") + get("/3"));
  EXPECT_EQ(client.receive()->body, "GET\n/1\n\n");
  EXPECT_EQ(client.receive()->body, "GET\n/2\n\n");
  client.close_sending_side();
  EXPECT_EQ(client.receive_rest(), "");
}

TEST(Pipelining, ASenderThatDoesNotReadIsNotReadFurther) {
  Server server;
  std::atomic<int> handled = 0;
  server.application.handler = [&](Request, const Responder&) -> Reply {
    ++handled;
    return text_response(std::string(1U << 20, 'x'));
  };
  server.start();
  Client client(server.listener->port(), 8192);
  std::string all;
  for (int i = 0; i < 200; ++i) all += get("/");
  client.send(all);
  std::this_thread::sleep_for(200ms);
  EXPECT_LT(handled, 60);  // what the buffers of both kernels take, and one window
  for (int i = 0; i < 200; ++i) ASSERT_EQ(client.receive()->body.size(), 1U << 20);
}

}  // namespace
}  // namespace threadkeep::http
