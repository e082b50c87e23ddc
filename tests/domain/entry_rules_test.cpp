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

}  // namespace
}  // namespace threadkeep
