// What may enter a store: each rule, what breaks it, and what it is mended to.
#include "domain/entry_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace threadkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

json::Document parse(std::string text) {
  return json::Document::parse(std::move(text), json::Mode::strict).value();
}

TEST(EntryOfALine, IsOneLineOfALimitedLength) {
  for (const char* text : {"Tea", "\xD8\xB4\xD8\xA7\xDB\x8C",
                           "a\xC2\xA0"
                           "b",
                           " x "})
    EXPECT_FALSE(entry::wrong_with(entry::title, text)) << text;
  for (const char* text : {"two\nlines", "a\tb", "\x1b[31mred", "a\x7f",
                           "a\xC2\x85"
                           "b",
                           "a\xE2\x80\xA8"
                           "b",
                           "a\xE2\x80\xA9"
                           "b"})
    EXPECT_TRUE(entry::wrong_with(entry::title, text)) << text;
  EXPECT_FALSE(entry::wrong_with(entry::title, ""));
  EXPECT_TRUE(entry::wrong_with(entry::folder, ""));
  EXPECT_FALSE(entry::wrong_with(entry::folder, std::string(limits::name_bytes_max, 'x')));
  EXPECT_TRUE(entry::wrong_with(entry::folder, std::string(limits::name_bytes_max + 1, 'x')));
}

TEST(EntryOfALine, IsMendedToOneThatMayEnter) {
  EXPECT_EQ(entry::mended(entry::title, "Two\nlines\tand \x1b[31mtab\n"), "Two lines and [31mtab");
  EXPECT_EQ(entry::mended(entry::title, " as it is "), " as it is ");
  EXPECT_EQ(entry::mended_name(entry::tag, "\n\t"), std::nullopt);
  const std::string cut = entry::mended(entry::folder, std::string(199, 'x') + "\xC3\xA9");
  EXPECT_EQ(cut, std::string(199, 'x'));
}

TEST(EntryOfTags, HasNoneTwice) {
  EXPECT_FALSE(entry::wrong_with_tags({"a", "b"}));
  EXPECT_TRUE(entry::wrong_with_tags({"a", "b", "a"}));
  EXPECT_TRUE(entry::wrong_with_tags({"a\n"}));
  EXPECT_TRUE(entry::wrong_with_tags(std::vector<std::string>(limits::tags_max + 1, "x")));
  EXPECT_THAT(entry::mended_tags({"a", "a\n", "", "b", "a"}), ElementsAre("a", "b"));
}

TEST(EntryOfNumbers, StaysWithinWhatEveryClientHolds) {
  EXPECT_TRUE(entry::is_time(0) && entry::is_time(limits::time_max));
  EXPECT_FALSE(entry::is_time(-1) || entry::is_time(limits::time_max + 1));
  EXPECT_EQ(entry::mended_time(-5), 0);
  EXPECT_TRUE(entry::is_count(0) && entry::is_count(limits::count_max));
  EXPECT_FALSE(entry::is_count(-2) || entry::is_count(limits::count_max + 1));
  EXPECT_EQ(entry::sum_of_counts(INT64_MAX, INT64_MAX), limits::count_max);
  EXPECT_EQ(entry::sum_of_counts(-7, 3), 3);
}

TEST(EntryOfObjects, HaveTheirForm) {
  using entry::Kept;
  EXPECT_FALSE(entry::wrong_with(Kept::metadata, parse(R"({"a":{"b":[1]}})").root()));
  EXPECT_TRUE(entry::wrong_with(Kept::metadata, parse("[]").root()));
  EXPECT_TRUE(entry::wrong_with(Kept::usage, parse(R"({"inputTokens":9007199254740992})").root()));
  EXPECT_TRUE(entry::wrong_with(Kept::error, parse(R"({"type":"x","detail":{}})").root()));
  const std::string deep =
      std::string(limits::value_depth_max, '[') + std::string(limits::value_depth_max, ']');
  EXPECT_TRUE(entry::wrong_with(Kept::metadata, parse(R"({"a":)" + deep + "}").root()));
}

TEST(EntryOfObjects, AreMendedWithoutLosingWords) {
  using entry::Kept;
  EXPECT_EQ(entry::mended_object(Kept::usage, R"({"inputTokens":1})"), R"({"inputTokens":1})");
  EXPECT_EQ(entry::mended_object(Kept::usage, R"({"inputTokens":-2})"), std::nullopt);
  for (const Kept kind : {Kept::metadata, Kept::error}) {
    const auto object = entry::mended_object(kind, "[7,\"words\"]");
    ASSERT_TRUE(object);
    EXPECT_THAT(*object, HasSubstr("words"));
    EXPECT_FALSE(entry::wrong_with(kind, parse(*object).root()));
  }
}

