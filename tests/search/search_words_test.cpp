// What words are, how they match, and what is shown of a text.
#include "search/search_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace threadkeep::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

bool finds(std::string_view query, std::string_view text) {
  return matches(parse_search_words(query), fold(text));
}

TEST(Fold, MakesCaseAndFormsEqual) {
  EXPECT_EQ(fold("Hello WORLD 1"), "hello world 1");
  EXPECT_EQ(fold("Straße"), "strasse");
  EXPECT_EQ(fold("ＡＢＣ"), "abc");
  EXPECT_EQ(fold("ﬁne"), "fine");
  EXPECT_EQ(fold("é"), fold("e\u0301"));
  EXPECT_EQ(fold("soft\u00adhyphen"), "softhyphen");
}

TEST(Fold, KeepsMarks) { EXPECT_NE(fold("é"), fold("e")); }

TEST(Fold, OfInvalidUtf8IsEmpty) {
  EXPECT_EQ(fold("ab\xff"), "");
  EXPECT_EQ(fold("\xed\xa0\x80"), "");
}

TEST(ParseQuery, SignsThatOnlyFrameWordsAreNone) {
  EXPECT_THAT(parse_search_words("What's \"this\" -not AND (x*)").words,
              ElementsAre("what", "s", "this", "not", "and", "x"));
  EXPECT_THAT(parse_search_words("  \t\n ").words, IsEmpty());
  EXPECT_THAT(parse_search_words("").words, IsEmpty());
  EXPECT_THAT(parse_search_words("\xff\xfe").words, IsEmpty());
}

TEST(ParseQuery, SignsAloneAreLookedFor) {
  EXPECT_THAT(parse_search_words("  \t\n%_'; ").words, ElementsAre("%_';"));
  EXPECT_THAT(parse_search_words("C++").words, ElementsAre("c", "++"));
}

TEST(Snippet, LiesAroundAWordThatIsFoundWithoutItsAccents) {
  const std::string text = std::string(500, 'a') + " über " + std::string(500, 'b');
  EXPECT_THAT(snippet(parse_search_words("uber"), text, 40), testing::HasSubstr("über"));
}

TEST(ParseQuery, LeavesOutRepeatsAndWhatIsTooMuch) {
  EXPECT_THAT(parse_search_words("a A ａ b").words, ElementsAre("a", "b"));
  EXPECT_THAT(parse_search_words("1 2 3 4 5 6 7 8 9 10").words, SizeIs(8));
}

TEST(ParseQuery, ARunOfAScriptWithoutSpacesIsOneWord) {
  EXPECT_THAT(parse_search_words("東京タワー").words, ElementsAre("東京タワー"));
  EXPECT_THAT(parse_search_words("Python入門 book").words, ElementsAre("python", "入門", "book"));
  EXPECT_THAT(parse_search_words("안녕 세계").words, ElementsAre("안녕", "세계"));
  EXPECT_THAT(parse_search_words("สวัสดี").words, SizeIs(1));
}

TEST(ParseQuery, MarksStayWithTheirLetters) {
  EXPECT_THAT(parse_search_words("नमस्ते").words, ElementsAre(fold("नमस्ते")));
}

TEST(Matches, EveryWordAnywhere) {
  EXPECT_TRUE(finds("tea green", "Green TEA"));
  EXPECT_TRUE(finds("ea", "tea"));
  EXPECT_TRUE(finds("京都", "東京都"));
  EXPECT_FALSE(finds("tea coffee", "green tea"));
  EXPECT_TRUE(finds("STRASSE", "Straße"));
}

TEST(Snippet, OfAShortTextIsTheTextOnOneLine) {
  EXPECT_EQ(snippet(parse_search_words("tea"), "Green\n\n  tea\tis\u00a0good ", 100),
            "Green tea is good");
}

TEST(Snippet, LiesAroundTheFirstMatch) {
  const std::string text = std::string(500, 'a') + " needle " + std::string(500, 'b');
  const std::string found = snippet(parse_search_words("needle"), text, 40);
  EXPECT_THAT(found, testing::HasSubstr("needle"));
  EXPECT_EQ(found.find("…"), 0U);
  EXPECT_EQ(found.rfind("…"), found.size() - std::string("…").size());
  EXPECT_LE(found.size(), 40 + 2 * std::string("…").size());
}

TEST(Snippet, IsCutOnlyWhereSomethingIsMissing) {
  const std::string text = "needle " + std::string(100, 'b');
  EXPECT_EQ(snippet(parse_search_words("needle"), text, 20),
            "needle " + std::string(13, 'b') + "…");
  const std::string end = std::string(100, 'b') + " needle";
  EXPECT_EQ(snippet(parse_search_words("needle"), end, 20), "…" + std::string(13, 'b') + " needle");
}

TEST(Snippet, CountsCharactersAndCutsNone) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "e\u0301";
  text += " 東京 ";
  for (int i = 0; i < 300; ++i) text += "ß";
  const std::string found = snippet(parse_search_words("東京"), text, 20);
  EXPECT_THAT(found, testing::HasSubstr("東京"));
  EXPECT_NE(fold(found), "");                      // still valid UTF-8
  EXPECT_EQ(found.find("…e\u0301"), 0U) << found;  // begins with a whole letter
}

TEST(Snippet, FindsItsPlaceBehindLettersThatFoldToMore) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "ﬃ ";
  text += "needle";
  EXPECT_THAT(snippet(parse_search_words("needle"), text, 30), testing::EndsWith("needle"));
}

}  // namespace
}  // namespace threadkeep::search
