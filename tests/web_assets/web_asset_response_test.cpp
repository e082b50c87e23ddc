// What a browser gets for an address outside of the API.
#include "app/web_assets/web_asset_response.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/web_assets/web_assets.h"

namespace threadkeep {
namespace {

constexpr const char* script_path = "/assets/index-BqVx3k2_.js";

std::optional<http::Response> get(std::string path, std::vector<http::Header> headers = {}) {
  http::RequestHead head;
  head.path = std::move(path);
  head.headers = std::move(headers);
  return web_asset_response(head);
}

std::string header(const http::Response& response, std::string_view name) {
  const auto found = std::ranges::find(response.headers, name, &http::Header::name);
  return found == response.headers.end() ? "" : found->value;
}

TEST(WebAssetResponse, GivesTheFileWithItsTypeAndEtag) {
  const auto response = get(script_path);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->static_body, find_asset(script_path)->identity.bytes);
  EXPECT_EQ(header(*response, "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(header(*response, "ETag"), find_asset(script_path)->identity.etag);
  EXPECT_EQ(header(*response, "Vary"), "Accept-Encoding");
  EXPECT_EQ(header(*response, "Content-Encoding"), "");
}

TEST(WebAssetResponse, OnlyHashedNamesAreKeptForGood) {
  EXPECT_EQ(header(*get(script_path), "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(header(*get("/"), "Cache-Control"), "no-cache");
}

struct EncodingCase {
  const char* accepted;
  const char* given;
};
class AcceptEncoding : public testing::TestWithParam<EncodingCase> {};

TEST_P(AcceptEncoding, ChoosesTheSmallestFormThatIsAccepted) {
  const auto response = get(script_path, {{"Accept-Encoding", GetParam().accepted}});
  const WebAsset& script = *find_asset(script_path);
  const std::string given = GetParam().given;
  const EncodedBytes& expected = given == "br"     ? script.brotli
                                 : given == "gzip" ? script.gzip
                                                   : script.identity;
  EXPECT_EQ(header(*response, "Content-Encoding"), given) << GetParam().accepted;
  EXPECT_EQ(header(*response, "ETag"), expected.etag);
  EXPECT_EQ(response->static_body, expected.bytes);
}

INSTANTIATE_TEST_SUITE_P(
    Lists, AcceptEncoding,
    testing::Values(EncodingCase{"gzip, deflate, br", "br"}, EncodingCase{"gzip", "gzip"},
                    EncodingCase{"GZIP;q=0.5", "gzip"}, EncodingCase{"br;q=0, gzip", "gzip"},
                    EncodingCase{"br; q=0.000 ,gzip;q=0", ""}, EncodingCase{"brotli", ""},
                    EncodingCase{"identity", ""}, EncodingCase{"", ""}));

TEST(WebAssetResponse, WhatTheBrowserHasIsNotSentAgain) {
  const std::string etag(find_asset(script_path)->gzip.etag);
  for (const std::string& known : {etag, "W/" + etag, "\"other\", " + etag, std::string("*")}) {
    const auto response = get(script_path, {{"Accept-Encoding", "gzip"}, {"If-None-Match", known}});
    EXPECT_EQ(response->status, 304) << known;
    EXPECT_TRUE(response->static_body.empty());
    EXPECT_EQ(header(*response, "ETag"), etag);
  }
  EXPECT_EQ(get(script_path, {{"If-None-Match", etag}})->status,
            200);  // the plain form is other bytes
}

TEST(WebAssetResponse, AddressesInsideTheClientGetItsPage) {
  for (const char* path : {"/", "/c/01JD0000000000000000000000", "/settings/"}) {
    const auto response = get(path);
    ASSERT_TRUE(response) << path;
    EXPECT_EQ(response->static_body, start_page().identity.bytes) << path;
    EXPECT_NE(header(*response, "Content-Security-Policy").find("script-src 'self'"),
              std::string::npos);
  }
}

TEST(WebAssetResponse, AScriptCarriesThePolicyThatItsWorkerWillLiveUnder) {
  const std::string policy = header(*get(script_path), "Content-Security-Policy");
  EXPECT_EQ(policy, header(*get("/"), "Content-Security-Policy"));
  EXPECT_NE(policy.find("connect-src 'self'"), std::string::npos);
  EXPECT_NE(policy.find("trusted-types threadkeep-worker"), std::string::npos);
}

TEST(WebAssetResponse, ThePageForDiagramsHasAnOriginOfItsOwnAndReachesNothing) {
  const auto page = get("/diagram.html");
  ASSERT_TRUE(page);
  const std::string policy = header(*page, "Content-Security-Policy");
  EXPECT_TRUE(policy.starts_with("sandbox allow-scripts; default-src 'none'; script-src 'self'; "))
      << policy;
  EXPECT_EQ(policy.find("allow-same-origin"), std::string::npos);
  EXPECT_EQ(policy.find("connect-src"), std::string::npos);
  EXPECT_NE(policy.find("frame-ancestors 'self'"), std::string::npos);
  EXPECT_EQ(header(*page, "X-Frame-Options"), "SAMEORIGIN");
  EXPECT_EQ(header(*get("/"), "X-Frame-Options"), "DENY");
  EXPECT_EQ(header(*get("/assets/diagram-a1b2c3d4.js"), "Cross-Origin-Resource-Policy"),
            "cross-origin");
  EXPECT_EQ(header(*get(script_path), "Cross-Origin-Resource-Policy"), "same-origin");
}

TEST(WebAssetResponse, AMissingFileIsNotThePage) {
  for (const char* path : {"/assets/index-gone1234.js", "/favicon.ico", "/.env"})
    EXPECT_FALSE(get(path)) << path;
}

}  // namespace
}  // namespace threadkeep
