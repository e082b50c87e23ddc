// Files and streams of other programs: read what can be read.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace threadkeep::json {
namespace {

using namespace std::string_view_literals;

Document read(std::string_view text) {
  Result<Document> parsed = Document::parse(std::string(text), Mode::foreign);
  EXPECT_TRUE(parsed) << text;
  return parsed ? std::move(*parsed) : std::move(*Document::parse("null", Mode::foreign));
}

TEST(ForeignJson, MendsWhatCannotBeText) {
  struct Mended {
    std::string_view text;
    std::string_view decoded;
  };
  const Mended cases[] = {
      {R"("\ud800")", "\uFFFD"},
      {R"("a\udc00b")", "a\uFFFDb"},
      {R"("\udc00\ud800")", "\uFFFD\uFFFD"},
      {R"("\ud83dx")", "\uFFFDx"},
      {R"("\ud83d\n")", "\uFFFD\n"},
      {R"("\ud83d\u0041")", "\uFFFDA"},
      {R"("\ud83d\ud83d\ude00")", "\uFFFD\U0001F600"},
      {R"("\ud83d\u0000")", "\uFFFD\uFFFD"},
      {R"("a\u0000b")", "a\uFFFDb"},
      {R"("\ud83d\ude00")", "\U0001F600"},
  };
  for (const Mended& mended : cases) {
    const Document document = read(mended.text);
    EXPECT_EQ(document.root().string(), mended.decoded) << mended.text;
    EXPECT_EQ(document.root().raw(), mended.text);
  }
}

TEST(ForeignJson, TheLastOfEqualKeysWins) {
  const Document document = read(R"({"a":{"deep":[1]},"b":2,"\u0061":3,"c":4,"a":[5]})");
  const Value root = document.root();
  EXPECT_EQ(root["a"].raw(), "[5]");
  EXPECT_EQ(root.size(), 3U);
  std::vector<std::string_view> keys;
  for (const Member& member : root.members()) keys.push_back(member.key);
  EXPECT_EQ(keys, (std::vector<std::string_view>{"b", "c", "a"}));

  // Unpaired surrogates decode to the same character: then the keys are the same.
  const Document mended = read(R"({"\ud800":1,"\udfff":2})");
  EXPECT_EQ(mended.root().size(), 1U);
  EXPECT_EQ(mended.root()["\uFFFD"].integer(), 2);
}

TEST(ForeignJson, TheLastOfEqualKeysWinsAmongMany) {
  std::string text = "{";
  for (int round = 0; round < 3; ++round) {
    for (int key = 0; key < 100; ++key) {
      text += "\"k" + std::to_string(key) + "\":" + std::to_string(round * 100 + key) + ",";
    }
  }
  text.back() = '}';
  const Document document = read(text);
  EXPECT_EQ(document.root().size(), 100U);
  for (int key = 0; key < 100; ++key) {
    EXPECT_EQ(document.root()["k" + std::to_string(key)].integer(), 200 + key);
  }
}

TEST(ForeignJson, NumbersOfAnySizeStayReadable) {
  const std::string digits(100'000, '9');
  const Document document =
      read("[" + digits + ",1e400,-0,18446744073709551616,1e-400," + digits + ".5e-100000]");
  const Value root = document.root();
  EXPECT_EQ(root.at(0).raw(), digits);
  EXPECT_EQ(root.at(0).kind(), Kind::number);
  EXPECT_FALSE(root.at(0).integer());
  EXPECT_FALSE(root.at(0).number());
  EXPECT_EQ(root.at(1).raw(), "1e400");
  EXPECT_FALSE(root.at(1).number());
  EXPECT_EQ(root.at(2).integer(), 0);
  EXPECT_FALSE(root.at(3).integer());
  EXPECT_EQ(root.at(3).number(), 18446744073709551616.0);
  EXPECT_EQ(root.at(4).raw(), "1e-400");
  EXPECT_DOUBLE_EQ(root.at(5).number().value_or(-1), 1.0);
}

TEST(ForeignJson, StillRefusesBrokenGrammarAndText) {
  struct BadText {
    std::string_view text;
    Errc code;
  };
  const BadText bad[] = {
      {""sv, Errc::invalid_json},          {"{} {}"sv, Errc::invalid_json},
      {"[1,]"sv, Errc::invalid_json},      {"01"sv, Errc::invalid_json},
      {"NaN"sv, Errc::invalid_json},       {"\"a\nb\""sv, Errc::invalid_json},
      {"\"\\ud8\""sv, Errc::invalid_json}, {"\xEF\xBB\xBF{}"sv, Errc::invalid_json},
      {"\"\xFF\""sv, Errc::invalid_utf8},  {"\"\xED\xA0\x80\""sv, Errc::invalid_utf8},
  };
  for (const BadText& text : bad) {
    const Result<Document> parsed = Document::parse(std::string(text.text), Mode::foreign);
    ASSERT_FALSE(parsed) << text.text;
    EXPECT_EQ(parsed.error().code, text.code) << text.text;
  }
}

TEST(ForeignJson, GoesDownTo512Levels) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(Document::parse(nested(512), Mode::foreign));
  for (const std::size_t depth : {std::size_t{513}, std::size_t{1'000'000}}) {
    const Result<Document> parsed = Document::parse(nested(depth), Mode::foreign);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, Errc::json_too_deep);
    EXPECT_TRUE(parsed.error().detail.ends_with("at byte 512.")) << parsed.error().detail;
  }
}

TEST(ForeignJson, CopiesMended) {
  const Document document =
      read(R"( { "a" : 1 , "a" : "\ud800\u0000é" , "n" : [ 1.50 , 1e400 , true , null , { } ] } )");
  std::string out;
  Writer(out).copy(document.root());
  EXPECT_EQ(out, "{\"a\":\"\uFFFD\uFFFDé\",\"n\":[1.50,1e400,true,null,{}]}");

  std::string absent;
  Writer(absent)
      .begin_array()
      .copy(document.root()["nothing"])
      .copy(document.root()["n"].at(0))
      .end_array();
  EXPECT_EQ(absent, "[null,1.50]");
}

}  // namespace
}  // namespace threadkeep::json
