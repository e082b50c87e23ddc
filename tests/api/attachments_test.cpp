// Whose files are whose, which ranges mean what, and what a user may keep.
#include <gtest/gtest.h>

#include <string>

#include "api/byte_range.h"
#include "application_under_test.h"

namespace threadkeep::api {
namespace {

using http::Header;
using http::Method;

struct RangeCase {
  const char* header;
  RangeKind kind;
  std::int64_t first;
  std::int64_t size;
};

TEST(ByteRanges, AreReadAsTheStandardSays) {
  constexpr RangeKind whole = RangeKind::whole;
  constexpr RangeKind part = RangeKind::part;
  constexpr RangeKind none = RangeKind::unsatisfiable;
  const RangeCase cases[] = {
      {"bytes=0-0", part, 0, 1},
      {"bytes=2-4", part, 2, 3},
      {"BYTES=2-4", part, 2, 3},
      {"bytes=5-", part, 5, 5},
      {"bytes=5-100", part, 5, 5},
      {"bytes=5-99999999999999999999999", part, 5, 5},
      {"bytes=-3", part, 7, 3},
      {"bytes=-100", part, 0, 10},
      {"bytes=9-9", part, 9, 1},
      {"bytes=10-", none, 0, 0},
      {"bytes=99999999999999999999999-", none, 0, 0},
      {"bytes=-0", none, 0, 0},
      {"bytes=4-2", whole, 0, 10},
      {"bytes=-", whole, 0, 10},
      {"bytes=a-b", whole, 0, 10},
      {"bytes=1", whole, 0, 10},
      {"bytes=1-2x", whole, 0, 10},
      {"bytes=+1-2", whole, 0, 10},
      {"bytes=--1", whole, 0, 10},
      {"lines=1-2", whole, 0, 10},
      {"", whole, 0, 10},
  };
  for (const RangeCase& each : cases) {
    const WantedBytes wanted = wanted_bytes(each.header, 10);
    EXPECT_EQ(wanted.kind, each.kind) << each.header;
    if (each.kind == RangeKind::unsatisfiable) continue;
    EXPECT_EQ(wanted.range.first, each.first) << each.header;
    EXPECT_EQ(wanted.range.size, each.size) << each.header;
  }
  EXPECT_EQ(wanted_bytes(std::nullopt, 10).kind, RangeKind::whole);
  EXPECT_EQ(wanted_bytes("bytes=0-", 0).kind, RangeKind::unsatisfiable);
}

class AttachmentsTest : public testing::TestWithParam<test::Kind> {
 protected:
  http::Request request(Method method, const std::string& target, std::vector<Header> headers) {
    http::Request request;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    request.query =
        target.find('?') == std::string::npos ? "" : target.substr(target.find('?') + 1);
    request.target = target;
    request.headers = std::move(headers);
    request.headers.push_back({"Host", "127.0.0.1:1"});
    return request;
  }
  http::Response get(const std::string& target, std::vector<Header> headers = {}) {
    return reply_of(application_, request(Method::get, target, std::move(headers)));
  }
  // As the listener does it: the sink is opened when the first bytes are to be taken.
  http::Response upload(const std::string& bytes, const std::string& type = "image/png",
                        const std::string& query = "") {
    http::Request head =
        request(Method::post, "/api/attachments" + query, {{"Content-Type", type}});
    head.has_body = true;
    head.content_length = bytes.size();
    http::HeadDecision decision = application_.decide(head);
    if (auto* response = std::get_if<http::Response>(&decision)) return std::move(*response);
    const auto& admitted = *std::get<std::unique_ptr<http::AdmittedRequest>>(decision);
    const http::BodyPlan plan = admitted.body_plan();
    if (bytes.size() > plan.bytes_max) return admitted.refusal({413, "too-large", "Too large."}, 1);
    auto sink = plan.open_sink();
    if (!sink) return admitted.refusal(sink.error(), 1);
    if (const auto refused = (*sink)->add(bytes)) return admitted.refusal(*refused, 1);
    head.sink = std::move(*sink);
    http::Reply reply = admitted.handle(std::move(head), http::Responder(nullptr));
    return std::move(std::get<http::Response>(reply));
  }
  Blob put(const UserId& user, const std::string& bytes) {
    auto upload = parts_.store->blobs().upload(user, "image/png").value();
    EXPECT_TRUE(upload->add(bytes));
    return upload->finish().value();
  }
  static std::string header_of(const http::Response& response, std::string_view name) {
    for (const Header& header : response.headers) {
      if (header.name == name) return header.value;
    }
    return {};
  }

