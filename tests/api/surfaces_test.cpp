// What holds on every surface: who is let in, from where, and in which form a refusal is told.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "application_under_test.h"
#include "foreign_surface.h"
#include "http/server_under_test.h"

namespace threadkeep::api {
namespace {

using http::Header;
using http::Method;

constexpr std::string_view page_text = "the page";

std::string header_of(const http::Response& response, std::string_view name) {
  for (const Header& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

http::RequestHead head_of(Method method, std::string path, std::vector<Header> headers) {
  http::RequestHead head;
  head.method = method;
  head.path = std::move(path);
  head.headers = std::move(headers);
  return head;
}

// "/api/conversations/:id" with an id in it.
std::string path_of(const Route& route) {
  std::string path(route.pattern);
  for (std::size_t at = path.find(':'); at != std::string::npos; at = path.find(':')) {
    path.replace(at, path.find('/', at) - at, "01ARZ3NDEKTSV4RRFFQ69G5FAV");
  }
  return path;
}

class SurfacesTest : public testing::Test {
 protected:
  std::vector<Surface> surfaces() const {
    auto all = native_surfaces(parts_.local_user, test_page);
    all.push_back(foreign_surface(tokens_));
    return all;
  }

  http::HeadDecision decide(Method method, const std::string& path, std::vector<Header> headers) {
    return application_.decide(head_of(method, path, std::move(headers)));
  }
  // The status of a refusal or of the page; 0 when the request was let in.
  int status(Method method, const std::string& path, std::vector<Header> headers) {
    const auto decision = decide(method, path, std::move(headers));
    const auto* response = std::get_if<http::Response>(&decision);
    return response == nullptr ? 0 : response->status;
  }
  http::Response refusal(Method method, const std::string& path, std::vector<Header> headers) {
    auto decision = decide(method, path, std::move(headers));
    auto* response = std::get_if<http::Response>(&decision);
    EXPECT_NE(response, nullptr) << "it was let in";
    return response == nullptr ? http::Response() : std::move(*response);
  }

  ServicesUnderTest parts_{test::Kind::memory};
  TokenAuthenticator tokens_{parts_.user};
  Application application_{parts_.services, surfaces()};
};

const Header own_host{"Host", "127.0.0.1:1"};
const Header all_token{"Authorization", "Bearer all"};

struct Case {
  const char* what;
  int expected;  // 0: let in
  std::vector<Header> headers;
};
const Case cases[] = {
    {"no page", 0, {own_host}},
    {"the page itself", 0, {own_host, {"Sec-Fetch-Site", "same-origin"}}},
    {"typed into the address bar", 0, {own_host, {"Sec-Fetch-Site", "none"}}},
    {"own origin", 0, {own_host, {"Origin", "http://127.0.0.1:1"}}},
    {"own origin behind TLS", 0, {own_host, {"Origin", "https://127.0.0.1:1"}}},
    {"another site", 403, {own_host, {"Sec-Fetch-Site", "cross-site"}}},
    {"another port", 403, {own_host, {"Sec-Fetch-Site", "same-site"}}},
    {"a link on another site",
     403,
     {own_host,
      {"Sec-Fetch-Site", "cross-site"},
      {"Sec-Fetch-Mode", "navigate"},
      {"Sec-Fetch-Dest", "document"}}},
    {"another origin", 403, {own_host, {"Origin", "http://evil.example"}}},
    {"another port's origin", 403, {own_host, {"Origin", "http://127.0.0.1:2"}}},
    {"an origin that nobody may know", 403, {own_host, {"Origin", "null"}}},
    {"an origin of another scheme", 403, {own_host, {"Origin", "httpfoo://127.0.0.1:1"}}},
    {"an origin without scheme", 403, {own_host, {"Origin", "://127.0.0.1:1"}}},
    {"half an origin", 403, {own_host, {"Origin", "http:127.0.0.1:1"}}},
    {"own origin, told otherwise by the browser",
     403,
     {own_host, {"Origin", "http://127.0.0.1:1"}, {"Sec-Fetch-Site", "cross-site"}}},
    {"no host", 421, {}},
    {"a name that leads here", 421, {{"Host", "evil.example:1"}}},
    {"another port as host", 421, {{"Host", "127.0.0.1:2"}}},
    {"many ranges", 416, {own_host, {"Range", "bytes=0-1,2-3"}}},
};

TEST_F(SurfacesTest, EveryRouteOfEverySurfaceIsCheckedTheSameWay) {
  int checked = 0;
  for (const Surface& surface : surfaces()) {
    const std::string form =
        header_of(surface.error_form(problem_of(403, "cross-site", "x"), 1), "Content-Type");
    for (const Route& route : surface.routes) {
      for (const Case& one : cases) {
        std::vector<Header> headers = one.headers;
        headers.push_back(all_token);
        const auto decision = decide(route.method, path_of(route), headers);
        const auto* response = std::get_if<http::Response>(&decision);
        const auto where =
            std::string(http::method_name(route.method)) + " " + path_of(route) + ": " + one.what;
        EXPECT_EQ(response == nullptr ? 0 : response->status, one.expected) << where;
        if (response != nullptr) {
          EXPECT_EQ(header_of(*response, "Content-Type"), form) << where;
          EXPECT_EQ(header_of(*response, "Cache-Control"), "no-store") << where;
        }
        ++checked;
      }
    }
  }
  EXPECT_EQ(checked, static_cast<int>(
                         (api_routes().size() + root_routes().size() + std::size(foreign_routes)) *
                         std::size(cases)));
}

TEST_F(SurfacesTest, PatternsBeginWithTheirPrefix) {
  for (const Surface& surface : surfaces()) {
    for (const Route& route : surface.routes) EXPECT_TRUE(is_under(surface, route.pattern));
  }
}

TEST_F(SurfacesTest, ALinkOnAnotherSiteOpensThePageAndNothingElse) {
  for (const char* site : {"cross-site", "same-site"}) {
    const auto navigation = [&](const char* mode, const char* destination) {
      return std::vector<Header>{own_host,
                                 {"Sec-Fetch-Site", site},
                                 {"Sec-Fetch-Mode", mode},
                                 {"Sec-Fetch-Dest", destination}};
    };
    for (const char* path : {"/", "/c/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/assets/a.js"}) {
      EXPECT_EQ(status(Method::get, path, navigation("navigate", "document")), 200) << path;
      EXPECT_EQ(status(Method::head, path, navigation("navigate", "document")), 200) << path;
      // Passed on by a service worker.
      EXPECT_EQ(status(Method::get, path, navigation("navigate", "empty")), 200) << path;
      EXPECT_EQ(status(Method::get, path, navigation("navigate", "iframe")), 403) << path;
      EXPECT_EQ(status(Method::get, path, navigation("no-cors", "script")), 403) << path;
      EXPECT_EQ(status(Method::get, path, navigation("cors", "empty")), 403) << path;
      EXPECT_EQ(status(Method::post, path, navigation("navigate", "document")), 403) << path;
      EXPECT_EQ(status(Method::options, path, navigation("cors", "empty")), 403) << path;
    }
    const char* const sandboxed = "/assets/diagram-1.js";
    EXPECT_EQ(status(Method::get, sandboxed, navigation("no-cors", "script")), 200);
    EXPECT_EQ(status(Method::get, sandboxed, navigation("no-cors", "image")), 403);
    for (const auto& [origin, expected] : {std::pair{"null", 200}, {"http://evil.example", 403}}) {
      auto headers = navigation("no-cors", "script");
      headers.push_back({"Origin", origin});
      EXPECT_EQ(status(Method::get, sandboxed, headers), expected) << origin;
    }
    EXPECT_EQ(status(Method::get, sandboxed, navigation("cors", "script")), 403);
    for (const char* path : {"/healthz", "/openapi.json", "/api/me", "/api/nothing",
                             "/compat/test/v1/version", "/compat/test/v1/nothing"}) {
      EXPECT_EQ(status(Method::get, path, navigation("navigate", "document")), 403) << path;
    }
  }
  EXPECT_EQ(status(Method::get, "/", {{"Host", "evil.example:1"}}), 421);
  EXPECT_EQ(status(Method::get, "/",
                   {own_host,
                    {"Sec-Fetch-Site", "cross-site"},
                    {"Sec-Fetch-Mode", "navigate"},
                    {"Origin", "http://evil.example"}}),
            403);
  // Browsers without these headers, and programs.
  EXPECT_EQ(status(Method::get, "/", {own_host}), 200);
}

TEST_F(SurfacesTest, APathBelongsToTheLongestPrefixThatEndsInASlash) {
  for (const char* path : {"/apix", "/compat", "/compat/test/v1x", "/compat/test"}) {
    EXPECT_EQ(refusal(Method::get, path, {own_host}).body, page_text) << path;
  }
  for (const char* path : {"/api", "/api/", "/api/nothing"}) {
    EXPECT_EQ(refusal(Method::get, path, {own_host}).status, 404) << path;
  }
  for (const char* path : {"/compat/test/v1", "/compat/test/v1/", "/compat/test/v1/nothing"}) {
    const auto response = refusal(Method::get, path, {own_host});
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(response.body,
              R"({"error":{"code":"not-found","message":"There is nothing at this address."}})");
  }
}

TEST_F(SurfacesTest, AnotherMethodGetsTheOnesThatTheAddressTakes) {
  EXPECT_EQ(header_of(refusal(Method::put, "/compat/test/v1/files", {own_host}), "Allow"), "POST");
  EXPECT_EQ(header_of(refusal(Method::post, "/api/me", {own_host}), "Allow"), "GET");
  EXPECT_EQ(header_of(refusal(Method::post, "/c/x", {own_host}), "Allow"), "GET, HEAD");
  EXPECT_EQ(refusal(Method::post, "/c/x", {own_host}).status, 405);
}

TEST_F(SurfacesTest, WhoAsksIsKnownBeforeTheHandler) {
  const auto path = "/compat/test/v1/conversations/conv_7";
  const auto refused = refusal(Method::get, path, {own_host});
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.body, R"({"error":{"code":"unauthorized","message":"A token is needed."}})");
  EXPECT_EQ(header_of(refused, "WWW-Authenticate"), "Bearer");

  http::Request request;
  static_cast<http::RequestHead&>(request) = head_of(Method::get, path, {own_host, all_token});
  const Surface surface = foreign_surface(tokens_);
  const auto id = read_id(surface, parts_.user, IdKind::conversation, "conv_7").value();
  EXPECT_EQ(reply_of(application_, std::move(request)).body, parts_.user.text() + " " + id.text());
}

TEST_F(SurfacesTest, APrincipalDoesWhatItMayAndNoMore) {
  const Header look{"Authorization", "Bearer look"};
  for (const Route& route : foreign_routes) {
    const bool may = route.access == Access::read || route.access == Access::anyone;
    EXPECT_EQ(status(route.method, path_of(route), {own_host, look}), may ? 0 : 403)
        << route.pattern;
    EXPECT_EQ(status(route.method, path_of(route), {own_host, all_token}), 0) << route.pattern;
  }
}

TEST_F(SurfacesTest, WhatIsForAnyoneAsksNobody) {
  EXPECT_EQ(status(Method::get, "/compat/test/v1/version", {own_host}), 0);
  EXPECT_EQ(tokens_.asked(), 0);
  EXPECT_EQ(status(Method::get, "/compat/test/v1/broken", {own_host, all_token}), 0);
  EXPECT_EQ(tokens_.asked(), 1);
}

// Over a socket.
class ServedSurfacesTest : public SurfacesTest {
 protected:
  void SetUp() override {
    http::ListenerOptions options;
    options.port = 0;
    options.spool_folder = spool_.string();
    auto opened = http::Listener::open(options, application_);
    ASSERT_TRUE(opened);
    listener_ = std::move(*opened);
    host_ = "127.0.0.1:" + std::to_string(listener_->port());
    parts_.services.hosts = {host_};
    listener_->start();
  }
  void TearDown() override { listener_->stop(0); }

  std::string head(std::string_view line, std::string_view headers) const {
    return std::string(line) + " HTTP/1.1\r\nHost: " + host_ + "\r\n" + std::string(headers) +
           "\r\n";
  }

  // Is not there: a spooled byte would be told as 500.
  const std::filesystem::path spool_ = parts_.folder.path() / "no-such-folder";
  std::unique_ptr<http::Listener> listener_;
  std::string host_;
};

constexpr std::string_view large_file =
    "Content-Type: application/zip\r\nContent-Length: 2147483648\r\n";

TEST_F(ServedSurfacesTest, ARefusedPrincipalIsToldBeforeAByteOfTheBodyIsTaken) {
  http::Client waiting(listener_->port());
  waiting.send(
      head("POST /compat/test/v1/files", std::string(large_file) + "Expect: 100-continue\r\n"));
  const auto first = waiting.receive();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->status, 401) << "and not 100";
  EXPECT_EQ(first->header("Connection"), "close");
  EXPECT_EQ(first->body, R"({"error":{"code":"unauthorized","message":"A token is needed."}})");
  EXPECT_TRUE(waiting.wait_for_end(std::chrono::seconds(5)));

  http::Client sending(listener_->port());
  sending.send(head("POST /compat/test/v1/files", large_file) + std::string(1U << 20, 'x'));
  EXPECT_EQ(sending.receive()->status, 401);

  http::Client known(listener_->port());
  known.send(head("POST /compat/test/v1/files",
                  std::string(large_file) + "Authorization: Bearer all\r\n") +
             std::string(1U << 20, 'x'));
  const auto spooled = known.receive();
  EXPECT_EQ(spooled->status, 500) << "it was let in, and there is no folder for it";
  EXPECT_NE(spooled->body.find(R"({"error":{"code":"internal")"), std::string::npos);
}

TEST_F(ServedSurfacesTest, ARequestIsDecidedOnce) {
  http::Client client(listener_->port());
  client.send(head("POST /compat/test/v1/conversations",
                   "Authorization: Bearer all\r\nContent-Type: application/json\r\n"
                   "Content-Length: 2\r\n") +
              "{}");
  EXPECT_EQ(client.receive()->status, 200);
  EXPECT_EQ(tokens_.asked(), 1);
}

TEST_F(ServedSurfacesTest, WhatTheListenerRefusesHasTheFormOfTheSurface) {
  const std::string_view known = "Authorization: Bearer all\r\n";
  http::Client client(listener_->port());
  client.send(head("GET /compat/test/v1/broken", known));
  const auto broken = client.receive();
  EXPECT_EQ(broken->status, 500);
  EXPECT_EQ(broken->body, R"({"error":{"code":"internal","message":"The request failed."}})");
  client.send(
      head("POST /compat/test/v1/conversations",
           std::string(known) + "Content-Type: application/json\r\nContent-Length: 100000000\r\n"));
  const auto large = client.receive();
  EXPECT_EQ(large->status, 413);
  EXPECT_EQ(large->header("Content-Type"), "application/json");
  EXPECT_NE(large->body.find(R"({"error":{"code":"too-large")"), std::string::npos);
  http::Client framing(listener_->port());
  framing.send("GET / HTTP/9.9\r\n\r\n");
  EXPECT_EQ(framing.receive()->header("Content-Type"), "application/problem+json");
}

}  // namespace
}  // namespace threadkeep::api