TEST(EntryOfContent, KeepsWhatIsRightAndWrapsWhatIsNot) {
  const std::string right = R"([{"type":"text","text":"a"}])";
  EXPECT_EQ(entry::mended_content(right, EmptyText::refused), right);
  const auto mended = entry::mended_content(
      R"([{"type":"text","text":"a"},{"type":"text","text":7},"loose"])", EmptyText::refused);
  ASSERT_TRUE(mended);
  EXPECT_THAT(*mended, HasSubstr(R"({"type":"text","text":"a"})"));
  EXPECT_THAT(*mended, HasSubstr(R"(\"text\":7)"));
  EXPECT_THAT(*mended, HasSubstr("loose"));
  EXPECT_TRUE(check_content(parse(*mended).root(), EmptyText::refused));
  for (const char* text : {"", "no JSON", "[{\"type\":\"text\"", "{}", "\xff\xfe"}) {
    const auto wrapped = entry::mended_content(text, EmptyText::refused);
    ASSERT_TRUE(wrapped) << text;
    EXPECT_TRUE(check_content(parse(*wrapped).root(), EmptyText::refused)) << *wrapped;
  }
  const std::string large =
      R"([{"type":"text","text":")" + std::string(limits::content_bytes_max, 'x') + R"("}])";
  EXPECT_EQ(entry::mended_content(large, EmptyText::refused), std::nullopt);
}

TEST(EntryOfContent, IsNoDeeperThanAPushCanCarry) {
  const auto nested = [](int levels) {
    return R"([{"type":"x","y":)" + std::string(static_cast<std::size_t>(levels), '[') +
           std::string(static_cast<std::size_t>(levels), ']') + "}]";
  };
  EXPECT_TRUE(check_content(parse(nested(limits::value_depth_max - 2)).root(), EmptyText::refused));
  const auto refused =
      check_content(parse(nested(limits::value_depth_max - 1)).root(), EmptyText::refused);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::json_too_deep);
}

// Every content of a split, checked as what enters is.
std::vector<std::string> split(const std::string& text) {
  auto contents = entry::split_content(text, EmptyText::refused);
  for (const std::string& content : contents) {
    const auto document = json::Document::parse(content, json::Mode::strict);
    EXPECT_TRUE(document && check_content(document->root(), EmptyText::refused));
  }
  return contents;
}

TEST(EntryOfALargeContent, IsThatOfSeveralMessagesAndLosesNothing) {
  const std::string small = R"([{"type":"text","text":"x"}])";
  EXPECT_THAT(split(small), ElementsAre(small));
  // Blocks stay whole where they fit.
  const std::string block = R"({"type":"text","text":")" + std::string(1'500'000, 'a') + R"("})";
  std::string list = "[" + block;
  for (int i = 1; i < 5; ++i) list.append(",").append(block);
  const auto packed = split(list + "]");
  ASSERT_EQ(packed.size(), 3U);
  EXPECT_THAT(packed[0], HasSubstr("threadkeep/continued"));
  EXPECT_EQ(packed[1], "[" + block + "," + block + "]");
  EXPECT_EQ(packed[2], "[" + block + "]");
  // More blocks than a content may have.
  list = "[" + small.substr(1, small.size() - 2);
  for (std::size_t i = 0; i < limits::content_blocks_max; ++i)
    list.append(",").append(small.substr(1, small.size() - 2));
  EXPECT_EQ(split(list + "]").size(), 2U);
}

TEST(EntryOfALargeContent, CutsATextBetweenTwoCodePoints) {
  std::string text;
  while (text.size() < 2'500'000) text += "\xF0\x9F\x98\x80\x01\"";
  std::string content;
  json::Writer(content)
      .begin_array()
      .begin_object()
      .member("type", "reasoning")
      .member("text", text)
      .end_object()
      .end_array();
  std::string joined;
  for (const std::string& part : split(content)) {
    const auto document = parse(part);
    for (const json::Value block : document.root().items()) joined += block["text"].string();
  }
  EXPECT_EQ(joined, text);
}

TEST(EntryOfALargeContent, KeepsTheSourceOfWhatCannotBeCut) {
  for (const std::string& whole :
       {R"([{"type":"tool_use","id":"1","name":"n","input":{"a":")" + std::string(4'400'000, 'b') +
            R"("}}])",
        "no JSON " + std::string(4'400'000, '{'), std::string(4'400'000, '\xFF')}) {
    std::string joined;
    const auto contents = split(whole);
    EXPECT_GT(contents.size(), 1U);
    for (const std::string& part : contents) {
      const auto document = parse(part);
      for (const json::Value block : document.root().items())
        if (block["type"].string() == "threadkeep/unreadable") joined += block["content"].string();
    }
    if (whole.front() == '[')
      EXPECT_EQ("[" + joined + "]", whole);
    else if (whole.front() == 'n')
      EXPECT_EQ(joined, whole);
    else
      EXPECT_EQ(joined.size(), 3 * whole.size()) << "each byte became a replacement character";
  }
}

}  // namespace
}  // namespace threadkeep
