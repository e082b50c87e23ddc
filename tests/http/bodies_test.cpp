// Bodies of requests: limits, expectations, slow ones, spooled ones, ones that break off.
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "http/server_under_test.h"

namespace threadkeep::http {
namespace {

using namespace std::chrono_literals;

BodyPlan memory_up_to(std::uint64_t bytes) {
  return {.kind = BodyPlan::Kind::memory, .bytes_max = bytes};
}

std::string chunk(std::string_view bytes) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + std::string(bytes) + "\r\n";
}

constexpr std::string_view chunked_post =
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(Bodies, AnAnnouncedLengthBeyondTheLimitIsRefusedBeforeReading) {
  Server server;
  server.application.plan = [](const RequestHead&) { return memory_up_to(1'000); };
  server.start();
  Client client(server.listener->port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 104857600\r\n\r\n");
  const auto answer = client.receive();
  EXPECT_EQ(answer->status, 413);
  EXPECT_EQ(answer->body, "too-large");
  EXPECT_EQ(answer->header("Connection"), "close");
  EXPECT_TRUE(client.wait_for_end(1s));
}

TEST(Bodies, TheLimitItselfIsAcceptedAndOneByteMoreIsNot) {
  Server server;
  server.application.plan = [](const RequestHead&) { return memory_up_to(1'000); };
  server.start();
  Client client(server.listener->port());
  client.send(post("/", std::string(1'000, 'a')));
  EXPECT_EQ(client.receive()->status, 200);
  client.send(std::string(chunked_post) + chunk(std::string(999, 'a')) + chunk("b") + "0\r\n\r\n");
  EXPECT_EQ(client.receive()->status, 200);
  client.send(std::string(chunked_post) + chunk(std::string(1'000, 'a')) + chunk("b"));
  EXPECT_EQ(client.receive()->status, 413);
  EXPECT_TRUE(client.wait_for_end(1s));
}

// The sender is still writing when it is refused: it must get the answer and not a reset.
TEST(Bodies, ARefusedSenderOfMuchStillGetsTheAnswer) {
  Server server;
  server.application.plan = [](const RequestHead&) { return memory_up_to(1'000); };
  server.start();
  for (int i = 0; i < 10; ++i) {
    Client client(server.listener->port());
    client.send(chunked_post);
    const std::string piece = chunk(std::string(100'000, 'a'));
    for (int j = 0; j < 20; ++j) client.send(piece);
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 413);
    client.close_sending_side();
    EXPECT_EQ(client.receive_rest(), "");
    EXPECT_FALSE(client.was_reset());  // some systems throw away what was not read before a reset
  }
}

TEST(Bodies, APlanCanRefuse) {
  Server server;
  server.application.plan = [](const RequestHead& head) -> TestApplication::Plan {
    if (head.path == "/no") return Response{.status = 415, .headers = {}, .body = "no"};
    return memory_up_to(1'000);
  };
  server.start();
  Client client(server.listener->port());
  client.send(get("/no") + get("/yes"));
  EXPECT_EQ(client.receive()->status, 415);
  EXPECT_EQ(client.receive()->status, 200);  // nothing was announced: the connection goes on
  client.send(post("/no", "hello"));
  const auto answer = client.receive();
  EXPECT_EQ(answer->status, 415);
  EXPECT_EQ(answer->header("Connection"), "close");
  EXPECT_TRUE(client.wait_for_end(1s));
}

TEST(Bodies, APlanThatThrowsIsAnswered500) {
  Server server;
  server.application.plan = [](const RequestHead&) -> BodyPlan { throw std::runtime_error("x"); };
  server.start();
  Client client(server.listener->port());
  client.send(get("/"));
  EXPECT_EQ(client.receive()->status, 500);
}

TEST(Expectations, AreMetBeforeTheBodyAndOnlyWhenItIsWanted) {
  Server server;
  server.application.plan = [](const RequestHead&) { return memory_up_to(1'000); };
  server.start();
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ";
  Client client(server.listener->port());
  client.send(head + "5\r\n\r\n");
  EXPECT_EQ(client.receive()->status, 100);
  client.send("hello");
  EXPECT_EQ(client.receive()->body, "POST\n/\n\nhello");
  client.send(head + "5\r\n\r\nhello");  // it did not wait: no 100 is needed
  EXPECT_EQ(client.receive()->status, 200);
  client.send(head + "0\r\n\r\n");
  EXPECT_EQ(client.receive()->status, 200);
  client.send(head + "10000000000\r\n\r\n");
  EXPECT_EQ(client.receive()->status, 413);
  EXPECT_TRUE(client.wait_for_end(1s));
}

TEST(Expectations, OfHttp10AreIgnored) {
  Server server;
  server.start();
  Client client(server.listener->port());
  client.send("POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_EQ(client.receive()->status, 200);
}

TEST(SlowRequests, AHeadThatTakesTooLongIsAnswered408) {
  Server server;
  server.options.head_timeout_ms = 300;
  server.start();
  Client client(server.listener->port());
  const auto began = std::chrono::steady_clock::now();
  for (const char byte : std::string_view("GET / HTTP/1.1\r\nHost: a\r\n")) {
    if (!client.send({&byte, 1})) break;
    std::this_thread::sleep_for(20ms);
    if (std::chrono::steady_clock::now() - began > 2s) break;
  }
  EXPECT_EQ(client.receive()->status, 408);
  EXPECT_TRUE(client.wait_for_end(1s));
}

TEST(SlowRequests, ABodyThatStallsIsAnswered408) {
  Server server;
  server.options.body_stall_ms = 300;
  server.start();
  Client client(server.listener->port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  EXPECT_EQ(client.receive()->status, 408);
  EXPECT_TRUE(client.wait_for_end(1s));
}

TEST(SlowRequests, ABodyThatDripsIsAnswered408) {
  Server server;
  server.options.body_stall_ms = 300;
  server.start();
  Client client(server.listener->port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n");
  bool ended = false;
  for (int i = 0; i < 60 && !ended; ++i) {  // never longer than 50 ms without a byte
    client.send("x");
    ended = client.wait_for_end(50ms);
  }
  EXPECT_TRUE(ended);
}

TEST(SlowRequests, ABodyThatIsSlowButSteadyIsAccepted) {
  Server server;
  server.options.body_stall_ms = 1'500;
  server.start();
  Client client(server.listener->port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8000\r\n\r\n");
  for (int i = 0; i < 20; ++i) {  // for twice as long as it might stall, 2.7 KB per second
    client.send(std::string(400, 'x'));
    std::this_thread::sleep_for(150ms);
  }
  EXPECT_EQ(client.receive()->status, 200);
}

TEST(SlowRequests, AnIdleConnectionIsClosedInSilence) {
  Server server;
  server.options.idle_timeout_ms = 300;
  server.start();
  Client fresh(server.listener->port());
  Client used(server.listener->port());
  used.send(get("/"));
  EXPECT_EQ(used.receive()->status, 200);
  EXPECT_EQ(fresh.receive_rest(), "");
  EXPECT_EQ(used.receive_rest(), "");
}

TEST(SlowReaders, AnAnswerThatIsNotReadIsGivenUp) {
  const std::string large(20U << 20, 'x');
  Server server;
  server.options.body_stall_ms = 300;
  server.application.handler = [&](Request, const Responder&) -> Reply {
    Response response;
    response.static_body = large;
    return response;
  };
  server.start();
  Client client(server.listener->port(), 8192);
  client.send(get("/"));
  EXPECT_NE(client.receive_some(), "");
  const std::size_t before = open_files();
  EXPECT_TRUE(eventually([&] { return open_files() < before; }));
  EXPECT_LT(client.receive_rest().size(), large.size());
}

class SpooledBodies : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    server_.options.spool_folder = folder_.string();
    server_.application.plan = [](const RequestHead&) {
      return BodyPlan{.kind = BodyPlan::Kind::spool, .bytes_max = 100U << 20};
    };
    server_.application.handler = [this](Request request, const Responder&) -> Reply {
      EXPECT_EQ(request.body, "");
      EXPECT_TRUE(std::filesystem::is_empty(folder_));
      struct stat status {};
      EXPECT_EQ(::fstat(request.spooled->descriptor(), &status), 0);
      EXPECT_EQ(status.st_nlink, 0U);
      EXPECT_EQ(static_cast<std::uint64_t>(status.st_size), request.spooled->size());
      EXPECT_EQ(::lseek(request.spooled->descriptor(), 0, SEEK_CUR), 0);
      std::uint64_t sum = 14'695'981'039'346'656'037U;
      std::vector<unsigned char> bytes(1U << 20);
      for (ssize_t size = 0;
           (size = ::read(request.spooled->descriptor(), bytes.data(), bytes.size())) > 0;) {
        sum =
            add(sum, {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size)});
      }
      return text_response(std::to_string(sum) + " " + std::to_string(request.spooled->size()));
    };
    server_.start();
  }
  void TearDown() override {
    server_.listener->stop(0);
    std::filesystem::remove_all(folder_);
  }
  static std::uint64_t add(std::uint64_t sum, std::string_view bytes) {
    for (const char byte : bytes) {
      sum = (sum ^ static_cast<unsigned char>(byte)) * 1'099'511'628'211U;
    }
    return sum;
  }
  static std::string expected(std::string_view bytes) {
    return std::to_string(add(14'695'981'039'346'656'037U, bytes)) + " " +
           std::to_string(bytes.size());
  }
  static std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    std::uint32_t state = 1;
    for (char& byte : bytes) {
      state = state * 1'664'525U + 1'013'904'223U;
      byte = static_cast<char>(state >> 24);
    }
    return bytes;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("threadkeep-spool-" + std::to_string(::getpid()));
  Server server_;
};

TEST_F(SpooledBodies, ArriveWholeInAFileWithoutAName) {
  const std::string body = pattern(50U << 20);
  Client client(server_.listener->port());
  client.send(post("/", body));
  EXPECT_EQ(client.receive()->body, expected(body));
  client.send(post("/", "small") + post("/", "other"));
  EXPECT_EQ(client.receive()->body, expected("small"));
  EXPECT_EQ(client.receive()->body, expected("other"));
}

TEST_F(SpooledBodies, MayBeChunkedAndEmpty) {
  const std::string body = pattern(3U << 20);
  Client client(server_.listener->port());
  client.send(chunked_post);
  for (std::size_t i = 0; i < body.size(); i += 77'777) client.send(chunk(body.substr(i, 77'777)));
  client.send("0\r\n\r\n");
  EXPECT_EQ(client.receive()->body, expected(body));
  client.send(std::string(chunked_post) + "0\r\n\r\n");
  EXPECT_EQ(client.receive()->body, expected(""));
}

TEST_F(SpooledBodies, AreReadToTheEndWhenTheSenderClosesItsSide) {
  const std::string body = pattern(1U << 20);
  Client client(server_.listener->port());
  client.send(post("/", body));
  client.close_sending_side();
  EXPECT_EQ(client.receive()->body, expected(body));
}

TEST_F(SpooledBodies, LeaveNoFileOpenWhenTheyBreakOff) {
  const std::size_t before = open_files();
  for (int i = 0; i < 20; ++i) {
    Client client(server_.listener->port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n");
    client.send(std::string(600'000, 'x'));
    client.reset();
  }
  EXPECT_TRUE(eventually([&] { return open_files() <= before; }));
}

TEST_F(SpooledBodies, GetsAnErrorWhenTheFolderIsGone) {
  std::filesystem::remove_all(folder_);
  Client client(server_.listener->port());
  client.send(post("/", pattern(1U << 20)));
  EXPECT_EQ(client.receive()->status, 500);
}

TEST_F(SpooledBodies, BeyondTheLimitAreRefused) {
  Client client(server_.listener->port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000000\r\n\r\n");
  EXPECT_EQ(client.receive()->status, 413);
}

TEST(BrokenOff, ARequestThatIsCutNeverReachesTheHandler) {
  std::atomic<int> handled = 0;
  Server server;
  server.application.handler = [&](Request, const Responder&) -> Reply {
    ++handled;
    return text_response("");
  };
  server.start();
  const std::string whole = post("/", "hello");
  const std::string chunks = std::string(chunked_post) + chunk("hello") + "0\r\n\r\n";
  for (const std::string& bytes : {whole, chunks}) {
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      Client half(server.listener->port());
      half.send(bytes.substr(0, cut));
      half.close_sending_side();
      EXPECT_EQ(half.receive_rest(), "") << cut;
      Client reset(server.listener->port());
      reset.send(bytes.substr(0, cut));
      reset.reset();
    }
  }
  EXPECT_EQ(handled, 0);
  Client client(server.listener->port());
  client.send(whole);
  client.close_sending_side();
  EXPECT_EQ(client.receive()->status, 200);
  EXPECT_TRUE(client.wait_for_end(1s));
}

}  // namespace
}  // namespace threadkeep::http
