// Opening, stopping, and more connections than there may be.
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <future>

#include "http/server_under_test.h"

namespace threadkeep::http {
namespace {

using namespace std::chrono_literals;

TEST(Opening, FailsWithTheReasonWhenTheAddressIsTaken) {
  Server server;
  server.start();
  ListenerOptions options;
  options.port = server.listener->port();
  const auto second = Listener::open(options, server.application);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::storage_unavailable);
  EXPECT_NE(second.error().detail.find("in use"), std::string::npos);
}

TEST(Opening, FailsForWhatIsNoAddress) {
  TestApplication application;
  ListenerOptions options;
  options.address = "nowhere";
  EXPECT_FALSE(Listener::open(options, application));
}

TEST(Opening, WorksAgainAtOnceOnTheSamePort) {
  std::uint16_t port = 0;
  for (int i = 0; i < 5; ++i) {
    Server server;
    server.options.port = port;
    server.start();
    port = server.listener->port();
    Client client(port);
    client.send(get("/"));
    EXPECT_EQ(client.receive()->status, 200);
  }
}

TEST(Opening, WithoutStartAndStopLeavesNothing) {
  TestApplication application;
  ListenerOptions options;
  options.port = 0;
  const auto listener = Listener::open(options, application);
  ASSERT_TRUE(listener);
  EXPECT_NE((*listener)->port(), 0);
}

TEST(Stopping, ClosesIdleConnectionsAtOnce) {
  Server server;
  server.start();
  Client fresh(server.listener->port());
  Client used(server.listener->port());
  used.send(get("/"));
  used.receive();
  const auto began = std::chrono::steady_clock::now();
  server.listener->stop(5'000);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_EQ(used.receive_rest(), "");
  EXPECT_EQ(fresh.receive_rest(), "");
  server.listener->stop(5'000);  // again is no harm
}

TEST(Stopping, LetsRunningHandlersAnswer) {
  Server server;
  Box<int> begun;
  server.application.handler = [&](Request, const Responder&) -> Reply {
    begun.put(1);
    std::this_thread::sleep_for(200ms);
    return text_response("done");
  };
  server.start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 8; ++i) {  // twice as many as there are workers
    clients.push_back(std::make_unique<Client>(server.listener->port()));
    clients.back()->send(get("/"));
  }
  for (int i = 0; i < 4; ++i) begun.take();
  std::thread stopping([&] { server.listener->stop(5'000); });
  for (const auto& client : clients) {
    const auto answer = client->receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "done");
    EXPECT_EQ(answer->header("Connection"), "close");
    EXPECT_EQ(client->receive_rest(), "");
  }
  clients.clear();
  stopping.join();
  EXPECT_THROW(Client(server.listener->port()), std::runtime_error);
}

TEST(Stopping, LetsDeferredAnswersComeAndLargeOnesBeReadToTheEnd) {
  Server server;
  Box<Responder> kept;
  server.application.handler = [&](Request, const Responder& responder) -> Reply {
    kept.put(responder);
    return Deferred{};
  };
  server.start();
  Client client(server.listener->port(), 8192);
  client.send(get("/"));
  const Responder responder = kept.take();
  std::thread stopping([&] { server.listener->stop(10'000); });
  std::this_thread::sleep_for(50ms);
  responder.send(text_response(std::string(10U << 20, 'x')));
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(client.receive()->body.size(), 10U << 20);
  EXPECT_EQ(client.receive_rest(), "");
  stopping.join();
}

TEST(Stopping, WaitsNoLongerThanItIsGiven) {
  Server server;
  Box<Responder> kept;
  server.application.handler = [&](Request, const Responder& responder) -> Reply {
    kept.put(responder);
    return Deferred{};
  };
  server.start();
  Client client(server.listener->port());
  client.send(get("/"));
  const Responder never_used = kept.take();
  const auto began = std::chrono::steady_clock::now();
  server.listener->stop(300);
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took, 290ms);
  EXPECT_LT(took, 2s);
  EXPECT_EQ(client.receive_rest(), "");
}

TEST(Stopping, TellsOpenStreamsThatTheirReadersAreGone) {
  Server server;
  Box<std::shared_ptr<EventStream>> opened;
  std::atomic<int> gone = 0;
  server.application.handler = [&](Request, const Responder& responder) -> Reply {
    auto stream = responder.stream({.status = 200, .headers = {}, .body = {}});
    stream->on_gone([&] { ++gone; });
    opened.put(std::move(stream));
    return Deferred{};
  };
  server.start();
  Client client(server.listener->port());
  client.send(get("/"));
  const auto stream = opened.take();
  client.receive_some();
  server.listener->stop(100);
  EXPECT_EQ(gone, 1);
  EXPECT_FALSE(stream->write("x"));
}

TEST(Stopping, EndsAsSoonAsTheStreamsAreClosed) {
  Server server;
  Box<std::shared_ptr<EventStream>> opened;
  server.application.handler = [&](Request, const Responder& responder) -> Reply {
    opened.put(responder.stream({.status = 200, .headers = {}, .body = {}}));
    return Deferred{};
  };
  server.start();
  Client client(server.listener->port());
  client.send(get("/"));
  const auto stream = opened.take();
  client.receive_some();
  const auto began = std::chrono::steady_clock::now();
  std::thread stopping([&] { server.listener->stop(10'000); });
  std::this_thread::sleep_for(50ms);
  stream->write("last");
  stream->close();
  EXPECT_EQ(client.receive_rest(), "4\r\nlast\r\n0\r\n\r\n");
  stopping.join();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST(Stopping, InTheMiddleOfMuchTraffic) {
  for (int round = 0; round < 5; ++round) {
    Server server;
    Box<Responder> kept;
    server.application.handler = [&](Request request, const Responder& responder) -> Reply {
      if (request.path == "/stream") {
        auto stream = responder.stream({.status = 200, .headers = {}, .body = {}});
        stream->write("x");
        return Deferred{};  // forgotten: cut
      }
      if (request.path == "/later") {
        std::thread([responder] { responder.send(text_response("later")); }).detach();
        return Deferred{};
      }
      return text_response("now");
    };
    server.start();
    std::vector<std::thread> clients;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back([&, i] {
        const char* paths[] = {"/now", "/later", "/stream"};
        try {
          for (;;) {
            Client client(server.listener->port());
            for (int j = 0; j < 20; ++j) {
              if (!client.send(get(paths[(i + j) % 3])) || !client.receive()) break;
            }
          }
        } catch (const std::runtime_error&) {  // no longer there to connect to
        }
      });
    }
    std::this_thread::sleep_for(100ms);
    server.listener->stop(round * 20);
    for (auto& client : clients) client.join();
  }
}

TEST(ManyConnections, TheOneThatIsIdleForTheLongestTimeMakesRoom) {
  Server server;
  server.options.connections_max = 10;
  server.start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<Client>(server.listener->port()));
    clients.back()->send(get("/"));
    ASSERT_TRUE(clients.back()->receive());
  }
  clients[0]->send(get("/"));  // now the second is the oldest
  ASSERT_TRUE(clients[0]->receive());
  Client more(server.listener->port());
  more.send(get("/"));
  EXPECT_TRUE(more.receive());
  EXPECT_EQ(clients[1]->receive_rest(), "");
  for (const std::size_t still : {0U, 2U, 9U}) {
    clients[still]->send(get("/"));
    EXPECT_TRUE(clients[still]->receive()) << still;
  }
}

TEST(ManyConnections, AreTurnedAwayWhenNoneIsIdle) {
  Server server;
  server.options.connections_max = 3;
  Box<Responder> kept;
  server.application.handler = [&](Request, const Responder& responder) -> Reply {
    kept.put(responder);
    return Deferred{};
  };
  server.start();
  std::vector<std::unique_ptr<Client>> busy;
  std::vector<Responder> waiting;
  for (int i = 0; i < 3; ++i) {
    busy.push_back(std::make_unique<Client>(server.listener->port()));
    busy.back()->send(get("/"));
    waiting.push_back(kept.take());
  }
  {
    Client more(server.listener->port());
    const auto answer = more.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 503);
  }
  for (const Responder& responder : waiting) responder.send(text_response("done"));
  for (const auto& client : busy) EXPECT_EQ(client->receive()->body, "done");
  Client again(server.listener->port());
  again.send(get("/"));
  kept.take().send(text_response("done"));
  EXPECT_EQ(again.receive()->status, 200);
}

TEST(ManyConnections, MoreThanThereAreDescriptorsCostTheOldestIdleOne) {
  Server server;
  server.start();
  Client oldest(server.listener->port());
  oldest.send(get("/"));
  ASSERT_TRUE(oldest.receive());
  Client second(server.listener->port());
  second.send(get("/"));
  ASSERT_TRUE(second.receive());
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const int next = ::dup(0);
  ::close(next);
  const rlimit tight{static_cast<rlim_t>(next + 1), before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &tight);
  Client more(server.listener->port());  // takes the last one; its other end gets none
  more.send(get("/"));
  EXPECT_TRUE(more.receive());
  second.send(get("/"));
  EXPECT_TRUE(second.receive());
  EXPECT_EQ(oldest.receive_rest(), "");
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(ManyConnections, HalfOpenHeadsKeepNobodyOut) {
  Server server;
  server.options.connections_max = 20;
  server.start();
  std::vector<std::unique_ptr<Client>> half_open;
  for (int i = 0; i < 100; ++i) {
    half_open.push_back(std::make_unique<Client>(server.listener->port()));
    half_open.back()->send("GET / HTTP/1.1\r\nHost: a.exa");
  }
  for (int i = 0; i < 30; ++i) {
    const auto began = std::chrono::steady_clock::now();
    Client other(server.listener->port());
    other.send(get("/"));
    const auto reply = other.receive();
    ASSERT_TRUE(reply) << i;
    EXPECT_EQ(reply->status, 200);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
  }
  EXPECT_TRUE(half_open.front()->wait_for_end(1s));  // the oldest went first
}

TEST(ManyConnections, SlowBodiesKeepNobodyOut) {
  Server server;
  server.options.connections_max = 10;
  server.start();
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 10; ++i) {
    slow.push_back(std::make_unique<Client>(server.listener->port()));
    slow.back()->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx");
  }
  std::this_thread::sleep_for(1'200ms);
  Client other(server.listener->port());
  other.send(get("/"));
  EXPECT_EQ(other.receive()->status, 200);
}

TEST(ManyConnections, OfOneClientCostItsOwnOnes) {
  Server server;
  server.options.client_connections_max = 5;
  server.start();
  Client stranger(server.listener->port(), 0, "127.0.0.2");  // the oldest of all
  stranger.send(get("/"));
  ASSERT_TRUE(stranger.receive());
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<Client>(server.listener->port()));
    clients.back()->send(get("/"));
    ASSERT_TRUE(clients.back()->receive());
  }
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(clients[static_cast<std::size_t>(i)]->wait_for_end(1s));
  for (std::size_t i = 3; i < 8; ++i) {
    clients[i]->send(get("/"));
    EXPECT_TRUE(clients[i]->receive()) << i;
  }
  stranger.send(get("/"));
  EXPECT_TRUE(stranger.receive());
}

TEST(ManyConnections, ThousandsOfIdleOnesAreServedAndStopped) {
  constexpr int count = 2'000;
  Server server;
  server.start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<Client>(server.listener->port()));
  }
  for (const auto& client : clients) client->send(get("/"));
  for (const auto& client : clients) ASSERT_EQ(client->receive()->status, 200);
  server.listener->stop(5'000);
  for (const auto& client : clients) EXPECT_EQ(client->receive_rest(), "");
}

}  // namespace
}  // namespace threadkeep::http
