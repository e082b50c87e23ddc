// Ordinary requests and their answers: keep-alive, HEAD, large bodies, workers, failures.
#include <atomic>
#include <numeric>

#include "http/server_under_test.h"

namespace threadkeep::http {
namespace {

using namespace std::chrono_literals;

TEST(Requests, AreAnsweredOneAfterAnotherOnOneConnection) {
  Server server;
  server.start();
  Client client(server.listener->port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.send(get("/a%20b?q=%41")));
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "GET\n/a b\nq=%41\n");
    EXPECT_EQ(answer->header("Date").size(), 29U);
    EXPECT_EQ(answer->header("Connection"), "");
  }
}

TEST(Requests, HeadersAreFoundWithoutRegardToCase) {
  Server server;
  server.application.handler = [](Request request, const Responder&) -> Reply {
    EXPECT_EQ(request.header("x-ONE"), "1");
    EXPECT_EQ(request.header_count("X-Two"), 2U);
    EXPECT_EQ(request.header("x-two"), "a");
    EXPECT_FALSE(request.header("X-Three"));
    EXPECT_GT(request.request_number, 0U);
    return text_response("");
  };
  server.start();
  Client client(server.listener->port());
  client.send(get("/", "X-One: 1\r\nX-Two: a\r\nx-two: b\r\n"));
  EXPECT_EQ(client.receive()->status, 200);
}

TEST(Requests, HeadGetsTheHeadOfTheAnswerOnly) {
  Server server;
  server.start();
  Client client(server.listener->port());
  client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + get("/b"));
  const auto head = client.receive(Client::Expect::head_only);
  EXPECT_EQ(head->header("Content-Length"), "9");
  EXPECT_EQ(client.receive()->body, "GET\n/b\n\n");
}

TEST(Requests, ConnectionCloseIsObeyed) {
  Server server;
  server.start();
  Client client(server.listener->port());
  client.send(get("/", "Connection: close\r\n"));
  EXPECT_EQ(client.receive()->header("Connection"), "close");
  EXPECT_TRUE(client.wait_for_end(1s));
}

