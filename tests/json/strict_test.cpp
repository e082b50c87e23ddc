// What a client may not send, and where the answer says it went wrong.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/limits.h"
#include "json/json.h"

namespace threadkeep::json {
namespace {

using namespace std::string_view_literals;

struct BadText {
  std::string_view text;
  Errc code;
  std::size_t offset;
};

void expect_refused(const BadText& bad) {
  SCOPED_TRACE(testing::PrintToString(bad.text));
  const Result<Document> parsed = Document::parse(std::string(bad.text), Mode::strict);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, bad.code) << parsed.error().detail;
  const std::string place = " at byte " + std::to_string(bad.offset) + ".";
  EXPECT_TRUE(parsed.error().detail.ends_with(place)) << parsed.error().detail;
}

void expect_accepted(std::string_view text) {
  const Result<Document> parsed = Document::parse(std::string(text), Mode::strict);
  EXPECT_TRUE(parsed) << text << ": " << parsed.error().detail;
  if (!parsed) return;
  EXPECT_EQ(parsed->text(), text);
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

TEST(StrictJson, RefusesWhatIsNotExactlyOneValue) {
  const BadText bad[] = {
      {""sv, Errc::invalid_json, 0},
      {"   "sv, Errc::invalid_json, 3},
      {"\xEF\xBB\xBF{}"sv, Errc::invalid_json, 0},
      {"{} x"sv, Errc::invalid_json, 3},
      {"{}{}"sv, Errc::invalid_json, 2},
      {"{}\n{}"sv, Errc::invalid_json, 3},
      {"1 2"sv, Errc::invalid_json, 2},
      {"{}\0"sv, Errc::invalid_json, 2},
      {"\0"sv, Errc::invalid_json, 0},
      {"\"x\"\""sv, Errc::invalid_json, 3},
      {"{},"sv, Errc::invalid_json, 2},
      {"]"sv, Errc::invalid_json, 0},
      {"}"sv, Errc::invalid_json, 0},
      {","sv, Errc::invalid_json, 0},
      {":"sv, Errc::invalid_json, 0},
      {"\x0B{}"sv, Errc::invalid_json, 0},
      {"\xC2\xA0{}"sv, Errc::invalid_json, 0},
      {"{}\xE2\x80\xA8"sv, Errc::invalid_json, 2},
  };
  for (const BadText& text : bad) expect_refused(text);
}

TEST(StrictJson, RefusesWhatOnlyLooksLikeJson) {
  const BadText bad[] = {
      {"// no\n{}"sv, Errc::invalid_json, 0}, {"{}/* no */"sv, Errc::invalid_json, 2},
      {"{'a':1}"sv, Errc::invalid_json, 1},   {"{a:1}"sv, Errc::invalid_json, 1},
      {"{1:1}"sv, Errc::invalid_json, 1},     {"['a']"sv, Errc::invalid_json, 1},
      {"NaN"sv, Errc::invalid_json, 0},       {"[Infinity]"sv, Errc::invalid_json, 1},
      {"-Infinity"sv, Errc::invalid_json, 1}, {"undefined"sv, Errc::invalid_json, 0},
      {"True"sv, Errc::invalid_json, 0},      {"tru"sv, Errc::invalid_json, 3},
      {"trux"sv, Errc::invalid_json, 3},      {"truex"sv, Errc::invalid_json, 4},
      {"nulL"sv, Errc::invalid_json, 3},      {"[falsefalse]"sv, Errc::invalid_json, 6},
  };
  for (const BadText& text : bad) expect_refused(text);
}

TEST(StrictJson, RefusesBrokenArraysAndObjects) {
  const BadText bad[] = {
      {"["sv, Errc::invalid_json, 1},
      {"{"sv, Errc::invalid_json, 1},
      {"[1"sv, Errc::invalid_json, 2},
      {"[1,"sv, Errc::invalid_json, 3},
      {"[1,]"sv, Errc::invalid_json, 3},
      {"[,1]"sv, Errc::invalid_json, 1},
      {"[1,,2]"sv, Errc::invalid_json, 3},
      {"[1 2]"sv, Errc::invalid_json, 3},
      {"[1:2]"sv, Errc::invalid_json, 2},
      {"[1}"sv, Errc::invalid_json, 2},
      {"{\"a\"}"sv, Errc::invalid_json, 4},
      {"{\"a\":}"sv, Errc::invalid_json, 5},
      {"{\"a\":1,}"sv, Errc::invalid_json, 7},
      {"{,\"a\":1}"sv, Errc::invalid_json, 1},
      {"{\"a\":1]"sv, Errc::invalid_json, 6},
      {"{\"a\" 1}"sv, Errc::invalid_json, 5},
      {"{\"a\":1 \"b\":2}"sv, Errc::invalid_json, 7},
      {"{\"a\":1"sv, Errc::invalid_json, 6},
      {"{\"a\""sv, Errc::invalid_json, 4},
      {"{\"a\":"sv, Errc::invalid_json, 5},
      {"{[]:1}"sv, Errc::invalid_json, 1},
      {"[[]"sv, Errc::invalid_json, 3},
  };
  for (const BadText& text : bad) expect_refused(text);
}

TEST(StrictJson, RefusesBrokenNumbers) {
  const BadText bad[] = {
      {"01"sv, Errc::invalid_json, 1},        {"-01"sv, Errc::invalid_json, 2},
      {"00"sv, Errc::invalid_json, 1},        {"1."sv, Errc::invalid_json, 2},
      {"[1.]"sv, Errc::invalid_json, 3},      {".5"sv, Errc::invalid_json, 0},
      {"1.e5"sv, Errc::invalid_json, 2},      {"1e"sv, Errc::invalid_json, 2},
      {"[1e+]"sv, Errc::invalid_json, 4},     {"1e5.5"sv, Errc::invalid_json, 3},
      {"+1"sv, Errc::invalid_json, 0},        {"-"sv, Errc::invalid_json, 1},
      {"--1"sv, Errc::invalid_json, 1},       {"0x10"sv, Errc::invalid_json, 1},
      {"1_000"sv, Errc::invalid_json, 1},     {"1,000"sv, Errc::invalid_json, 1},
      {"1.2.3"sv, Errc::invalid_json, 3},     {"- 1"sv, Errc::invalid_json, 1},
      {"1\xD9\xA1"sv, Errc::invalid_json, 1},
  };
  for (const BadText& text : bad) expect_refused(text);
}

TEST(StrictJson, RefusesBrokenStrings) {
  const BadText bad[] = {
      {"\""sv, Errc::invalid_json, 1},
      {"\"abc"sv, Errc::invalid_json, 4},
      {"\"\\"sv, Errc::invalid_json, 2},
      {"\"\\\""sv, Errc::invalid_json, 3},
      {"\"\\x41\""sv, Errc::invalid_json, 2},
      {"\"\\'\""sv, Errc::invalid_json, 2},
      {"\"\\\0\""sv, Errc::invalid_json, 2},
      {"\"\\u\""sv, Errc::invalid_json, 3},
      {"\"\\u12\""sv, Errc::invalid_json, 5},
      {"\"\\u12g4\""sv, Errc::invalid_json, 5},
      {"\"\\u00e"sv, Errc::invalid_json, 6},
      {"\"\\U0041\""sv, Errc::invalid_json, 2},
      {"\"a\nb\""sv, Errc::invalid_json, 2},
      {"\"a\tb\""sv, Errc::invalid_json, 2},
      {"\"12345678\x1F\""sv, Errc::invalid_json, 9},
      {"\"a\0b\""sv, Errc::invalid_json, 2},
      {"{\"a\rb\":1}"sv, Errc::invalid_json, 3},
      {"\"\\ud83d\\u12\""sv, Errc::invalid_json, 11},
  };
  for (const BadText& text : bad) expect_refused(text);
}

TEST(StrictJson, RefusesEachControlCharacterAtEachPlaceOfAString) {
  for (int control = 0; control < 0x20; ++control) {
    for (std::size_t place = 0; place < 20; ++place) {
      std::string text = "\"" + std::string(20, 'x') + "\"";
      text[place + 1] = static_cast<char>(control);
      expect_refused({text, Errc::invalid_json, place + 1});
    }
  }
}

TEST(StrictJson, RefusesKeysThatAreGivenTwice) {
  const BadText bad[] = {
      {R"({"role":"user","role":"admin"})", Errc::duplicate_key, 15},
      {R"({"role":"user","\u0072ole":"admin"})", Errc::duplicate_key, 15},
      {R"({"a\/b":1,"a/b":1})", Errc::duplicate_key, 10},
      {R"({"":1,"":1})", Errc::duplicate_key, 6},
      {R"({"é":1,"\u00e9":1})", Errc::duplicate_key, 8},
      {R"({"\ud83d\ude00":1,"😀":2})", Errc::duplicate_key, 18},
      {R"([{"x":{"a":1,"b":2,"a":3}}])", Errc::duplicate_key, 19},
      {R"({"a":{"b":1},"c":2,"a":[1]})", Errc::duplicate_key, 19},
      {R"({"x":1,"y":1,"y":2,"x":2})", Errc::duplicate_key, 13},  // the first that repeats
  };
  for (const BadText& text : bad) expect_refused(text);

  expect_accepted(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})");
  expect_accepted("{\"\u00e9\":1,\"e\u0301\":2}");  // composed and decomposed are different keys
  expect_accepted(R"({"a":1,"A":2,"a ":3,"":4})");
  expect_accepted(R"({"__proto__":1,"constructor":2,"toString":3})");
}

TEST(StrictJson, FindsTheOneRepeatedKeyAmongAnyNumber) {
  for (const std::size_t count : {2U, 3U, 11U, 12U, 13U, 14U, 40U, 1'000U}) {
    for (const std::size_t original : {std::size_t{0}, count / 2, count - 1}) {
      std::string text = "{";
      for (std::size_t i = 0; i < count; ++i) text += "\"key" + std::to_string(i) + "\":0,";
      const std::size_t offset = text.size();
      text += "\"k\\u0065y" + std::to_string(original) + "\":0}";
      expect_refused({text, Errc::duplicate_key, offset});
    }
  }
}

TEST(StrictJson, RefusesNumbersThatCannotBeKept) {
  const std::string long_integer(100'000, '7');
  const std::string long_fraction = "0." + std::string(100'000, '3');
  const BadText bad[] = {
      {"1e400"sv, Errc::number_out_of_range, 0},
      {"[-1e400]"sv, Errc::number_out_of_range, 1},
      {"1.8e308"sv, Errc::number_out_of_range, 0},
      {"-0"sv, Errc::number_out_of_range, 0},
      {"{\"a\":-0}"sv, Errc::number_out_of_range, 5},
      {"9223372036854775808"sv, Errc::number_out_of_range, 0},   // 2^63
      {"-9223372036854775809"sv, Errc::number_out_of_range, 0},  // -2^63 - 1
      {"18446744073709551616"sv, Errc::number_out_of_range, 0},  // 2^64
      {"1e-400"sv, Errc::number_out_of_range, 0},
      {"-0.0001e-330"sv, Errc::number_out_of_range, 0},
      {"2e-324"sv, Errc::number_out_of_range, 0},  // nearer to zero than to any double
      {"0.000000000000001e-309"sv, Errc::number_out_of_range, 0},
      {long_integer, Errc::number_out_of_range, 0},
      {long_fraction, Errc::number_out_of_range, 0},
      {"[1,2,1e999999999999999999999]"sv, Errc::number_out_of_range, 5},
  };
  for (const BadText& text : bad) expect_refused(text);

  for (const std::string_view text :
       {"0"sv, "-1"sv, "9007199254740993"sv, "9223372036854775807"sv, "-9223372036854775808"sv,
        "1.0"sv, "-0.0"sv, "0e5"sv, "0.000e-999"sv, "1E+2"sv, "1.7976931348623157e308"sv,
        "5e-324"sv, "2.2250738585072014e-308"sv}) {
    expect_accepted(text);
  }
  expect_accepted("0." + std::string(998, '3'));
  expect_refused({"0." + std::string(999, '3'), Errc::number_out_of_range, 0});
}

TEST(StrictJson, RefusesTextThatIsNotUtf8) {
  const BadText bad[] = {
      {"\xFF"sv, Errc::invalid_utf8, 0},
      {"\"\xC0\x80\""sv, Errc::invalid_utf8, 1},          // overlong
      {"\"\xE0\x80\x80\""sv, Errc::invalid_utf8, 1},      // overlong
      {"\"ab\xED\xA0\x80\""sv, Errc::invalid_utf8, 3},    // a surrogate
      {"\"\xE2\x82\""sv, Errc::invalid_utf8, 1},          // cut off
      {"\"\xE2\x82"sv, Errc::invalid_utf8, 1},            // cut off by the end
      {"\"\xF4\x90\x80\x80\""sv, Errc::invalid_utf8, 1},  // beyond U+10FFFF
      {"\"\x80\""sv, Errc::invalid_utf8, 1},
      {"\"\xF8\x88\x80\x80\x80\""sv, Errc::invalid_utf8, 1},
      {"{\"\xE9\":1}"sv, Errc::invalid_utf8, 2},  // Latin-1
      {"{\"\xC3\xA9\":1}\xC3"sv, Errc::invalid_utf8, 8},
      {"\xFF\xFE{\0}\0"sv, Errc::invalid_utf8, 0},  // UTF-16
  };
  for (const BadText& text : bad) expect_refused(text);
}

TEST(StrictJson, RefusesUnpairedSurrogates) {
  const BadText bad[] = {
      {R"("\ud800")", Errc::invalid_unicode, 1},
      {R"("ab\udc00\ud800")", Errc::invalid_unicode, 3},
      {R"("\ud83dx")", Errc::invalid_unicode, 1},
      {R"("\ud83d\n")", Errc::invalid_unicode, 1},
      {R"("\ud83d\u0041")", Errc::invalid_unicode, 1},
      {R"("\ud83d\ud83d\ude00")", Errc::invalid_unicode, 1},
      {R"("\ud83d\ude00\ude00")", Errc::invalid_unicode, 13},
      {R"({"\uDFFF":1})", Errc::invalid_unicode, 2},
  };
  for (const BadText& text : bad) expect_refused(text);
}

TEST(StrictJson, RefusesTheZeroCharacter) {
  expect_refused({R"("\u0000")", Errc::nul_not_allowed, 1});
  expect_refused({R"("before\u0000after")", Errc::nul_not_allowed, 7});
  expect_refused({R"({"\u0000":1})", Errc::nul_not_allowed, 2});
  expect_accepted(R"("\u0001\u001f\u007f\u0080\u2028\ufffe\uffff")");
  expect_accepted("\"\x7F\xC2\x80\xE2\x80\xA8\xE2\x80\xAE\xEF\xBF\xBE\xF3\xA0\x80\x81\"");
}

TEST(StrictJson, RefusesDeepNestingAtOnce) {
  constexpr std::size_t depth_max = limits::json_depth_max;
  const std::string object = R"({"a":)";
  expect_accepted(repeated("[", depth_max) + repeated("]", depth_max));
  expect_accepted(repeated(object, depth_max) + "1" + repeated("}", depth_max));
  expect_accepted("[" + repeated("[],", 1'000) + "{}]");

  expect_refused({repeated("[", depth_max + 1) + repeated("]", depth_max + 1), Errc::json_too_deep,
                  depth_max});
  expect_refused({repeated(object, depth_max + 1) + "1" + repeated("}", depth_max + 1),
                  Errc::json_too_deep, depth_max * object.size()});
  expect_refused({std::string(100'000, '['), Errc::json_too_deep, depth_max});
  expect_refused({repeated(object, 100'000), Errc::json_too_deep, depth_max * object.size()});
}

TEST(StrictJson, AcceptsEveryKindAndWhiteSpaceAround) {
  for (const std::string_view text :
       {"null"sv, "true"sv, "false"sv, "0"sv, "\"\""sv, "[]"sv, "{}"sv, " \t\r\n[ \n1 ,\t2\r] "sv,
        "{ \"a\" : [ ] , \"b\" : { } }"sv, R"("\"\\\/\b\f\n\r\t\u00e9\uD83D\ude00")"sv}) {
    expect_accepted(text);
  }
}

TEST(StrictJson, NeverEchoesItsInput) {
  for (const std::string_view text :
       {"{\"secret\":secret}"sv, "{\"secret\":1,\"secret\":2}"sv, "\"secret"sv, "[123456e999]"sv}) {
    const Result<Document> parsed = Document::parse(std::string(text), Mode::strict);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().detail.find("secret"), std::string::npos);
    EXPECT_EQ(parsed.error().detail.find("123456"), std::string::npos);
  }
}

}  // namespace
}  // namespace threadkeep::json
