// Bodies that go into a sink while they arrive, and bodies that are read while they are sent.
#include <algorithm>
#include <atomic>
#include <mutex>

#include "http/server_under_test.h"

namespace threadkeep::http {
namespace {

using namespace std::chrono_literals;

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1'664'525U + 1'013'904'223U;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

// What a sink was given, after it has gone too.
struct Taken {
  std::mutex mutex;
  std::string bytes;
  std::size_t largest = 0;
  std::atomic<int> opened = 0;
  std::atomic<int> gone = 0;
};

class TestSink final : public BodySink {
 public:
  TestSink(Taken& taken, std::size_t bytes_max) : taken_(taken), bytes_max_(bytes_max) {
    ++taken_.opened;
  }
  ~TestSink() override { ++taken_.gone; }
  std::optional<Refusal> add(std::string_view bytes) override {
    const std::lock_guard lock(taken_.mutex);
    taken_.bytes += bytes;
    taken_.largest = std::max(taken_.largest, bytes.size());
    if (taken_.bytes.size() > bytes_max_) return Refusal{507, "quota-reached", "Full."};
    return std::nullopt;
  }

 private:
  Taken& taken_;
  const std::size_t bytes_max_;
};

class Sinks : public testing::Test {
 protected:
  void SetUp() override {
    server_.application.plan = [this](const RequestHead&) {
      return BodyPlan{.kind = BodyPlan::Kind::sink,
                      .bytes_max = 100U << 20,
                      .open_sink = [this]() -> tl::expected<std::unique_ptr<BodySink>, Refusal> {
                        if (is_closed_) return tl::unexpected(Refusal{503, "closed", "No."});
                        return std::make_unique<TestSink>(taken_, bytes_max_);
                      }};
    };
    server_.application.handler = [](Request request, const Responder&) -> Reply {
      return text_response(request.sink ? "taken" : "nothing");
    };
    server_.start();
  }
  void TearDown() override { server_.listener->stop(0); }

