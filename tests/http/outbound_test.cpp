// Requests that we make, against our own listener.
#include "http/outbound.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <thread>

#include "http/server_under_test.h"

namespace threadkeep::http {
namespace {

using namespace std::chrono_literals;

// Collects what the callbacks of one call tell.
class Collected {
 public:
  OutboundEvents events() {
    return {.on_head =
                [this](int given, const std::vector<Header>& given_headers) {
                  const std::lock_guard lock(mutex_);
                  status = given;
                  headers = given_headers;
                  order += 'h';
                },
            .on_body =
                [this](std::string_view bytes) {
                  const std::lock_guard lock(mutex_);
                  body += bytes;
                  if (order.back() != 'b') order += 'b';
                  changed_.notify_all();
                },
            .on_done =
                [this](const Error* given) {
                  const std::lock_guard lock(mutex_);
                  if (given != nullptr) error = *given;
                  order += 'd';
                  done_ = true;
                  changed_.notify_all();
                }};
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [this] { return done_; });
  }
  bool wait_for_body(std::size_t size) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return body.size() >= size; });
  }

  int status = 0;
  std::vector<Header> headers;
  std::string body;
  std::string order;
  std::optional<Error> error;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};

class OutboundTest : public testing::Test {
 protected:
  std::string url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(server_.listener->port()) + std::string(path);
  }
  OutboundRequest request(std::string_view path) const {
    OutboundRequest made;
    made.url = url(path);
    return made;
  }

  Server server_;
  std::unique_ptr<Outbound> outbound_ = Outbound::create();
};

TEST_F(OutboundTest, SendsMethodHeadersAndBodyAndGetsTheAnswer) {
  server_.application.handler = [](Request got, const Responder&) -> Reply {
    std::string text(method_name(got.method));
    for (const Header& header : got.headers) text += "|" + header.name + "=" + header.value;
    return Response{.status = 207, .headers = {{"X-Back", "yes"}}, .body = text + "|" + got.body};
  };
  server_.start();
  auto made = request("/x");
  made.method = Method::post;
  made.headers = {{"X-Key", "abc"}, {"X-Empty", ""}};
  made.body = std::string(3, '\0') + "body";
  Collected collected;
  const auto call = outbound_->start(made, collected.events());
  ASSERT_TRUE(collected.wait());
  EXPECT_FALSE(collected.error);
  EXPECT_EQ(collected.status, 207);
  EXPECT_EQ(collected.order, "hbd");
  EXPECT_NE(collected.body.find("POST|"), std::string::npos);
  EXPECT_NE(collected.body.find("|X-Key=abc|X-Empty=|"), std::string::npos);
  EXPECT_EQ(collected.body.find("Expect"), std::string::npos);
  EXPECT_EQ(collected.body.find("Content-Type"), std::string::npos);
  EXPECT_EQ(collected.body.substr(collected.body.size() - 8), std::string("|") + made.body);
  bool found = false;
  for (const Header& header : collected.headers) found |= header.name == "X-Back";
  EXPECT_TRUE(found);
}

TEST_F(OutboundTest, EveryMethodArrivesAsItself) {
  server_.start();
  for (const Method method : {Method::get, Method::head, Method::post, Method::put, Method::patch,
                              Method::delete_, Method::options}) {
    auto made = request("/m");
    made.method = method;
    Collected collected;
    const auto call = outbound_->start(made, collected.events());
    ASSERT_TRUE(collected.wait());
    EXPECT_FALSE(collected.error) << method_name(method);
    if (method == Method::head) {
      EXPECT_EQ(collected.order, "hd");
    } else {
      EXPECT_EQ(collected.body, std::string(method_name(method)) + "\n/m\n\n");
    }
  }
}

