// Answers that are written little by little.
#include <sys/socket.h>

#include <atomic>

#include "http/server_under_test.h"

namespace threadkeep::http {
namespace {

using namespace std::chrono_literals;

const Response event_head{
    .status = 200, .headers = {{"Content-Type", "text/event-stream"}}, .body = {}};

// A server whose every request is answered by a stream that the test gets.
class Streams : public testing::Test {
 protected:
  struct Opened {
    std::string path;
    std::shared_ptr<EventStream> stream;
  };
  void SetUp() override {
    server_.application.handler = [this](Request request, const Responder& responder) -> Reply {
      if (request.path == "/plain") return text_response("plain");
      auto stream = responder.stream(event_head);
      stream->on_gone([this] { ++gone_; });
      opened_.put({request.path, std::move(stream)});
      return Deferred{};
    };
    server_.start();
  }
  std::uint16_t port() const { return server_.listener->port(); }
  bool is_gone(int count = 1) {
    return eventually([&] { return gone_ >= count; });
  }

  std::atomic<int> gone_ = 0;
  Box<Opened> opened_;
  Server server_;
};

TEST_F(Streams, EachPieceArrivesAtOnceAndTheConnectionGoesOn) {
  Client client(port());
  client.send(get("/s"));
  auto stream = opened_.take().stream;
  EXPECT_NE(client.receive_some().find("Transfer-Encoding: chunked\r\n\r\n"), std::string::npos);
  EXPECT_TRUE(stream->write("hello"));
  EXPECT_EQ(client.receive_some(), "5\r\nhello\r\n");
  EXPECT_TRUE(stream->write(std::string(17, 'x')));
  EXPECT_EQ(client.receive_some(), "11\r\n" + std::string(17, 'x') + "\r\n");
  stream->close();
  EXPECT_FALSE(stream->write("late"));
  EXPECT_EQ(client.receive_some(), "0\r\n\r\n");
  client.send(get("/plain"));
  EXPECT_EQ(client.receive()->body, "plain");
  client.reset();
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(gone_, 0);  // it was closed: nobody has left
}

TEST_F(Streams, WrittenAndClosedAtOnceComeWhole) {
  Client client(port());
  for (int i = 0; i < 100; ++i) {
    client.send(get("/s"));
    const auto stream = opened_.take().stream;
    for (int j = 0; j < i; ++j) stream->write("0123456789");
    stream->close();
    EXPECT_EQ(client.receive()->body.size(), static_cast<std::size_t>(i) * 10);
  }
}

TEST_F(Streams, OneWriteMayBeLargerThanTheBacklog) {
  const std::string large(4U << 20, 'x');
  Client client(port());
  client.send(get("/s"));
  const auto stream = opened_.take().stream;
  EXPECT_TRUE(stream->write(large));
  stream->close();
  EXPECT_TRUE(client.receive()->body == large);
}

TEST_F(Streams, AReaderIsNotDroppedBecauseTheListenersThreadIsBusy) {
  server_.application.plan = [](const RequestHead& head) {
    if (head.path == "/plain") std::this_thread::sleep_for(200ms);  // a plan must not do this
    return BodyPlan{};
  };
  Client client(port());
  Client other(port());
  client.send(get("/s"));
  const auto stream = opened_.take().stream;
  EXPECT_NE(client.receive_some(), "");
  other.send(get("/plain"));
  std::this_thread::sleep_for(50ms);
  for (int i = 0; i < 600; ++i) EXPECT_TRUE(stream->write(std::string(1'000, 'x')));
  stream->close();
  std::size_t size = 0;
  for (std::string some; !(some = client.receive_some()).empty();) {
    size += some.size();
    if (some.ends_with("0\r\n\r\n")) break;
  }
  EXPECT_GE(size, 600'000U);
  EXPECT_EQ(gone_, 0);
}

TEST_F(Streams, WaitForTheAnswersBeforeThem) {
  Client client(port());
  client.send(get("/1") + get("/2") + get("/plain"));
  auto first = opened_.take();
  auto second = opened_.take();
  if (first.path != "/1") std::swap(first, second);
  second.stream->write("second");
  second.stream->close();
  first.stream->write("first");
  first.stream->close();
  EXPECT_EQ(client.receive()->body, "first");
  EXPECT_EQ(client.receive()->body, "second");
  EXPECT_EQ(client.receive()->body, "plain");
}

TEST_F(Streams, AReaderThatDoesNotReadIsDroppedAtTheBacklog) {
  Client client(port(), 8192);
  client.send(get("/s"));
  const auto stream = opened_.take().stream;
  const std::string event(1'000, 'x');
  std::size_t written = 0;
  while (stream->write(event)) {
    written += event.size();
    ASSERT_LT(written, 64U << 20);
    if (written % 100'000 == 0) std::this_thread::sleep_for(1ms);
  }
  EXPECT_GE(written, backlog_bytes_max);
  EXPECT_TRUE(is_gone());
  EXPECT_FALSE(stream->write("x"));
  const std::string got = client.receive_rest();
  EXPECT_LT(got.size(), written);
  EXPECT_FALSE(got.ends_with("0\r\n\r\n"));
  EXPECT_EQ(gone_, 1);
}

TEST_F(Streams, AReaderThatIsSlowButReadsGetsEverything) {
  Client client(port(), 8192);
  client.send(get("/s"));
  const auto stream = opened_.take().stream;
  std::thread writer([&] {
    for (int i = 0; i < 1'000; ++i) {
      stream->write(std::string(1'000, static_cast<char>('a' + i % 26)));
      if (i % 50 == 0) std::this_thread::sleep_for(20ms);
    }
    stream->close();
  });
  const auto answer = client.receive();
  writer.join();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body.size(), 1'000'000U);
  EXPECT_EQ(gone_, 0);
}

TEST_F(Streams, AReaderThatLeavesIsNoticedWhileNothingIsWritten) {
  for (const bool with_reset : {false, true}) {
    gone_ = 0;
    auto client = std::make_unique<Client>(port());
    client->send(get("/s"));
    const auto stream = opened_.take().stream;
    client->receive_some();
    const auto began = std::chrono::steady_clock::now();
    if (with_reset) client->reset();
    client.reset();
    EXPECT_TRUE(is_gone());
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
    EXPECT_FALSE(stream->write("x"));
    stream->close();
    EXPECT_EQ(gone_, 1);
  }
}

TEST_F(Streams, OneThatWaitsBehindAnotherNoticesTheEndToo) {
  Client client(port());
  client.send(get("/1") + get("/2"));
  const auto first = opened_.take().stream;
  const auto second = opened_.take().stream;
  client.reset();
  EXPECT_TRUE(is_gone(2));
}

TEST_F(Streams, AReaderThatLeftBeforeItBeganIsNoticed) {
  Server server;
  Box<Responder> kept;
  server.application.handler = [&](Request, const Responder& responder) -> Reply {
    kept.put(responder);
    return Deferred{};
  };
  server.start();
  std::optional<Responder> responder;
  {
    Client client(server.listener->port());
    client.send(get("/"));
    responder = kept.take();
  }
  std::this_thread::sleep_for(50ms);
  const auto stream = responder->stream(event_head);
  std::atomic<int> gone = 0;
  stream->on_gone([&] { ++gone; });
  EXPECT_TRUE(eventually([&] { return gone == 1; }));
}

TEST_F(Streams, AnAbortedOneIsCut) {
  Client client(port());
  client.send(get("/s"));
  const auto stream = opened_.take().stream;
  stream->write("half");
  stream->abort();
  const std::string rest = client.receive_rest();
  EXPECT_NE(rest.find("4\r\nhalf\r\n"), std::string::npos);
  EXPECT_EQ(rest.find("0\r\n\r\n"), std::string::npos);
  EXPECT_EQ(gone_, 0);
}

TEST_F(Streams, AForgottenOneIsCut) {
  Client client(port());
  client.send(get("/s"));
  opened_.take().stream->write("half");
  const std::string rest = client.receive_rest();
  EXPECT_NE(rest.find("4\r\nhalf\r\n"), std::string::npos);
  EXPECT_EQ(rest.find("0\r\n\r\n"), std::string::npos);
}

TEST_F(Streams, GoRawToHttp10AndEndWithTheConnection) {
  Client client(port());
  client.send("GET /s HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
  const auto stream = opened_.take().stream;
  stream->write("one ");
  stream->write("two");
  stream->close();
  const std::string all = client.receive_rest();
  EXPECT_EQ(all.find("Transfer-Encoding"), std::string::npos);
  EXPECT_NE(all.find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(all.substr(all.find("\r\n\r\n") + 4), "one two");
}

TEST_F(Streams, HeadGetsOnlyTheirHead) {
  Client client(port());
  client.send("HEAD /s HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto stream = opened_.take().stream;
  const auto answer = client.receive(Client::Expect::head_only);
  EXPECT_EQ(answer->header("Content-Type"), "text/event-stream");
  EXPECT_EQ(answer->header("Content-Length"), "");
  EXPECT_TRUE(is_gone());
  EXPECT_FALSE(stream->write("x"));
  client.send(get("/plain"));
  EXPECT_EQ(client.receive()->body, "plain");
}

TEST_F(Streams, AReaderThatStallsIsDroppedInTimeAlsoWithoutMoreWrites) {
  Server server;
  server.options.body_stall_ms = 300;
  Box<std::shared_ptr<EventStream>> opened;
  std::atomic<int> gone = 0;
  server.application.handler = [&](Request, const Responder& responder) -> Reply {
    auto stream = responder.stream(event_head);
    stream->on_gone([&] { ++gone; });
    opened.put(std::move(stream));
    return Deferred{};
  };
  server.start();
  Client client(server.listener->port(), 4096);
  client.send(get("/s"));
  const auto stream = opened.take();
  std::this_thread::sleep_for(700ms);
  EXPECT_EQ(gone, 0);  // an idle one may stay as long as it likes
  EXPECT_TRUE(
      stream->write(std::string(8U << 20, 'x')));  // more than the kernel takes, then silence
  EXPECT_TRUE(eventually([&] { return gone == 1; }));
}

TEST_F(Streams, WritersAndReadersInAnyOrderLeaveNothingOpen) {
  const std::size_t before = open_files();
  for (int i = 0; i < 300; ++i) {
    Client client(port());
    client.send(get("/s"));
    const auto stream = opened_.take().stream;
    std::thread writer([&] {
      for (int j = 0; j < 20; ++j) stream->write("event");
      i % 3 == 0 ? stream->close() : i % 3 == 1 ? stream->abort() : (void)stream->write("x");
    });
    if (i % 2 == 0) client.receive_some();
    if (i % 4 < 2) client.reset();
    writer.join();
  }
  EXPECT_TRUE(eventually([&] { return open_files() <= before; }));
}

TEST_F(Streams, OnGoneSetTooLateIsStillCalledOnce) {
  Client client(port());
  client.send(get("/s"));
  const auto stream = opened_.take().stream;
  client.reset();
  ASSERT_TRUE(is_gone());
  std::atomic<int> late = 0;
  stream->on_gone([&] { ++late; });
  EXPECT_TRUE(eventually([&] { return late == 1; }));
}

}  // namespace
}  // namespace threadkeep::http
