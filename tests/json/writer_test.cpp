#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include "json/json.h"

namespace threadkeep::json {
namespace {

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  std::string out = "before ";
  Writer writer(out);
  writer.begin_object();
  writer.key("empty").begin_array().end_array();
  writer.key("none").begin_object().end_object();
  writer.key("list")
      .begin_array()
      .integer(1)
      .string("two")
      .begin_array()
      .null()
      .end_array()
      .begin_object()
      .end_object()
      .boolean(false)
      .end_array();
  writer.member("text", std::string("t"))
      .member("literal", "l")
      .member("flag", true)
      .member("count", 3);
  writer.member("big", std::int64_t{1} << 40).key("raw").raw("[ 1 ]").key("half").number(0.5);
  writer.end_object();
  EXPECT_EQ(
      out,
      R"(before {"empty":[],"none":{},"list":[1,"two",[null],{},false],"text":"t","literal":"l","flag":true,)"
      R"("count":3,"big":1099511627776,"raw":[ 1 ],"half":0.5})");
}

TEST(JsonWriter, PlainTextsAndKeysOfAnyKindStandWhereTheyBelong) {
  std::string out;
  Writer writer(out);
  writer.begin_object().key("").plain("").key("a\"b").plain("c").key("d").begin_array();
  writer.plain("e").plain("f").end_array().key("g").null().end_object();
  EXPECT_EQ(out, R"({"":"","a\"b":"c","d":["e","f"],"g":null})");
}

TEST(JsonWriter, EscapesWhatMustBeAndNothingElse) {
  using namespace std::string_view_literals;
  EXPECT_EQ(quoted(""), "\"\"");
  EXPECT_EQ(quoted("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(quoted("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(quoted("\0\x01\x1f\x7f"sv), "\"\\u0000\\u0001\\u001f\x7f\"");
  EXPECT_EQ(quoted("é中😀\u2028<script>&"), "\"é中😀\u2028<script>&\"");
}

TEST(JsonWriter, EveryByteAtEveryPlaceReadsBackEqual) {
  for (int byte = 1; byte < 128; ++byte) {
    for (std::size_t place = 0; place < 18; ++place) {
      std::string text(18, 'x');
      text[place] = static_cast<char>(byte);
      const Result<Document> parsed = Document::parse(json::quoted(text), Mode::strict);
      ASSERT_TRUE(parsed) << parsed.error().detail;
      ASSERT_EQ(parsed->root().string(), text);
    }
  }
}

TEST(JsonWriter, IntegersReadBackEqual) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, INT64_MAX, INT64_MIN, std::int64_t{1'700'000'000'000}}) {
    std::string out;
    Writer(out).integer(value);
    const Result<Document> parsed = Document::parse(out, Mode::strict);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->root().integer(), value);
  }
}

TEST(JsonWriter, DoublesReadBackEqual) {
  std::mt19937_64 random(4);
  std::vector<double> values{
      0.0, -0.0, 0.1, 1.0, 1e21, 1e-7, 5e-324, std::numeric_limits<double>::max(), -1.5};
  while (values.size() < 20'000) {
    const std::uint64_t bits = random();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    if (std::isfinite(value)) values.push_back(value);
  }
  for (const double value : values) {
    std::string out;
    Writer(out).number(value);
    const Result<Document> parsed = Document::parse(out, Mode::strict);
    ASSERT_TRUE(parsed) << out;
    ASSERT_EQ(parsed->root().number(), value) << out;
    ASSERT_EQ(std::signbit(*parsed->root().number()), std::signbit(value)) << out;
  }
}

}  // namespace
}  // namespace threadkeep::json
