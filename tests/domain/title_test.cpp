#include "domain/title.h"

#include <gtest/gtest.h>

#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"

namespace threadkeep {
namespace {

std::vector<char32_t> code_points(std::string_view text) {
  std::vector<char32_t> all;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint next = code_point_at(text, at);
    EXPECT_TRUE(next.is_valid);
    all.push_back(next.value);
    at += next.length;
  }
  return all;
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

const std::string cut = "…";

TEST(TitleExcerpt, KeepsAShortText) {
  EXPECT_EQ(title_excerpt("Why is the sky blue?"), "Why is the sky blue?");
  EXPECT_EQ(title_excerpt("x"), "x");
  EXPECT_EQ(title_excerpt(std::string(57, 'x')), std::string(57, 'x'));
}

TEST(TitleExcerpt, FoldsWhiteSpace) {
  EXPECT_EQ(title_excerpt("  a \t b\r\n\r\nc\n"), "a b c");
  EXPECT_EQ(title_excerpt("a\u00A0\u2003b\u3000c\u2028d\u2029e\u0085f\vg\fh"), "a b c d e f g h");
  EXPECT_EQ(title_excerpt(std::string(1'000, '\n') + "late"), "late");
}

TEST(TitleExcerpt, CutsAtAWordBorderInTheLastThird) {
  //                       1234567890123456789012345678901234567890123456789012345678
  EXPECT_EQ(title_excerpt("Please explain how the borrow checker decides that this code is wrong"),
            "Please explain how the borrow checker decides that this" + cut);
  // Exactly 57 with the border behind them.
  EXPECT_EQ(title_excerpt(std::string(50, 'a') + " bbbbbb cc"),
            std::string(50, 'a') + " bbbbbb" + cut);
  // The border at 38 is the earliest that counts.
  EXPECT_EQ(title_excerpt(std::string(38, 'a') + " " + std::string(60, 'b')),
            std::string(38, 'a') + cut);
  EXPECT_EQ(title_excerpt(std::string(37, 'a') + " " + std::string(60, 'b')),
            std::string(37, 'a') + " " + std::string(19, 'b') + cut);
  // No space stands before the dots.
  EXPECT_EQ(title_excerpt(std::string(56, 'a') + " " + std::string(60, 'b')),
            std::string(56, 'a') + cut);
}

TEST(TitleExcerpt, CutsScriptsWithoutSpacesAtTheLimit) {
  EXPECT_EQ(title_excerpt(repeated("漢", 60)), repeated("漢", 57) + cut);
  EXPECT_EQ(title_excerpt(repeated("あ", 57)), repeated("あ", 57));
  EXPECT_EQ(title_excerpt(repeated("한", 58)), repeated("한", 57) + cut);
}

TEST(TitleExcerpt, LeavesFencesAndHeadingMarksOut) {
  EXPECT_EQ(title_excerpt("# A heading\nand text"), "A heading and text");
  EXPECT_EQ(title_excerpt("###### deep"), "deep");
  EXPECT_EQ(title_excerpt("####### seven are none"), "####### seven are none");
  EXPECT_EQ(title_excerpt("#hashtag stays"), "#hashtag stays");
  EXPECT_EQ(title_excerpt("#\nempty heading"), "empty heading");
  EXPECT_EQ(title_excerpt("C# and F#"), "C# and F#");
  EXPECT_EQ(title_excerpt("```cpp\nint main() {}\n```\nWhat is this?"),
            "int main() {} What is this?");
  EXPECT_EQ(title_excerpt("Fix it:\r\n~~~~ python\r\nprint(1)\r\n~~~~"), "Fix it: print(1)");
  EXPECT_EQ(title_excerpt("```print(1)``` in the line"), "```print(1)``` in the line");
  EXPECT_EQ(title_excerpt("  ```\n  x"), "x");
  EXPECT_EQ(title_excerpt("``two`` stay"), "``two`` stay");
}

TEST(TitleExcerpt, RemovesWhatHidesOrTurnsText) {
  EXPECT_EQ(title_excerpt("\u202Eevil\u202C \u2066iso\u2069 \u200Emark\u200F \u061Cend"),
            "evil iso mark end");
  EXPECT_EQ(title_excerpt("a\u200Bb\uFEFFc\u00ADd\u2060e"), "abcde");
  EXPECT_EQ(title_excerpt(std::string_view("a\x01\x1B[31mb\x7F\0c\xC2\x9B", 13)), "a[31mbc");
  // Tags hide instructions, except in the flags of regions.
  EXPECT_EQ(title_excerpt("hi\U000E0068\U000E0069"), "hi");
  const std::string scotland =
      "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F";
  EXPECT_EQ(title_excerpt(scotland + " wins"), scotland + " wins");
}

TEST(TitleExcerpt, IsEmptyWithoutVisibleCharacters) {
  for (const std::string_view text :
       {"", " ", "\n\t \r\n", "\u00A0\u3000", "\u200B\u200D\u200C\uFEFF", "\u202E\u202C",
        "\u0301\u0301", "\u3164\u3164", "\u2800", "```", "# ", "```js\n```", "\x01\x02",
        "\uFE0F"}) {
    EXPECT_EQ(title_excerpt(text), "") << testing::PrintToString(text);
  }
}

TEST(TitleExcerpt, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(title_excerpt("a\xFFz"), "a\uFFFDz");
  EXPECT_EQ(title_excerpt("cut \xE4\xB8"), "cut \uFFFD\uFFFD");
}

// What a reader takes for one character, and so must not be cut. Several code points each.
const std::string_view clusters[] = {
    "e\u0301",                                                     // a letter and a mark
    "a\u0301\u0302\u0303\u0304",                                   // and several
    "\u0E01\u0E33",                                                // Thai, a spacing vowel
    "\u0E19\u0E49\u0E33",                                          // Thai, tone and vowel
    "\u0915\u093F",                                                // Devanagari, a vowel sign
    "\u0BA8\u0BBF",                                                // Tamil
    "\u1100\u1161\u11A8",                                          // Hangul in parts
    "\u05D0\u05B8",                                                // Hebrew with a point
    "\u0628\u0651\u064E",                                          // Arabic with marks
    "\u845B\U000E0100",                                            // Han with a variation selector
    "\u2764\uFE0F",                                                // heart as emoji
    "1\uFE0F\u20E3",                                               // keycap
    "\U0001F44D\U0001F3FD",                                        // skin tone
    "\U0001F1E9\U0001F1EA",                                        // a flag of two letters
    "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466",  // a family
    "\U0001F3F3\uFE0F\u200D\U0001F308",                            // the rainbow flag
    "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F",  // England
};

TEST(TitleExcerpt, NeverCutsACluster) {
  for (const std::string_view cluster : clusters) {
    const std::size_t length = code_points(cluster).size();
    for (std::size_t lead = 40; lead <= 57; ++lead) {
      const std::string front(lead, 'x');
      const std::string kept = front + repeated(cluster, (57 - lead) / length);
      EXPECT_EQ(title_excerpt(front + repeated(cluster, 57)), kept + cut)
          << testing::PrintToString(cluster) << " behind " << lead;
    }
    // A whole title of them.
    const std::size_t fit = 57 / length;
    EXPECT_EQ(title_excerpt(repeated(cluster, 60)), repeated(cluster, fit) + cut)
        << testing::PrintToString(cluster);
  }
}

TEST(TitleExcerpt, FlagsAreNotPairedWrongly) {
  const std::string de = "\U0001F1E9\U0001F1EA";
  for (std::size_t lead = 50; lead < 57; ++lead) {
    const std::string title = title_excerpt(std::string(lead, 'x') + repeated(de, 20));
    EXPECT_EQ(title, std::string(lead, 'x') + repeated(de, (57 - lead) / 2) + cut);
  }
}

TEST(TitleExcerpt, AClusterLongerThanATitleIsCut) {
  const std::string stack = "a" + repeated("\u0301", 10'000);
  EXPECT_EQ(title_excerpt(stack), "a" + repeated("\u0301", 56) + cut);
  EXPECT_EQ(title_excerpt("ok " + stack), "ok" + cut);
}

TEST(TitleExcerpt, OfManyScripts) {
  for (const std::string_view text : {
           "Warum ist der Himmel blau?",
           "Почему небо голубое?",
           "Γιατί ο ουρανός είναι μπλε;",
           "为什么天空是蓝色的？",
           "空はなぜ青いのですか？",
           "하늘은 왜 파란가요?",
           "لماذا السماء زرقاء؟",
           "מדוע השמיים כחולים?",
           "आकाश नीला क्यों है?",
           "ทำไมท้องฟ้าถึงเป็นสีฟ้า",
           "ཨོཾ་མ་ཎི་པདྨེ་ཧཱུྃ",
           "می‌خواهم",
           "Tại sao bầu trời màu xanh?",
           "👩‍💻 code?",
       }) {
    EXPECT_EQ(title_excerpt(text), text);
  }
  const std::string persian = repeated("می‌خواهم ", 20);
  const std::string title = title_excerpt(persian);
  EXPECT_TRUE(persian.starts_with(title.substr(0, title.size() - cut.size())));
  EXPECT_TRUE(title.ends_with("م" + cut));
}

// Random mixtures: whatever comes in, a title keeps its promises.
TEST(TitleExcerpt, AlwaysKeepsItsPromises) {
  const std::string_view pieces[] = {
      " ",        "\n",     "a",          "Z",          "é",          "ß",
      "中",       "\u202E", "\u200D",     "\u0301",     "#",          "# ",
      "```",      "\uFEFF", "…",          "\t",         "\x07",       "\xFF",
      "\xE4\xB8", "word ",  "\U0001F600", "\U0001F1E9", "\U000E0067", "\U0001F3F4"};
  std::mt19937_64 random(14);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::uint64_t i = random() % 90; i > 0; --i) {
      const bool is_whole = random() % 2 == 0;
      text += is_whole ? clusters[random() % std::size(clusters)]
                       : pieces[random() % std::size(pieces)];
    }
    const std::string title = title_excerpt(text);
    ASSERT_EQ(find_invalid_utf8(title), std::string::npos);
    const std::vector<char32_t> all = code_points(title);
    ASSERT_LE(all.size(), 58U);
    const bool is_cut = all.size() == 58;
    ASSERT_TRUE(!is_cut || all.back() == U'…');
    ASSERT_EQ(title.find("  "), std::string::npos);
    if (!all.empty()) {
      ASSERT_NE(all.front(), U' ');
      ASSERT_NE(all.back(), U' ');
    }
    for (const char32_t c : all) {
      ASSERT_GE(c, 0x20U);
      ASSERT_FALSE((c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E ||
                   c == 0x200F)
          << title;
    }
  }
}

TEST(TitleExcerpt, DoesNotReadOnBehindItsEnd) {
  const std::clock_t begin = std::clock();
  const std::string text = repeated("word ", 800'000);
  for (int i = 0; i < 1'000; ++i)
    ASSERT_EQ(title_excerpt(text), repeated("word ", 10) + "word" + cut);
  EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, 2.0);
}

TEST(TitleOfModel, IsTheLineWithoutWhatStandsAroundIt) {
  for (const std::string_view said :
       {"How tea is made", "\"How tea is made\"", "**How tea is made**", "# How tea is made",
        "Title: How tea is made", "How tea is made.", "\n\n  “How tea is made”.\r\n",
        "Here is a title:\n\n**Title:** \"How tea is made\"", "```\nHow tea is made\n```",
        "How tea is made\n\nIt says what the conversation is about.", "> How  tea\tis made",
        "*\"How tea is made.\"*"})
    EXPECT_EQ(title_of_model(said), "How tea is made") << said;
}

TEST(TitleOfModel, KeepsWhatBelongsToIt) {
  for (const std::string_view said :
       {"Learning C#", "Brian's 'Tea'", "Wait for it...", "お茶の淹れ方", "Was „Tee“ heißt",
        "#tea on the web", "Why 3 > 2", "Title", "Tea: a history", "C"})
    EXPECT_EQ(title_of_model(said), said) << said;
  EXPECT_EQ(title_of_model("「お茶の淹れ方」。"), "お茶の淹れ方");
}

TEST(TitleOfModel, IsNothingWhenItIsSomethingElse) {
  for (const std::string& said :
       {std::string(), std::string("\n \n"), std::string("\"\""), std::string("```\n```"),
        std::string("Title:"), std::string("\xE2\x80\x8B"), std::string(91, 'x'),
        std::string("I am sorry, but I cannot find a title for what the two of you said here")})
    EXPECT_EQ(title_of_model(said), std::nullopt) << said;
}

}  // namespace
}  // namespace threadkeep
