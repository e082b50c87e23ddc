#include "json/array_splitter.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <string>
#include <vector>

#include "json/json.h"
#include "json/random_json.h"

namespace threadkeep::json {
namespace {

struct Split {
  std::vector<std::string> elements;
  std::optional<Error> failure;
  friend bool operator==(const Split& a, const Split& b) {
    if (a.failure.has_value() != b.failure.has_value() || a.elements != b.elements) return false;
    return !a.failure ||
           (a.failure->code == b.failure->code && a.failure->detail == b.failure->detail);
  }
};

std::string description(const Split& split) {
  std::string text;
  for (const std::string& element : split.elements) text += "<" + element + ">";
  return text + (split.failure ? split.failure->detail : "");
}

Split split(const std::vector<std::string_view>& pieces, std::size_t element_bytes_max = 1'000) {
  Split result;
  ArraySplitter splitter(element_bytes_max, [&](std::string element) -> Result<void> {
    result.elements.push_back(std::move(element));
    return {};
  });
  for (const std::string_view piece : pieces) {
    if (auto fed = splitter.feed(piece); !fed) {
      result.failure = fed.error();
      return result;
    }
  }
  if (auto finished = splitter.finish(); !finished) result.failure = finished.error();
  return result;
}

std::vector<std::string> elements_of(std::string_view text) {
  const Split result = split({text});
  EXPECT_FALSE(result.failure) << result.failure->detail;
  return result.elements;
}

using Elements = std::vector<std::string>;

TEST(ArraySplitter, HandsOverEachElement) {
  EXPECT_EQ(elements_of("[]"), Elements{});
  EXPECT_EQ(elements_of(" \n[ \t] \r\n"), Elements{});
  EXPECT_EQ(elements_of("[1]"), Elements{"1"});
  EXPECT_EQ(elements_of(" [ 1 , \"a\" ,\n{ \"b\" : [ 1, 2 ] } , [ ] ] "),
            (Elements{"1", "\"a\"", "{ \"b\" : [ 1, 2 ] }", "[ ]"}));
  EXPECT_EQ(elements_of("[[[[]]],{\"a\":{\"b\":{}}}]"), (Elements{"[[[]]]", "{\"a\":{\"b\":{}}}"}));
}

TEST(ArraySplitter, IsNotFooledByStrings) {
  EXPECT_EQ(elements_of(R"(["]",",","\"]","\\","\\\",[{","}"])"),
            (Elements{R"("]")", R"(",")", R"("\"]")", R"("\\")", R"("\\\",[{")", R"("}")"}));
  EXPECT_EQ(elements_of(R"([{"a,]}":"[{\\\\\""}])"), Elements{R"({"a,]}":"[{\\\\\""})"});
}

TEST(ArraySplitter, HandsOverWhatIsNoArrayAsOneElement) {
  EXPECT_EQ(elements_of(" {\"a\":[1,2]} \n"), Elements{"{\"a\":[1,2]}"});
  EXPECT_EQ(elements_of("\"a,b]\""), Elements{"\"a,b]\""});
  EXPECT_EQ(elements_of("12"), Elements{"12"});
  EXPECT_EQ(elements_of("{} , [1]"), Elements{"{} , [1]"});  // whoever parses it will see
}

const std::string_view texts[] = {
    R"([])",
    R"( [ {"a":"x\"y\\"} , [1,[2]],"é😀\u00e9", -1.5e3 ,true , null ] )",
    R"({"not":["an","array\\"]} )",
    R"([1,])",
    R"([,1])",
    R"([1,,2])",
    R"([1}2])",
    R"([1])",
    R"([1]x)",
    R"([1][2])",
    R"([1)",
    R"([1,)",
    R"([{"a":1)",
    R"([{"a":"1]})",
    R"([ "ab\)",
    R"([)",
    R"()",
    R"(   )",
};

TEST(ArraySplitter, TheCutsOfThePiecesDoNotMatter) {
  for (const std::string_view text : texts) {
    const Split whole = split({text});
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      for (std::size_t second = cut; second <= text.size(); ++second) {
        const Split cut_up =
            split({text.substr(0, cut), text.substr(cut, second - cut), text.substr(second)});
        ASSERT_TRUE(cut_up == whole) << text << " at " << cut << ", " << second << "\n"
                                     << description(cut_up) << "\n"
                                     << description(whole);
      }
    }
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
    ASSERT_TRUE(split(bytes) == whole) << text << " byte by byte";
  }
}