  ServicesUnderTest parts_{GetParam()};
  Application application_{parts_.services, native_surfaces(parts_.local_user, test_page)};
};
INSTANTIATE_TEST_SUITE_P(Stores, AttachmentsTest,
                         testing::Values(test::Kind::memory, test::Kind::sqlite),
                         [](const auto& each) {
                           return each.param == test::Kind::memory ? "memory" : "sqlite";
                         });

TEST_P(AttachmentsTest, AnotherUsersFileAndAMissingOneAreTheSame) {
  const UserId other = test::id_of(77);
  const Blob theirs = put(other, "theirs");
  const std::string missing(64, 'a');
  const auto there = get("/api/attachments/" + theirs.hash.text());
  const auto nowhere = get("/api/attachments/" + missing);
  EXPECT_EQ(there.status, 404);
  EXPECT_EQ(there.body, nowhere.body);
  ASSERT_EQ(there.headers.size(), nowhere.headers.size());
  for (std::size_t i = 0; i < there.headers.size(); ++i) {
    EXPECT_EQ(there.headers[i].value, nowhere.headers[i].value);
  }
  EXPECT_EQ(get("/api/attachments/" + theirs.hash.text() + "/thumbnail").body, there.body);
  EXPECT_EQ(get("/api/attachments/" + missing + "/thumbnail").body, there.body);
  // Whoever stores the same bytes may read them.
  EXPECT_EQ(upload("theirs").status, 201);
  EXPECT_EQ(get("/api/attachments/" + theirs.hash.text()).body, "theirs");
}

TEST_P(AttachmentsTest, OneFileAndAllFilesHaveTheirLimits) {
  parts_.services.attachments = {10, 14};
  EXPECT_EQ(upload("12345678901").status, 413);
  EXPECT_EQ(upload("1234567890").status, 201);
  const auto refused = upload("12345");
  EXPECT_EQ(refused.status, 507);
  EXPECT_NE(refused.body.find("/problems/quota-reached"), std::string::npos);
  EXPECT_EQ(upload("1234567890").status, 201) << "what is kept already takes no more room";
  EXPECT_EQ(upload("1234").status, 201);
  EXPECT_EQ(upload("1").status, 507) << "before any of it is taken";
  EXPECT_EQ(parts_.store->blobs().bytes_of(parts_.user).value(), 14);
}

TEST_P(AttachmentsTest, AnnouncedBytesAreHeldToTheirHash) {
  const std::string hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const auto wrong = upload("abd", "text/plain", "?sha256=" + hash);
  EXPECT_EQ(wrong.status, 422);
  EXPECT_NE(wrong.body.find("/problems/hash-mismatch"), std::string::npos);
  EXPECT_EQ(parts_.store->blobs().bytes_of(parts_.user).value(), 0);
  EXPECT_EQ(upload("abc", "text/plain", "?sha256=" + hash).status, 201);
}

TEST_P(AttachmentsTest, OnlyPicturesWithoutScriptsAreShown) {
  const std::pair<const char*, const char*> cases[] = {
      {"image/png", "inline"},           {"image/jpeg", "inline"},
      {"image/svg+xml", "attachment"},   {"text/html", "attachment"},
      {"application/pdf", "attachment"}, {"application/xhtml+xml", "attachment"},
  };
  for (const auto& [type, disposition] : cases) {
    const std::string bytes = std::string("of the type ") + type;
    EXPECT_EQ(upload(bytes, type).status, 201);
    BlobHasher hasher;
    hasher.add(bytes);
    const auto response = get("/api/attachments/" + hasher.finish().text());
    EXPECT_EQ(header_of(response, "Content-Disposition"), disposition);
    EXPECT_EQ(header_of(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_NE(header_of(response, "Content-Security-Policy").find("sandbox"), std::string::npos);
  }
  for (const char* type : {"", "png", "image/", "/png", "image/png\x01", "a b/c"}) {
    EXPECT_EQ(upload("x", type).status, 415) << type;
  }
}

}  // namespace
}  // namespace threadkeep::api
