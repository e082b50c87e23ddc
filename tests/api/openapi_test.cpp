// openapi.json says what the route table says: no more, no less.
#include "api/openapi.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "api/routes.h"
#include "json/json.h"

namespace threadkeep::api {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// "/api/conversations/:id" as OpenAPI writes it: "/api/conversations/{id}".
std::string braced(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != ':') {
      out += pattern[i];
      continue;
    }
    out += '{';
    while (i + 1 < pattern.size() && pattern[i + 1] != '/') {
      if (pattern[++i] != '+') out += pattern[i];
    }
    out += '}';
  }
  return out;
}

std::set<std::string> described() {
  const auto document = json::Document::parse(std::string(openapi_document()), json::Mode::strict);
  EXPECT_TRUE(document) << document.error().detail;
  std::set<std::string> operations;
  for (const json::Member path : document->root()["paths"].members()) {
    for (const json::Member operation : path.value.members()) {
      if (operation.key == "parameters") continue;
      operations.insert(std::string(operation.key) + " " + std::string(path.key));
    }
  }
  return operations;
}

std::vector<Route> all_routes() {
  std::vector<Route> routes(api_routes().begin(), api_routes().end());
  routes.insert(routes.end(), root_routes().begin(), root_routes().end());
  return routes;
}

std::set<std::string> routed() {
  std::set<std::string> operations;
  for (const Route& route : all_routes()) {
    operations.insert(lower(std::string(http::method_name(route.method))) + " " +
                      braced(route.pattern));
  }
  return operations;
}

TEST(OpenApi, DescribesExactlyTheRoutes) { EXPECT_EQ(described(), routed()); }

TEST(OpenApi, ARouteTakesABodyExactlyWhenItIsDescribedWithOne) {
  const auto document = json::Document::parse(std::string(openapi_document()), json::Mode::strict);
  for (const Route& route : all_routes()) {
    const json::Value operation =
        document->root()["paths"][braced(route.pattern)]
                        [lower(std::string(http::method_name(route.method)))];
    EXPECT_EQ(operation["requestBody"].is_object(), route.body != Route::Body::none)
        << route.pattern;
  }
}

TEST(OpenApi, EveryReferenceLeadsSomewhere) {
  const std::string text(openapi_document());
  const auto document = json::Document::parse(text, json::Mode::strict);
  std::size_t found = 0;
  for (std::size_t at = text.find("\"#/components/"); at != std::string::npos;
       at = text.find("\"#/components/", at + 1)) {
    const std::string reference = text.substr(at + 14, text.find('"', at + 1) - at - 14);
    const std::size_t slash = reference.find('/');
    EXPECT_TRUE(
        document->root()["components"][reference.substr(0, slash)][reference.substr(slash + 1)]
            .is_object())
        << reference;
    ++found;
  }
  EXPECT_GT(found, 50U);
}

// A route that does not say who may use it does not compile.
static_assert(
    std::is_constructible_v<Route, http::Method, const char*, Access, http::Lane, Handler>);
static_assert(!std::is_constructible_v<Route, http::Method, const char*, Access, Handler>);
static_assert(!std::is_constructible_v<Route, http::Method, const char*, Handler>);
static_assert(!std::is_default_constructible_v<Route>);

TEST(Routes, OnlyTheStateOfTheServerIsForAnyone) {
  for (const Route& route : api_routes()) EXPECT_NE(route.access, Access::anyone) << route.pattern;
  for (const Route& route : root_routes()) EXPECT_EQ(route.access, Access::anyone) << route.pattern;
}

TEST(Routes, WhatChangesSomethingIsNoRead) {
  for (const Route& route : api_routes()) {
    EXPECT_EQ(route.access == Access::read, route.method == http::Method::get) << route.pattern;
  }
}

TEST(Routes, APathWithAnotherMethodNamesTheAllowedOnes) {
  const Match match = find_route(api_routes(), http::Method::put, "/api/conversations");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allowed, (std::vector<http::Method>{http::Method::get, http::Method::post}));
}

TEST(Routes, ParametersAreNeverEmpty) {
  EXPECT_EQ(find_route(api_routes(), http::Method::get, "/api/conversations/").route, nullptr);
  EXPECT_EQ(find_route(api_routes(), http::Method::get, "/api/conversations//messages").route,
            nullptr);
  EXPECT_EQ(find_route(api_routes(), http::Method::get, "/api/conversations/x/messages/").route,
            nullptr);
}

}  // namespace
}  // namespace threadkeep::api