TEST(ArraySplitter, RefusesWhatCannotBeInsideAnArray) {
  struct BadText {
    std::string_view text;
    std::size_t handed_over;
    std::string_view place;
  };
  const BadText bad[] = {
      {"", 0, "byte 0."},           {"  ", 0, "byte 2."},      {"[", 0, "byte 1."},
      {"[1,", 1, "byte 3."},        {"[1,]", 1, "byte 3."},    {"[,1]", 0, "byte 1."},
      {"[1,,2]", 1, "byte 3."},     {"[1,2}", 1, "byte 4."},   {"[}", 0, "byte 1."},
      {"[1]]", 1, "byte 3."},       {"[1],[2]", 1, "byte 3."}, {"[\"a", 0, "byte 3."},
      {"[1,{\"a\":", 1, "byte 8."},
  };
  for (const BadText& text : bad) {
    const Split result = split({text.text});
    ASSERT_TRUE(result.failure) << text.text;
    EXPECT_EQ(result.failure->code, Errc::invalid_json) << text.text;
    EXPECT_TRUE(result.failure->detail.ends_with(text.place))
        << text.text << ": " << result.failure->detail;
    EXPECT_EQ(result.elements.size(), text.handed_over) << text.text;
  }
}

TEST(ArraySplitter, RefusesAnElementThatIsTooLong) {
  EXPECT_FALSE(split({"[12345,12345]"}, 5).failure);
  EXPECT_FALSE(split({"12345"}, 5).failure);
  for (const std::string_view text :
       {"[1,123456,7]", "[1,\"12345\",7]", "[1,123456", "[1,[[[[[[[["}) {
    const Split result = split({text}, 5);
    ASSERT_TRUE(result.failure) << text;
    EXPECT_EQ(result.failure->code, Errc::too_large);
    EXPECT_EQ(result.elements, Elements{"1"});
  }
  EXPECT_EQ(split({"{\"a\":1}"}, 5).failure->code, Errc::too_large);
}

TEST(ArraySplitter, CountsTheBytesOfAllPieces) {
  EXPECT_FALSE(split({"[123", "45", ",", "1", "2345]"}, 5).failure);
  EXPECT_TRUE(split({"[123", "45", "6", "]"}, 5).failure);
  EXPECT_TRUE(split({"{\"a", "\":1}"}, 5).failure);
}

TEST(ArraySplitter, AFailureOfTheReceiverStopsItForGood) {
  int received = 0;
  ArraySplitter splitter(100, [&](const std::string&) -> Result<void> {
    if (++received == 2) return fail(Errc::storage_full, "The disk is full.");
    return {};
  });
  for (int again = 0; again < 3; ++again) {
    const auto fed = splitter.feed("[1,2,3,4]");
    ASSERT_FALSE(fed);
    EXPECT_EQ(fed.error().code, Errc::storage_full);
  }
  EXPECT_EQ(splitter.finish().error().code, Errc::storage_full);
  EXPECT_EQ(received, 2);
}

TEST(ArraySplitter, AgreesWithTheReaderOnRandomArrays) {
  RandomJson random(10);
  int arrays = 0;
  for (int round = 0; round < 5'000; ++round) {
    const ExpectedText made = random.next();
    const Result<Document> parsed = Document::parse(made.text, Mode::strict);
    ASSERT_TRUE(parsed);
    Elements expected;
    if (parsed->root().is_array()) {
      ++arrays;
      for (const Value item : parsed->root().items()) expected.emplace_back(item.raw());
    } else {
      expected.emplace_back(parsed->root().raw());
    }
    const std::size_t half = made.text.size() / 2;
    const std::string_view text = made.text;
    const Split result = split({text.substr(0, half), text.substr(half)}, 1U << 20);
    ASSERT_FALSE(result.failure) << text << result.failure->detail;
    ASSERT_EQ(result.elements, expected) << text;
  }
  EXPECT_GT(arrays, 200);
}

// A stream of 40 MB made on the way, in pieces that fit nothing: memory stays at the size of an
// element.
TEST(ArraySplitter, NeedsTheMemoryOfOneElement) {
  constexpr std::size_t elements_max = 40'000;
  const std::string text(1'000, 'x');
  const auto element = [&](std::size_t i) {
    return "{\"n\":" + std::to_string(i) + ",\"text\":\"" + text + "]},[{\\\"\",\"deep\":[[{}]]}";
  };
  std::size_t received = 0;
  std::size_t bytes = 0;
  std::size_t memory_max = 0;
  const std::size_t memory_before = mallinfo2().uordblks;
  ArraySplitter splitter(2'000, [&](const std::string& got) -> Result<void> {
    EXPECT_EQ(got, element(received));
    ++received;
    memory_max = std::max(memory_max, mallinfo2().uordblks);
    return {};
  });
  std::string pending = "[";
  std::size_t piece = 1;
  const auto drain = [&](std::size_t keep) {
    while (pending.size() > keep) {
      piece = piece * 7 % 8'191 + 1;
      const std::string next = pending.substr(0, piece);
      pending.erase(0, piece);
      bytes += next.size();
      ASSERT_TRUE(splitter.feed(next));
    }
  };
  for (std::size_t i = 0; i < elements_max; ++i) {
    if (i > 0) pending += " ,\n";
    pending += element(i);
    drain(20'000);
  }
  pending += "]";
  drain(0);
  ASSERT_TRUE(splitter.finish());
  EXPECT_EQ(received, elements_max);
  EXPECT_GT(bytes, 40'000'000U);
  EXPECT_LT(memory_max, memory_before + 200'000);
}

}  // namespace
}  // namespace threadkeep::json
