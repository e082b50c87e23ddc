#include "json/value_splitter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace threadkeep::json {
namespace {

// "e:" before an element, "d:" before a document, and the failure at the end.
std::vector<std::string> split(const std::vector<std::string_view>& pieces,
                               std::size_t value_bytes_max = 1'000, std::size_t marks_max = 1'000) {
  std::vector<std::string> found;
  const auto tell = [&found](const std::string& what, ValueSplitter::Origin origin) {
    found.push_back((origin == ValueSplitter::Origin::element ? "e:" : "d:") + what);
    return Result<void>();
  };
  ValueSplitter splitter(
      {value_bytes_max, marks_max}, "list",
      [&](const std::string& text, auto origin) { return tell(text, origin); },
      [&](std::string_view beginning, auto origin) {
        return tell("too long: " + std::string(beginning), origin);
      });
  Result<void> outcome;
  for (const std::string_view piece : pieces) {
    if (outcome) outcome = splitter.feed(piece);
  }
  if (outcome) outcome = splitter.finish();
  if (!outcome) found.push_back("failed: " + outcome.error().detail);
  return found;
}

using Found = std::vector<std::string>;

struct SplitCase {
  std::string_view text;
  Found found;
};

const SplitCase cases[] = {
    {R"([1, {"list":[2]} ,"]"])", {"e:1", R"(e:{"list":[2]})", R"(e:"]")"}},
    {R"({"a":{"list":[1]},"b":[2]})", {R"(d:{"a":{"list":[1]},"b":[2]})"}},
    {R"( {"a" : 1, "list" : [ {"x":"]}"} , [2] ] ,"b":"{" } )",
     {R"(e:{"x":"]}"})", "e:[2]", R"(d:{"a" : 1, "list" : [] ,"b":"{" })"}},
    {R"({"list":[]})", {R"(d:{"list":[]})"}},
    {R"({"list":{"a":[1]},"x":"list","y":[3]})", {R"(d:{"list":{"a":[1]},"x":"list","y":[3]})"}},
    {R"({"li\u0073t":[1]})", {R"(d:{"li\u0073t":[1]})"}},
    {"{\"a\":1}\n{\"b\":\"}\\\"\"}\n\n{}", {"d:{\"a\":1}", "d:{\"b\":\"}\\\"\"}", "d:{}"}},
    {R"("a,b")", {R"(d:"a,b")"}},
    {"", {"failed: The JSON ends too early at byte 0."}},
    {R"({"list":[1,2)", {"e:1", "failed: The JSON ends too early at byte 12."}},
    {R"({"list":[1],"a":)", {"e:1", "failed: The JSON ends too early at byte 16."}},
    {R"({"list":[1,]})", {"e:1", "failed: Expected an element of the array at byte 11."}},
    {"{} ,", {"d:{}", "failed: Nothing may follow the value at byte 3."}},
    {"[1] {}", {"e:1", "failed: Nothing may follow the array at byte 4."}},
};

TEST(ValueSplitter, HandsOverEachValueHoweverTheTextIsCut) {
  for (const SplitCase& tested : cases) {
    const std::string_view text = tested.text;
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      ASSERT_EQ(split({text.substr(0, cut), text.substr(cut)}), tested.found)
          << text << " at " << cut;
    }
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
    ASSERT_EQ(split(bytes), tested.found) << text;
  }
}

TEST(ValueSplitter, LimitsEachValueAndNotTheText) {
  EXPECT_EQ(split({R"({"list":[12345,12345,12345]})"}, 11).size(), 4U);
}

// It is passed over, however it is cut, and what comes after it is found.
TEST(ValueSplitter, AValueThatIsTooLongKeepsNoOtherOut) {
  struct Tested {
    std::string_view text;
    std::size_t bytes_max;
    std::size_t marks_max;
    Found found;
  };
  const Tested tested[] = {
      {R"([1,"12,]345678901",2])", 11, 99, {"e:1", R"(e:too long: "12,]345678901")", "e:2"}},
      {R"([[1,1,1],[1,[{},1]],[1]])", 99, 3, {"e:[1,1,1]", "e:too long: [1,[{},1]]", "e:[1]"}},
      {R"({"list":[1,123456789012,2]})",
       11,
       99,
       {"e:1", "e:too long: 123456789012", "e:2", R"(d:{"list":[]})"}},
      {"{\"a\":1}\n{\"b\":\"}1234567\"}\n{}",
       11,
       99,
       {"d:{\"a\":1}", "d:too long: {\"b\":\"}1234567\"}", "d:{}"}},
      {"{\"a\":[1,2,3,4]}\n{}", 99, 3, {"d:too long: {\"a\":[1,2,3,4]}", "d:{}"}},
  };
  for (const auto& [text, bytes_max, marks_max, wanted] : tested) {
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      Found found = split({text.substr(0, cut), text.substr(cut)}, bytes_max, marks_max);
      // What is kept of it depends on where it was cut.
      ASSERT_EQ(found.size(), wanted.size()) << text << " at " << cut;
      for (std::size_t i = 0; i < found.size(); ++i) {
        const std::size_t sure = wanted[i].find("too long") == std::string::npos
                                     ? wanted[i].size()
                                     : wanted[i].find(": ") + 2;
        ASSERT_EQ(found[i].substr(0, sure), wanted[i].substr(0, sure)) << text << " at " << cut;
      }
    }
  }
  const std::string flood = "[\"" + std::string(100'000, 'x') + "\"]";
  EXPECT_EQ(split({flood}, 1'000).front().size(),
            std::string_view("e:too long: ").size() + PassOver::beginning_bytes);
}

TEST(ValueSplitter, AFailureOfTheReceiverStopsItForGood) {
  int handed_over = 0;
  ValueSplitter splitter(
      {100, 100}, "list",
      [&](const std::string&, auto) -> Result<void> {
        ++handed_over;
        return fail(Errc::storage_full, "full");
      },
      [](std::string_view, auto) { return Result<void>(); });
  EXPECT_EQ(splitter.feed("{\"list\":[1,2]}").error().code, Errc::storage_full);
  EXPECT_EQ(splitter.feed("{}").error().code, Errc::storage_full);
  EXPECT_EQ(splitter.finish().error().code, Errc::storage_full);
  EXPECT_EQ(handed_over, 1);
}

}  // namespace
}  // namespace threadkeep::json