  std::size_t bytes_max_ = SIZE_MAX;
  std::atomic<bool> is_closed_ = false;
  Taken taken_;
  Server server_;
};

TEST_F(Sinks, TakeAWholeBodyInPieces) {
  Client client(server_.listener->port());
  const std::string bytes = pattern(5'000'000);
  client.send(post("/", bytes));
  EXPECT_EQ(client.receive()->body, "taken");
  EXPECT_TRUE(eventually([&] { return taken_.gone == 1; }));
  EXPECT_TRUE(taken_.bytes == bytes);
  EXPECT_LE(taken_.largest, 1U << 20);
  // The connection goes on, and an empty body has a sink as well, when one is announced by chunks.
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive()->body, "taken");
}

TEST_F(Sinks, TakeASmallBodyAsOnePiece) {
  Client client(server_.listener->port());
  for (int round = 1; round <= 3; ++round) {
    const std::string bytes = pattern(100'000);
    client.send(post("/", bytes));
    EXPECT_EQ(client.receive()->body, "taken");
    EXPECT_TRUE(eventually([&] { return taken_.gone == round; }));
    EXPECT_EQ(taken_.bytes.size(), 100'000U * static_cast<std::size_t>(round));
    EXPECT_EQ(taken_.largest, 100'000U);
  }
}

TEST_F(Sinks, RefuseASmallBodyAndTheConnectionGoesOn) {
  bytes_max_ = 60'000;
  Client client(server_.listener->port());
  client.send(post("/", pattern(100'000)));
  const auto answer = client.receive();
  EXPECT_EQ(answer->status, 507);
  EXPECT_EQ(answer->body, "quota-reached");
  EXPECT_TRUE(eventually([&] { return taken_.gone == 1; }));
  bytes_max_ = SIZE_MAX;
  client.send(post("/", pattern(50'000)));
  EXPECT_EQ(client.receive()->body, "taken");
}

TEST_F(Sinks, AreUndoneWhenTheClientLeaves) {
  {
    Client client(server_.listener->port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n");
    client.send(pattern(1'000'000));
    EXPECT_TRUE(eventually([&] { return taken_.opened == 1; }));
  }
  EXPECT_TRUE(eventually([&] { return taken_.gone == 1; }));
}

TEST_F(Sinks, RefuseInTheMiddle) {
  bytes_max_ = 600'000;
  Client client(server_.listener->port());
  client.send(post("/", pattern(3'000'000)));
  const auto answer = client.receive();
  EXPECT_EQ(answer->status, 507);
  EXPECT_EQ(answer->body, "quota-reached");
  EXPECT_EQ(answer->header("Connection"), "close");
  EXPECT_TRUE(eventually([&] { return taken_.gone == 1; }));
}

TEST_F(Sinks, ThatCannotBeOpenedRefuse) {
  is_closed_ = true;
  Client client(server_.listener->port());
  client.send(post("/", pattern(1'000)));
  EXPECT_EQ(client.receive()->body, "closed");
  EXPECT_EQ(taken_.opened, 0);
}

// Gives a pattern, and counts how much of it was asked for.
class TestSource final : public BodySource {
 public:
  TestSource(std::uint64_t size, std::uint64_t breaks_at, std::atomic<std::uint64_t>& given)
      : size_(size), breaks_at_(breaks_at), given_(given) {}
  std::uint64_t size() const override { return size_; }
  std::string read(std::size_t bytes_max) override {
    if (at_ >= breaks_at_) return {};
    const std::uint64_t count = std::min<std::uint64_t>(bytes_max, size_ - at_);
    at_ += count;
    given_ += count;
    return std::string(count, 'x');
  }

 private:
  const std::uint64_t size_;
  const std::uint64_t breaks_at_;
  std::atomic<std::uint64_t>& given_;  // by all sources
  std::uint64_t at_ = 0;
};

class Sources : public testing::Test {
 protected:
  void SetUp() override {
    server_.application.handler = [this](Request request, const Responder&) -> Reply {
      if (request.path != "/file") return text_response("small");
      Response response = text_response("");
      response.source = std::make_shared<TestSource>(size_, breaks_at_, given_);
      return response;
    };
    server_.start();
  }
  void TearDown() override { server_.listener->stop(0); }

  std::uint64_t size_ = 3'000'000;
  std::uint64_t breaks_at_ = UINT64_MAX;
  std::atomic<std::uint64_t> given_ = 0;
  Server server_;
};

TEST_F(Sources, GiveAllTheirBytesAndTheConnectionGoesOn) {
  Client client(server_.listener->port());
  client.send(get("/small") + get("/file") + get("/small"));
  EXPECT_EQ(client.receive()->body, "small");
  const auto answer = client.receive();
  EXPECT_EQ(answer->header("Content-Length"), "3000000");
  EXPECT_TRUE(answer->body == std::string(size_, 'x'));
  EXPECT_EQ(client.receive()->body, "small");
}

TEST_F(Sources, OfNothingAndForHeadHaveNoBody) {
  Client client(server_.listener->port());
  client.send("HEAD /file HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.receive(Client::Expect::head_only)->header("Content-Length"), "3000000");
  EXPECT_EQ(given_, 0U);
  size_ = 0;
  client.send(get("/file") + get("/small"));
  EXPECT_EQ(client.receive()->body, "");
  EXPECT_EQ(client.receive()->body, "small");
}

TEST_F(Sources, ThatCannotGoOnBreakTheConnection) {
  breaks_at_ = 1'000'000;
  Client client(server_.listener->port());
  client.send(get("/file"));
  const std::string all = client.receive_rest();
  EXPECT_GT(all.size(), 500'000U);
  EXPECT_LT(all.size(), size_);
}

// Many readers who take nothing: neither the threads nor the memory are theirs.
TEST_F(Sources, OfSlowReadersHoldNothingUp) {
  size_ = 200'000'000;
  constexpr int readers = 40;
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < readers; ++i) {
    slow.push_back(std::make_unique<Client>(server_.listener->port(), 16'384));
    slow.back()->send(get("/file"));
  }
  // Each stands still after what the kernel took for it.
  std::this_thread::sleep_for(300ms);
  EXPECT_LT(given_, readers * std::uint64_t{8'000'000});
  Client client(server_.listener->port());
  const auto begin = std::chrono::steady_clock::now();
  client.send(get("/small"));
  EXPECT_EQ(client.receive()->body, "small");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  size_ = 1'000'000;
  client.send(get("/file"));
  EXPECT_EQ(client.receive()->body.size(), 1'000'000U);
}

// With no room at all the pieces wait until there is some, and nobody gets too few.
TEST(SourcesWithoutMemory, WaitForRoom) {
  Server server;
  server.options.memory_bytes_max = 256U << 10;
  server.options.client_memory_bytes_max = 256U << 10;
  std::atomic<std::uint64_t> given = 0;
  server.application.handler = [&](Request, const Responder&) -> Reply {
    Response response = text_response("");
    response.source = std::make_shared<TestSource>(2'000'000, UINT64_MAX, given);
    return response;
  };
  server.start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<Client>(server.listener->port()));
    clients.back()->send(get("/file"));
  }
  for (auto& client : clients) {
    const auto answer = client->receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status == 200 ? answer->body.size() : 2'000'000U, 2'000'000U);
  }
  server.listener->stop(0);
}

}  // namespace
}  // namespace threadkeep::http