TEST_F(OutboundTest, BodyComesWhileTheServerStillWrites) {
  Box<std::shared_ptr<EventStream>> streams;
  server_.application.handler = [&](Request, const Responder& responder) -> Reply {
    const auto stream = responder.stream({.status = 200, .headers = {}, .body = {}});
    stream->write("first ");
    streams.put(stream);
    return Deferred{};
  };
  server_.start();
  Collected collected;
  const auto call = outbound_->start(request("/s"), collected.events());
  const auto stream = streams.take();
  ASSERT_TRUE(collected.wait_for_body(6));
  stream->write("second");
  ASSERT_TRUE(collected.wait_for_body(12));
  stream->close();
  ASSERT_TRUE(collected.wait());
  EXPECT_FALSE(collected.error);
  EXPECT_EQ(collected.body, "first second");
}

TEST_F(OutboundTest, ABodyThatIsCutIsAnError) {
  server_.application.handler = [](Request, const Responder& responder) -> Reply {
    const auto stream = responder.stream({.status = 200, .headers = {}, .body = {}});
    stream->write("half");
    stream->abort();
    return Deferred{};
  };
  server_.start();
  Collected collected;
  const auto call = outbound_->start(request("/cut"), collected.events());
  ASSERT_TRUE(collected.wait());
  ASSERT_TRUE(collected.error);
  EXPECT_EQ(collected.error->code, Errc::upstream_failed);
  EXPECT_EQ(collected.body, "half");
}

TEST_F(OutboundTest, ARefusedConnectionIsAnError) {
  server_.start();
  auto made = request("/");
  server_.listener->stop(0);
  Collected collected;
  const auto call = outbound_->start(made, collected.events());
  ASSERT_TRUE(collected.wait());
  ASSERT_TRUE(collected.error);
  EXPECT_EQ(collected.error->code, Errc::upstream_failed);
  EXPECT_EQ(collected.order, "d");
}

TEST_F(OutboundTest, RedirectsAreNotFollowed) {
  std::atomic<int> requests = 0;
  server_.application.handler = [&](Request, const Responder&) -> Reply {
    ++requests;
    return Response{.status = 302, .headers = {{"Location", "/elsewhere"}}, .body = "moved"};
  };
  server_.start();
  Collected collected;
  const auto call = outbound_->start(request("/"), collected.events());
  ASSERT_TRUE(collected.wait());
  EXPECT_FALSE(collected.error);
  EXPECT_EQ(collected.status, 302);
  EXPECT_EQ(collected.body, "moved");
  EXPECT_EQ(requests, 1);
}

