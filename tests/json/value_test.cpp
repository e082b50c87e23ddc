// Looking into a document.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace threadkeep::json {
namespace {

Document read(std::string text) {
  Result<Document> parsed = Document::parse(std::move(text), Mode::strict);
  EXPECT_TRUE(parsed) << parsed.error().detail;
  return std::move(*parsed);
}

TEST(JsonValue, RawIsExactlyTheSource) {
  const Document document =
      read(" { \"a\" : [ 1.0 , \"x\\u00e9\" ] ,\n\"b\":{ \"c\" : 1E+2 }, \"d\": \"\" } \n");
  const Value root = document.root();
  EXPECT_EQ(root.raw(),
            "{ \"a\" : [ 1.0 , \"x\\u00e9\" ] ,\n\"b\":{ \"c\" : 1E+2 }, \"d\": \"\" }");
  EXPECT_EQ(root["a"].raw(), "[ 1.0 , \"x\\u00e9\" ]");
  EXPECT_EQ(root["a"].at(0).raw(), "1.0");
  EXPECT_EQ(root["a"].at(1).raw(), "\"x\\u00e9\"");
  EXPECT_EQ(root["b"].raw(), "{ \"c\" : 1E+2 }");
  EXPECT_EQ(root["b"]["c"].raw(), "1E+2");
  EXPECT_EQ(root["d"].raw(), "\"\"");
}

TEST(JsonValue, DecodesStrings) {
  const Document document = read(
      R"(["","plain","\"\\\/\b\f\n\r\t","\u0041\u00e9\u4e2d\ud83d\ude00\u0001","mixed é 中 😀 \u00E9","\\u0041"])");
  std::vector<std::string_view> strings;
  for (const Value item : document.root().items()) strings.push_back(item.string());
  EXPECT_EQ(strings, (std::vector<std::string_view>{"", "plain", "\"\\/\b\f\n\r\t", "Aé中😀\x01",
                                                    "mixed é 中 😀 é", "\\u0041"}));
}

TEST(JsonValue, DecodesEveryCodePointFromItsEscape) {
  for (char32_t c = 1; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 0x3FB) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    char escape[16];
    if (c < 0x10000) {
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
    } else {
      std::snprintf(escape, sizeof escape, "\\u%04X\\u%04x",
                    static_cast<unsigned>(0xD800 + ((c - 0x10000) >> 10)),
                    static_cast<unsigned>(0xDC00 + ((c - 0x10000) & 0x3FF)));
    }
    const Document document = read("\"" + std::string(escape) + "\"");
    // The other way round: what was decoded, written as UTF-8, is the same string.
    const Document plain = read(quoted(document.root().string()));
    ASSERT_EQ(plain.root().string(), document.root().string()) << escape;
    const std::size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    ASSERT_EQ(document.root().string().size(), length) << escape;
  }
}

TEST(JsonValue, NumbersAreWhatTheyWereWrittenAs) {
  const Document document =
      read("[1,-7,1.0,1e3,0,9223372036854775807,-9223372036854775808,0.1,-0.0,9007199254740993]");
  const Value root = document.root();
  EXPECT_EQ(root.at(0).integer(), 1);
  EXPECT_EQ(root.at(1).integer(), -7);
  EXPECT_EQ(root.at(2).integer(), std::nullopt);
  EXPECT_EQ(root.at(3).integer(), std::nullopt);
  EXPECT_EQ(root.at(3).number(), 1000.0);
  EXPECT_EQ(root.at(4).integer(), 0);
  EXPECT_EQ(root.at(5).integer(), INT64_MAX);
  EXPECT_EQ(root.at(6).integer(), INT64_MIN);
  EXPECT_EQ(root.at(7).number(), 0.1);
  EXPECT_TRUE(std::signbit(root.at(8).number().value_or(1)));
  EXPECT_EQ(root.at(9).integer(), 9007199254740993);
}

TEST(JsonValue, OtherKindsAnswerNothing) {
  const Document document = read(R"({"s":"1","n":1,"b":false,"z":null,"a":[1],"o":{"k":1}})");
  const Value root = document.root();
  EXPECT_EQ(root["s"].integer(), std::nullopt);
  EXPECT_EQ(root["s"].number(), std::nullopt);
  EXPECT_EQ(root["s"].boolean(), std::nullopt);
  EXPECT_EQ(root["n"].string(), "");
  EXPECT_EQ(root["n"].boolean(), std::nullopt);
  EXPECT_EQ(root["b"].boolean(), false);
  EXPECT_TRUE(root["z"].is_null());
  EXPECT_FALSE(root["z"].is_absent());
  EXPECT_EQ(root["a"].members().begin() != root["a"].members().end(), false);
  EXPECT_EQ(root["o"].items().begin() != root["o"].items().end(), false);
  EXPECT_EQ(root["o"].at(0).is_absent(), true);
  EXPECT_EQ(root["a"]["k"].is_absent(), true);
  EXPECT_EQ(root["s"].size(), 0U);
  EXPECT_EQ(root["a"].size(), 1U);
  EXPECT_EQ(root["o"].size(), 1U);
}

TEST(JsonValue, AbsentValuesChain) {
  const Document document = read(R"({"a":{"b":[10,20]}})");
  const Value root = document.root();
  EXPECT_EQ(root["a"]["b"].at(1).integer(), 20);
  const Value nothing = root["x"]["y"].at(3)["z"];
  EXPECT_TRUE(nothing.is_absent());
  EXPECT_TRUE(nothing.is_null());
  EXPECT_EQ(nothing.raw(), "");
  EXPECT_EQ(nothing.string(), "");
  EXPECT_EQ(nothing.size(), 0U);
  EXPECT_EQ(nothing.integer(), std::nullopt);
  for ([[maybe_unused]] const Value item : nothing.items()) FAIL();
  for ([[maybe_unused]] const Member& member : nothing.members()) FAIL();
  EXPECT_TRUE(root["a"]["b"].at(2).is_absent());
  EXPECT_TRUE(Value().is_absent());
}

TEST(JsonValue, MembersKeepTheirOrderAndSkipOverWhatIsInside) {
  const Document document = read(R"({"z":[[1],{"q":2}],"a":{"n":{"m":[]}},"k":"v","e\u0065":{}})");
  std::vector<std::string> seen;
  for (const Member& member : document.root().members()) {
    seen.push_back(std::string(member.key) + "=" + std::string(member.value.raw()));
  }
  EXPECT_EQ(seen, (std::vector<std::string>{R"(z=[[1],{"q":2}])", R"(a={"n":{"m":[]}})", R"(k="v")",
                                            "ee={}"}));
}

TEST(JsonValue, ViewsOutliveAMoveOfTheDocument) {
  Document document = read(R"(["short","e\u0073caped"])");
  const Value root = document.root();
  const std::string_view plain = root.at(0).string();
  const std::string_view escaped = root.at(1).string();
  const Document moved = std::move(document);
  EXPECT_EQ(plain, "short");
  EXPECT_EQ(escaped, "escaped");
  EXPECT_EQ(root.at(1).raw(), R"("e\u0073caped")");
  EXPECT_EQ(moved.text(), R"(["short","e\u0073caped"])");

  Document assigned = read("1");
  assigned = read(R"({"a":"\n"})");
  EXPECT_EQ(assigned.root()["a"].string(), "\n");
}

}  // namespace
}  // namespace threadkeep::json
