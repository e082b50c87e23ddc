// Our reader against texts whose content is known, and against simdjson over damaged ones.
#include <gtest/gtest.h>

#include <map>

#include "json/json.h"
#include "json/oracle.h"
#include "json/random_json.h"

namespace threadkeep::json {
namespace {

// Walks values in source order and compares each with what was put into the text.
class Walk {
 public:
  explicit Walk(const ExpectedText& expected) : expected_(expected) {}

  void compare(const Value& value) {
    ASSERT_LT(at_, expected_.values.size());
    const ExpectedValue& now = expected_.values[at_++];
    ASSERT_EQ(value.kind(), now.kind);
    ASSERT_EQ(value.raw(), std::string_view(expected_.text).substr(now.begin, now.end - now.begin));
    ASSERT_EQ(value.string(), now.decoded);
    ASSERT_EQ(value.size(), now.children);
    for (const Value item : value.items()) compare(item);
    std::size_t member_at = 0;
    for (const Member& member : value.members()) {
      ASSERT_EQ(member.key, now.keys[member_at++]);
      compare(member.value);
    }
  }
  bool is_done() const { return at_ == expected_.values.size(); }

 private:
  const ExpectedText& expected_;
  std::size_t at_ = 0;
};

TEST(JsonReader, FindsWhatWasWritten) {
  RandomJson random(6);
  std::size_t values = 0;
  for (int round = 0; round < 4'000; ++round) {
    const ExpectedText expected = random.next();
    for (const Mode mode : {Mode::strict, Mode::foreign}) {
      const Result<Document> parsed = Document::parse(expected.text, mode);
      ASSERT_TRUE(parsed) << parsed.error().detail << "\n" << expected.text;
      Walk walk(expected);
      walk.compare(parsed->root());
      ASSERT_TRUE(walk.is_done());
      if (HasFatalFailure()) FAIL() << expected.text;
    }
    values += expected.values.size();
  }
  EXPECT_GT(values, 20'000U);
}

TEST(JsonReader, ACopyReadsBackEqual) {
  RandomJson random(7);
  for (int round = 0; round < 1'000; ++round) {
    const Result<Document> parsed = Document::parse(random.next().text, Mode::strict);
    ASSERT_TRUE(parsed);
    std::string once;
    Writer(once).copy(parsed->root());
    const Result<Document> again = Document::parse(once, Mode::strict);
    ASSERT_TRUE(again) << once;
    std::string twice;
    Writer(twice).copy(again->root());
    ASSERT_EQ(once, twice);
    ASSERT_EQ(disagreement(once, Mode::strict), "") << once;
  }
}

TEST(JsonReader, AgreesWithSimdjsonOnDamagedTexts) {
  RandomJson random(8);
  std::map<std::string, int> seen;
  for (int round = 0; round < 30'000; ++round) {
    const std::string text = random.damaged(random.next().text, 1 + round % 4);
    for (const Mode mode : {Mode::strict, Mode::foreign}) {
      ASSERT_EQ(disagreement(text, mode), "") << testing::PrintToString(text);
    }
    const Result<Document> parsed = Document::parse(text, Mode::strict);
    ++seen[parsed ? "accepted" : std::to_string(static_cast<int>(parsed.error().code))];
  }
  // The damage has to reach all the ways to fail, or this test proves little.
  for (const Errc code : {Errc::invalid_json, Errc::duplicate_key, Errc::invalid_utf8,
                          Errc::invalid_unicode, Errc::number_out_of_range}) {
    EXPECT_GT(seen[std::to_string(static_cast<int>(code))], 0) << static_cast<int>(code);
  }
  EXPECT_GT(seen["accepted"], 1'000);
}

// Every prefix of a text ends too early, except where a number may end.
TEST(JsonReader, RefusesEveryPrefix) {
  const std::string text =
      R"({"a":[1.5e+3,"x\u00e9\ud83d\ude00\n",{"b":{}}],"c":[true,false,null],"é":-12})";
  for (std::size_t length = 0; length < text.size(); ++length) {
    const std::string prefix = text.substr(0, length);
    const Result<Document> parsed = Document::parse(prefix, Mode::strict);
    ASSERT_FALSE(parsed) << prefix;
    EXPECT_EQ(disagreement(prefix, Mode::strict), "");
    EXPECT_TRUE(parsed.error().code == Errc::invalid_json ||
                parsed.error().code == Errc::invalid_utf8 ||
                parsed.error().code == Errc::invalid_unicode)
        << prefix;
  }
}

}  // namespace
}  // namespace threadkeep::json