TEST(Requests, Http10ClosesUnlessItAsksToKeep) {
  Server server;
  server.start();
  Client keeps(server.listener->port());
  for (int i = 0; i < 2; ++i) {
    keeps.send("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(keeps.receive()->header("Connection"), "keep-alive");
  }
  Client closes(server.listener->port());
  closes.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  EXPECT_EQ(closes.receive()->header("Connection"), "close");
  EXPECT_TRUE(closes.wait_for_end(1s));
}

TEST(Requests, AnAnswerWithoutBodyHasNoLength) {
  Server server;
  server.application.handler = [](Request request, const Responder&) -> Reply {
    return Response{.status = request.path == "/304" ? 304 : 204, .headers = {}, .body = "no"};
  };
  server.start();
  Client client(server.listener->port());
  for (const char* path : {"/204", "/304"}) {
    client.send(get(path));
    const auto answer = client.receive(Client::Expect::head_only);
    EXPECT_EQ(answer->head.find("Content-Length"), std::string::npos);
  }
  client.send(get("/204"));
  EXPECT_EQ(client.receive(Client::Expect::head_only)->status, 204);
}

TEST(Requests, LineBreaksInAHeaderOfAnAnswerAreTakenOut) {
  Server server;
  server.application.handler = [](Request, const Responder&) -> Reply {
    return Response{.status = 200, .headers = {{"X-A", "b\r\nX-Bad: c"}}, .body = {}};
  };
  server.start();
  Client client(server.listener->port());
  client.send(get("/"));
  const auto answer = client.receive();
  EXPECT_EQ(answer->header("X-A"), "b  X-Bad: c");
  EXPECT_EQ(answer->header("X-Bad"), "");
}

TEST(Requests, LargeBodiesReachASlowReaderWhole) {
  std::string large(20U << 20, 'x');
  for (std::size_t i = 0; i < large.size(); i += 4096) large[i] = static_cast<char>('a' + i % 26);
  Server server;
  server.application.handler = [&](Request request, const Responder&) -> Reply {
    Response response{.status = 200, .headers = {}, .body = {}};
    if (request.path == "/static") {
      response.static_body = large;
    } else {
      response.body = large;
    }
    return response;
  };
  server.start();
  for (const char* path : {"/static", "/owned"}) {
    Client client(server.listener->port(), 8192);
    client.send(get(path) + get(path));
    std::this_thread::sleep_for(50ms);
    EXPECT_TRUE(client.receive()->body == large);
    EXPECT_TRUE(client.receive()->body == large);
  }
}

TEST(Requests, ManyClientsAtOnceGetTheirOwnAnswers) {
  constexpr int clients = 64;
  constexpr int requests = 1'000;
  Server server;
  server.start();
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int c = 0; c < clients; ++c) {
    threads.emplace_back([&, c] {
      Client client(server.listener->port());
      for (int i = 0; i < requests; ++i) {
        const std::string path = "/" + std::to_string(c) + "/" + std::to_string(i);
        client.send(i % 2 == 0 ? get(path) : post(path, "b"));
        const auto answer = client.receive();
        const std::string expected =
            i % 2 == 0 ? "GET\n" + path + "\n\n" : "POST\n" + path + "\n\nb";
        if (answer && answer->body == expected) ++right;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, clients * requests);
}

TEST(Handlers, RunSideBySideOnTheWorkers) {
  Server server;
  server.options.workers = 3;
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  server.application.handler = [&](Request, const Responder&) -> Reply {
    const int now = ++inside;
    int seen = most;
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    std::this_thread::sleep_for(50ms);
    --inside;
    return text_response("");
  };
  server.start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<Client>(server.listener->port()));
    clients.back()->send(get("/"));
  }
  for (const auto& client : clients) EXPECT_TRUE(client->receive());
  EXPECT_EQ(most, 3);
}

TEST(Handlers, AnExceptionIsAnswered500AndReported) {
  Server server;
  Box<std::string> reported;
  server.options.on_failure = [&](std::uint64_t, std::string_view what) {
    reported.put(std::string(what));
  };
  server.application.handler = [](Request request, const Responder&) -> Reply {
    if (request.path == "/int") throw 7;
    throw std::runtime_error("broken");
  };
  server.start();
  Client client(server.listener->port());
  client.send(get("/"));
  const auto answer = client.receive();
  EXPECT_EQ(answer->status, 500);
  EXPECT_EQ(answer->body, "internal");
  EXPECT_EQ(reported.take(), "broken");
  client.send(get("/int"));
  EXPECT_EQ(client.receive()->status, 500);
}

TEST(Handlers, ADeferredAnswerThatIsForgottenIsAnswered500) {
  Server server;
  Box<Responder> kept;
  server.application.handler = [&](Request request, const Responder& responder) -> Reply {
    if (request.path == "/later") kept.put(responder);
    return Deferred{};
  };
  server.start();
  Client client(server.listener->port());
  client.send(get("/now"));
  EXPECT_EQ(client.receive()->status, 500);
  client.send(get("/later"));
  { const Responder dropped = kept.take(); }
  EXPECT_EQ(client.receive()->status, 500);
}

TEST(Handlers, TheFirstOfSeveralAnswersCounts) {
  Server server;
  server.application.handler = [&](Request, const Responder& responder) -> Reply {
    responder.send(text_response("first"));
    responder.send(text_response("second"));
    EXPECT_FALSE(responder.stream({.status = 200, .headers = {}, .body = {}})->write("third"));
    return text_response("fourth");
  };
  server.start();
  Client client(server.listener->port());
  for (int i = 0; i < 100; ++i) {
    client.send(get("/"));
    EXPECT_EQ(client.receive()->body, "first");
  }
}

TEST(Handlers, MayAnswerLaterFromAnotherThread) {
  Server server;
  Box<Responder> kept;
  server.application.handler = [&](Request, const Responder& responder) -> Reply {
    kept.put(responder);
    return Deferred{};
  };
  server.start();
  constexpr int clients = 64;
  std::vector<std::unique_ptr<Client>> open;
  for (int i = 0; i < clients; ++i) {
    open.push_back(std::make_unique<Client>(server.listener->port()));
    open.back()->send(get("/"));
  }
  std::vector<Responder> responders;
  for (int i = 0; i < clients; ++i) responders.push_back(kept.take());
  for (const Responder& responder : responders) responder.send(text_response("done"));
  for (const auto& client : open) EXPECT_EQ(client->receive()->body, "done");
}

TEST(Handlers, AnswersAfterTheConnectionOrTheListenerIsGoneAreHarmless) {
  Box<Responder> kept;
  std::optional<Responder> late;
  {
    Server server;
    server.application.handler = [&](Request, const Responder& responder) -> Reply {
      kept.put(responder);
      return Deferred{};
    };
    server.start();
    {
      Client client(server.listener->port());
      client.send(get("/"));
      late = kept.take();
      client.reset();
    }
    late->send(text_response("nobody"));
    Client client(server.listener->port());
    client.send(get("/"));
    late = kept.take();
  }
  late->send(text_response("nothing there"));
  late.reset();
}

}  // namespace
}  // namespace threadkeep::http
