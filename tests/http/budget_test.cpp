// What requests and answers may hold in memory.
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <fstream>

#include "http/server_under_test.h"

namespace threadkeep::http {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t mebibyte = 1U << 20;

// What this process has in memory that is no file.
std::size_t resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stoul(line.substr(8)) * 1'024;
  }
  return 0;
}

constexpr bool is_measurable =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    false;  // a sanitizer keeps freed memory and its own beside every byte
#else
    true;
#endif

std::string head_of_body(std::size_t bytes) {
  return "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: " + std::to_string(bytes) +
         "\r\n\r\n";
}

class Budget : public testing::Test {
 protected:
  Budget() {
    server_.options.memory_bytes_max = 16 * mebibyte;
    server_.application.plan = [](const RequestHead&) {
      return BodyPlan{.kind = BodyPlan::Kind::memory, .bytes_max = 8 * mebibyte};
    };
  }
  std::unique_ptr<Client> connect(int receive_buffer = 0) {
    return std::make_unique<Client>(server_.listener->port(), receive_buffer);
  }
  // Many bodies that lack their last byte.
  std::vector<std::unique_ptr<Client>> unfinished_bodies(int count, std::size_t bytes) {
    const std::string body(bytes - 1, ' ');
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < count; ++i) {
      clients.push_back(connect());
      clients.back()->send(head_of_body(bytes));
      clients.back()->send(body);
    }
    return clients;
  }

  Server server_;
};

TEST_F(Budget, OfBodiesThatLackAByteNoMoreAreHeldThanMayBe) {
  server_.start();
  const std::size_t before = resident_bytes();
  const auto clients = unfinished_bodies(60, 2 * mebibyte);
  // At most eight have room; the others are told so.
  const auto is_told = [](const auto& client) {
    pollfd input{client->descriptor(), POLLIN, 0};
    return ::poll(&input, 1, 0) == 1;
  };
  EXPECT_TRUE(
      eventually([&] { return std::count_if(clients.begin(), clients.end(), is_told) >= 52; }));
  for (const auto& client : clients) {
    if (!is_told(client)) continue;
    const auto reply = client->receive();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 503);
    EXPECT_EQ(reply->body, "unavailable");
  }
  if (is_measurable) {
    EXPECT_LT(resident_bytes(), before + 2 * server_.options.memory_bytes_max);
  }
}

TEST_F(Budget, WhoStandsStillMakesRoomForOthers) {
  server_.start();
  const auto clients = unfinished_bodies(12, 2 * mebibyte);  // leave less than two
  const std::string body(4 * mebibyte, 'x');
  EXPECT_TRUE(eventually([&] {
    const auto other = connect();
    other->send(post("/", body));
    const auto reply = other->receive();
    return reply && reply->status == 200;
  }));
}

TEST_F(Budget, WhoStandsStillWithoutNeedIsLeftAlone) {
  server_.start();
  const auto clients = unfinished_bodies(4, 2 * mebibyte);
  std::this_thread::sleep_for(2s);
  for (const auto& client : clients) client->send(" ");
  for (const auto& client : clients) EXPECT_EQ(client->receive()->status, 200);
}

TEST_F(Budget, OfOneClientLeavesRoomForAnother) {
  server_.options.client_memory_bytes_max = 4 * mebibyte;
  server_.start();
  const auto held = unfinished_bodies(2, 2 * mebibyte - 1024);
  std::this_thread::sleep_for(500ms);  // it has all been read
  const auto refused = connect();
  refused->send(post("/", std::string(mebibyte, 'x')));
  EXPECT_EQ(refused->receive()->status, 503);
  Client other(server_.listener->port(), 0, "127.0.0.2");
  other.send(post("/", std::string(mebibyte, 'x')));
  EXPECT_EQ(other.receive()->status, 200);
}

TEST_F(Budget, OfAnnouncedBytesNothingIsTaken) {
  server_.start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(connect());
    clients.back()->send(head_of_body(8 * mebibyte) + "x");
  }
  const auto other = connect();
  other->send(post("/", std::string(8 * mebibyte, 'x')));
  EXPECT_EQ(other->receive()->status, 200);
}

