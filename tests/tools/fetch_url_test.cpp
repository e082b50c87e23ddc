// Reading pages, with an outbound side that the test plays.
#include "tools/fetch_url.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "json/json.h"

namespace threadkeep::tools {
namespace {

struct Page {
  int status = 200;
  std::vector<http::Header> headers;
  std::string body;
};

class PlayedOutbound final : public http::Outbound {
 public:
  std::unique_ptr<http::OutboundCall> start(http::OutboundRequest request,
                                            http::OutboundEvents events) override {
    asked.push_back(request.url);
    return std::make_unique<Call>(pages[request.url], std::move(events), hangs);
  }
  std::map<std::string, Page> pages;
  std::vector<std::string> asked;
  bool hangs = false;

 private:
  class Call final : public http::OutboundCall {
   public:
    Call(Page page, http::OutboundEvents events, bool hangs) {
      if (hangs) return;
      thread_ = std::jthread([page = std::move(page), events = std::move(events)] {
        events.on_head(page.status, page.headers);
        events.on_body(page.body);
        events.on_done(nullptr);
      });
    }

   private:
    std::jthread thread_;
  };
};

class FetchUrl : public ::testing::Test {
 protected:
  ToolResult fetch(const std::string& url, const std::stop_token& stop = {}) {
    std::string input;
    json::Writer(input).begin_object().member("url", url).end_object();
    const auto parsed = json::Document::parse(input, json::Mode::strict).value();
    return fetch_url(outbound_).run({}, parsed.root(), stop);
  }
  PlayedOutbound outbound_;
};

TEST_F(FetchUrl, GivesTheWordsOfAPage) {
  outbound_.pages["https://a.example/tea"] = {
      200, {{"content-type", "text/html; charset=utf-8"}}, "<title>Tea</title><p>A drink."};
  const ToolResult result = fetch("https://a.example/tea#top");
  EXPECT_FALSE(result.is_error);
  EXPECT_EQ(result.content, R"({"url":"https://a.example/tea","title":"Tea","text":"A drink."})");
}

TEST_F(FetchUrl, FollowsRedirectsOnlyWhereItMayGo) {
  outbound_.pages["http://a.example/"] = {301, {{"Location", "https://b.example/x"}}, ""};
  outbound_.pages["https://b.example/x"] = {302, {{"Location", "/y"}}, ""};
  outbound_.pages["https://b.example/y"] = {200, {{"Content-Type", "text/plain"}}, "here"};
  EXPECT_EQ(fetch("http://a.example").content, R"({"url":"https://b.example/y","text":"here"})");
  for (const char* away : {"ftp://b.example/", "file:///etc/passwd", "http://b.example:22/",
                           "http://me:secret@b.example/", "gopher://b.example/"}) {
    outbound_.pages["http://a.example/"] = {302, {{"Location", away}}, ""};
    outbound_.asked.clear();
    EXPECT_TRUE(fetch("http://a.example").is_error) << away;
    EXPECT_EQ(outbound_.asked.size(), 1U) << away;
  }
  outbound_.pages["http://a.example/"] = {302, {{"Location", "http://a.example/"}}, ""};
  outbound_.asked.clear();
  EXPECT_TRUE(fetch("http://a.example").is_error);
  EXPECT_EQ(outbound_.asked.size(), 6U);
}

TEST_F(FetchUrl, AsksNothingForWhatIsNoAddressOfTheWeb) {
  for (const char* url :
       {"", "tea", "file:///etc/passwd", "gopher://a.example/", "http://", "http://a.example:6379/",
        "https://a.example:22/", "http://me@a.example/", "http://a.example@b.example:80/",
        "javascript:alert(1)", "data:text/html,x", "http://a b/"}) {
    EXPECT_TRUE(fetch(url).is_error) << url;
    EXPECT_TRUE(outbound_.asked.empty()) << url;
    outbound_.asked.clear();
  }
}

TEST_F(FetchUrl, SaysWhatItCannotGive) {
  outbound_.pages["http://a.example/"] = {404, {{"Content-Type", "text/html"}}, "no"};
  EXPECT_EQ(fetch("http://a.example/").content, R"("The server answered with status 404.")");
  outbound_.pages["http://a.example/"] = {200, {{"Content-Type", "image/png"}}, "..."};
  EXPECT_EQ(fetch("http://a.example/").content, R"("This is no text, but image/png.")");
  outbound_.pages["http://a.example/"] = {
      200, {{"Content-Type", "text/plain"}}, std::string(500'000, 'a')};
  const ToolResult cut = fetch("http://a.example/");
  EXPECT_LT(cut.content.size(), 101'000U);
  EXPECT_NE(cut.content.find("\"isCut\":true"), std::string::npos);
}

TEST_F(FetchUrl, EndsWhenNobodyWaits) {
  outbound_.hangs = true;
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_TRUE(fetch("http://a.example/", stop.get_token()).is_error);
}

}  // namespace
}  // namespace threadkeep::tools