TEST_F(OutboundTest, AnAnswerThatIsTooLargeIsCut) {
  server_.application.handler = [](Request, const Responder&) -> Reply {
    return text_response(std::string(200'000, 'x'));
  };
  server_.start();
  auto made = request("/");
  made.response_bytes_max = 100'000;
  Collected collected;
  auto call = outbound_->start(made, collected.events());
  ASSERT_TRUE(collected.wait());
  ASSERT_TRUE(collected.error);
  EXPECT_EQ(collected.error->code, Errc::too_large);
  EXPECT_LE(collected.body.size(), 100'000U);

  Collected whole;
  made.response_bytes_max = 200'000;
  call = outbound_->start(made, whole.events());
  ASSERT_TRUE(whole.wait());
  EXPECT_FALSE(whole.error);
  EXPECT_EQ(whole.body.size(), 200'000U);
}

TEST_F(OutboundTest, AServerThatDoesNotAnswerIsGivenUp) {
  Box<Responder> kept;
  server_.application.handler = [&](Request, const Responder& responder) -> Reply {
    kept.put(responder);
    return Deferred{};
  };
  server_.start();
  auto made = request("/");
  made.first_byte_timeout_ms = 200;
  Collected collected;
  const auto started = std::chrono::steady_clock::now();
  const auto call = outbound_->start(made, collected.events());
  ASSERT_TRUE(collected.wait());
  EXPECT_LT(std::chrono::steady_clock::now() - started, 3s);
  ASSERT_TRUE(collected.error);
  EXPECT_EQ(collected.error->code, Errc::upstream_failed);
}

TEST_F(OutboundTest, AServerThatStopsInTheMiddleIsGivenUp) {
  Box<std::shared_ptr<EventStream>> streams;
  server_.application.handler = [&](Request, const Responder& responder) -> Reply {
    const auto stream = responder.stream({.status = 200, .headers = {}, .body = {}});
    stream->write("a");
    streams.put(stream);
    return Deferred{};
  };
  server_.start();
  auto made = request("/");
  made.idle_timeout_ms = 200;
  Collected collected;
  const auto call = outbound_->start(made, collected.events());
  ASSERT_TRUE(collected.wait());
  ASSERT_TRUE(collected.error);
  EXPECT_EQ(collected.body, "a");
}

TEST_F(OutboundTest, WhatIsNotAPlainHttpRequestIsNotSent) {
  std::atomic<int> requests = 0;
  server_.application.handler = [&](Request, const Responder&) -> Reply {
    ++requests;
    return text_response("");
  };
  server_.start();
  const auto refused = [&](OutboundRequest made) {
    Collected collected;
    const auto call = outbound_->start(std::move(made), collected.events());
    return collected.wait() && collected.error.has_value() && collected.order == "d";
  };
  const std::string host = "127.0.0.1:" + std::to_string(server_.listener->port());
  for (const std::string& bad : std::initializer_list<std::string>{
           "", "file:///etc/passwd", "ftp://" + host + "/", "gopher://" + host + "/",
           "http://user:secret@" + host + "/", "http://" + host + "/a\r\nX: y",
           std::string("http://") + host + "/" + '\0' + "b", "nonsense"}) {
    OutboundRequest made;
    made.url = bad;
    EXPECT_TRUE(refused(made)) << bad;
  }
  auto injected = request("/");
  injected.headers = {{"X-A", "b\r\nX-C: d"}};
  EXPECT_TRUE(refused(injected));
  injected.headers = {{"X A", "b"}};
  EXPECT_TRUE(refused(injected));
  EXPECT_EQ(requests, 0);
}

TEST_F(OutboundTest, CancelledBeforeItBeginsNothingIsTold) {
  server_.start();
  for (int i = 0; i < 200; ++i) {
    std::atomic<bool> destroyed = false;
    std::atomic<int> told_after = 0;
    const auto note = [&] { told_after += destroyed ? 1 : 0; };
    auto call = outbound_->start(request("/"), {.on_head = [&](int, const auto&) { note(); },
                                                .on_body = [&](std::string_view) { note(); },
                                                .on_done = [&](const Error*) { note(); }});
    if (i % 3 == 1) std::this_thread::yield();
    if (i % 3 == 2) std::this_thread::sleep_for(std::chrono::microseconds(i * 5));
    call.reset();
    destroyed = true;
    ASSERT_EQ(told_after, 0);
  }
  Collected last;  // all before it have had their turn on the outbound thread
  const auto call = outbound_->start(request("/"), last.events());
  EXPECT_TRUE(last.wait());
}

TEST_F(OutboundTest, DestructionWaitsForTheCallbackThatRuns) {
  server_.start();
  std::promise<void> inside;
  std::atomic<bool> left = false;
  auto call = outbound_->start(request("/"), {.on_head =
                                                  [&](int, const auto&) {
                                                    inside.set_value();
                                                    std::this_thread::sleep_for(100ms);
                                                    left = true;
                                                  },
                                              .on_body = {},
                                              .on_done = {}});
  inside.get_future().wait();
  call.reset();
  EXPECT_TRUE(left);
}

TEST_F(OutboundTest, CanBeCancelledFromInsideEachCallback) {
  server_.start();
  for (const char where : std::string_view("hbd")) {
    std::unique_ptr<OutboundCall> call;
    std::promise<void> made;
    std::promise<void> cancelled;
    const auto ready = made.get_future().share();
    std::string told;
    const auto note = [&, where](char which) {
      told += which;
      if (which != where) return;
      ready.wait();
      call.reset();
      cancelled.set_value();
    };
    call = outbound_->start(request("/"), {.on_head = [&](int, const auto&) { note('h'); },
                                           .on_body = [&](std::string_view) { note('b'); },
                                           .on_done = [&](const Error*) { note('d'); }});
    made.set_value();
    cancelled.get_future().wait();
    Collected after;
    const auto other = outbound_->start(request("/"), after.events());
    ASSERT_TRUE(after.wait());
    EXPECT_EQ(told.back(), where) << told;
  }
}

TEST_F(OutboundTest, CancellingClosesTheConnectionSoThatTheServerNotices) {
  std::promise<void> gone;
  Box<std::shared_ptr<EventStream>> streams;
  server_.application.handler = [&](Request, const Responder& responder) -> Reply {
    const auto stream = responder.stream({.status = 200, .headers = {}, .body = {}});
    stream->on_gone([&] { gone.set_value(); });
    stream->write("x");
    streams.put(stream);
    return Deferred{};
  };
  server_.start();
  Collected collected;
  auto call = outbound_->start(request("/"), collected.events());
  ASSERT_TRUE(collected.wait_for_body(1));
  std::this_thread::sleep_for(50ms);  // the callback has returned: nothing goes on by itself
  call.reset();
  EXPECT_EQ(gone.get_future().wait_for(1s), std::future_status::ready);
}

TEST_F(OutboundTest, WhatRunsWhenItIsDestroyedEndsAsCancelled) {
  Box<Responder> kept;
  server_.application.handler = [&](Request, const Responder& responder) -> Reply {
    kept.put(responder);
    return Deferred{};
  };
  server_.start();
  Collected collected;
  const auto call = outbound_->start(request("/"), collected.events());
  outbound_.reset();
  ASSERT_TRUE(collected.wait());
  ASSERT_TRUE(collected.error);
  EXPECT_EQ(collected.error->code, Errc::cancelled);
}

// libcurl reads one transfer a hundred times before the next one has its turn: so the size of a
// piece says for how long one that floods holds up the others.
TEST_F(OutboundTest, AFloodIsReadInSmallPieces) {
  constexpr std::size_t bytes = 4U << 20;
  server_.application.handler = [&](Request, const Responder&) -> Reply {
    return Response{.status = 200, .headers = {}, .body = std::string(bytes, 'x')};
  };
  server_.start();
  Collected collected;
  OutboundEvents events = collected.events();
  std::atomic<std::size_t> largest = 0;
  events.on_body = [&, on_body = events.on_body](std::string_view piece) {
    largest = std::max(largest.load(), piece.size());
    on_body(piece);
  };
  const auto call = outbound_->start(request("/"), std::move(events));
  ASSERT_TRUE(collected.wait());
  EXPECT_EQ(collected.body.size(), bytes);
  EXPECT_LE(largest, 1'024U);
}

TEST_F(OutboundTest, ManyStreamsAtOnceComeWhole) {
  constexpr int streams = 100;
  constexpr int events = 20;
  Box<std::shared_ptr<EventStream>> opened;
  server_.application.handler = [&](Request, const Responder& responder) -> Reply {
    opened.put(responder.stream({.status = 200, .headers = {}, .body = {}}));
    return Deferred{};
  };
  server_.start();
  std::vector<std::unique_ptr<Collected>> collected;
  std::vector<std::unique_ptr<OutboundCall>> calls;
  for (int i = 0; i < streams; ++i) {
    collected.push_back(std::make_unique<Collected>());
    calls.push_back(outbound_->start(request("/"), collected.back()->events()));
  }
  std::vector<std::shared_ptr<EventStream>> open;
  for (int i = 0; i < streams; ++i) open.push_back(opened.take());
  for (int i = 0; i < events; ++i) {
    for (const auto& stream : open) stream->write("0123456789");
    std::this_thread::sleep_for(1ms);
  }
  for (const auto& stream : open) stream->close();
  for (const auto& one : collected) {
    ASSERT_TRUE(one->wait());
    EXPECT_FALSE(one->error);
    EXPECT_EQ(one->body.size(), events * 10U);
  }
}

}  // namespace
}  // namespace threadkeep::http