TEST_F(Budget, WhatIsPipelinedWaitsUntilTheAnswersBeforeItAreSent) {
  server_.options.memory_bytes_max = 1'000 * mebibyte;
  server_.options.client_memory_bytes_max = 1'000 * mebibyte;
  std::atomic<int> handled = 0;
  server_.application.handler = [&](Request, const Responder&) -> Reply {
    ++handled;
    return text_response(std::string(16 * mebibyte, 'x'));
  };
  server_.start();
  const auto client = connect(8192);
  std::string all;
  for (int i = 0; i < 16; ++i) all += get("/");
  client->send(all);
  std::this_thread::sleep_for(700ms);
  EXPECT_LE(handled, 1 + server_.options.workers);
  for (int i = 0; i < 16; ++i) ASSERT_EQ(client->receive()->body.size(), 16 * mebibyte) << i;
  EXPECT_EQ(handled, 16);
}

TEST_F(Budget, OfAnswersThatNobodyReadsNoMoreAreMadeThanMayBe) {
  std::atomic<int> made = 0;
  server_.application.handler = [&](Request request, const Responder&) -> Reply {
    if (request.path == "/small") return text_response("small");
    ++made;
    return text_response(std::string(4 * mebibyte, 'x'));
  };
  server_.start();
  const std::size_t before = resident_bytes();
  std::size_t most = before;
  std::vector<std::unique_ptr<Client>> clients;
  std::string all;
  for (int i = 0; i < 16; ++i) all += get("/");
  for (int i = 0; i < 40; ++i) {
    clients.push_back(connect(8192));
    clients.back()->send(all);
  }
  int served = 0;
  for (int i = 0; i < 30; ++i) {
    most = std::max(most, resident_bytes());
    const auto other = connect();
    other->send(get("/small"));
    const auto reply = other->receive();
    if (reply && reply->status == 200) ++served;
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_GE(served, 10);  // those that stand still made room
  // The budget, and what each thread may have begun before it was used up.
  if (is_measurable) {
    EXPECT_LT(most, before + (16 + 4 * 5 + 12) * mebibyte);
  }
}

TEST_F(Budget, IsGivenBackByEverythingThatEnds) {
  server_.application.handler = [&](Request request, const Responder& responder) -> Reply {
    if (request.path == "/stream") {
      auto stream = responder.stream({.status = 200, .headers = {}, .body = {}});
      stream->write(std::string(mebibyte, 'x'));
      return Deferred{};  // forgotten: cut
    }
    return text_response(std::string(mebibyte, 'x'));
  };
  server_.start();
  for (int i = 0; i < 100; ++i) {
    const auto client = connect();
    client->send(i % 3 == 0 ? get("/stream") : post("/", std::string(mebibyte, 'y')));
    if (i % 2 == 0) client->receive();
    if (i % 5 == 0) client->reset();
  }
  // All of the budget can be had again.
  EXPECT_TRUE(eventually([&] {
    const auto client = connect();
    client->send(post("/", std::string(8 * mebibyte, 'x')));
    const auto reply = client->receive();
    return reply && reply->status == 200;
  }));
}

TEST_F(Budget, ARequestWhoseClientHasGoneIsNotBegun) {
  server_.options.workers = 1;
  std::atomic<int> reads = 0;
  std::atomic<int> writes = 0;
  std::atomic<bool> is_held = true;
  server_.application.handler = [&](Request request, const Responder&) -> Reply {
    ++(request.method == Method::get ? reads : writes);
    while (is_held) std::this_thread::sleep_for(1ms);
    return text_response("");
  };
  server_.start();
  const auto first = connect();
  first->send(get("/"));
  ASSERT_TRUE(eventually([&] { return reads == 1; }));
  const std::size_t open_before = open_files();
  for (int i = 0; i < 20; ++i) {
    const auto client = connect();
    client->send(i == 10 ? post("/", "x") : get("/"));
    std::this_thread::sleep_for(5ms);  // it has been read, and waits for the thread
    client->reset();
  }
  ASSERT_TRUE(eventually([&] { return open_files() <= open_before; }));
  is_held = false;
  EXPECT_TRUE(first->receive());
  EXPECT_TRUE(eventually([&] { return writes == 1; }));  // what was sent whole to be stored is
  const auto last = connect();
  last->send(get("/"));
  EXPECT_TRUE(last->receive());
  EXPECT_EQ(reads, 2);
}

TEST(SlowRequests, ABodyThatBeganFastMayNotDripAfterwards) {
  Server server;
  server.options.body_stall_ms = 400;
  server.start();
  Client client(server.listener->port());
  client.send(head_of_body(mebibyte));
  client.send(std::string(mebibyte / 2, 'x'));
  const auto began = std::chrono::steady_clock::now();
  bool has_ended = false;
  while (!has_ended && std::chrono::steady_clock::now() - began < 5s) {
    client.send("x");
    has_ended = client.wait_for_end(50ms);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
}

}  // namespace
}  // namespace threadkeep::http
