#include "json/value_splitter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace threadkeep::json {
namespace {

// "e:" before an element, "d:" before a document, and the failure at the end.
std::vector<std::string> split(const std::vector<std::string_view>& pieces,
                               std::size_t value_bytes_max = 1'000) {
  std::vector<std::string> found;
  ValueSplitter splitter(value_bytes_max, "list", [&](std::string text, auto origin) {
    found.push_back((origin == ValueSplitter::Origin::element ? "e:" : "d:") + text);
    return Result<void>();
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
  for (const std::string_view text : {R"({"list":[123456789012]})", R"({"a":"12345678"})"}) {
    const Found found = split({text}, 11);
    EXPECT_NE(found.back().find("is longer than 11 bytes"), std::string::npos) << found.back();
  }
}

TEST(ValueSplitter, AFailureOfTheReceiverStopsItForGood) {
  int handed_over = 0;
  ValueSplitter splitter(100, "list", [&](const std::string&, auto) -> Result<void> {
    ++handed_over;
    return fail(Errc::storage_full, "full");
  });
  EXPECT_EQ(splitter.feed("{\"list\":[1,2]}").error().code, Errc::storage_full);
  EXPECT_EQ(splitter.feed("{}").error().code, Errc::storage_full);
  EXPECT_EQ(splitter.finish().error().code, Errc::storage_full);
  EXPECT_EQ(handed_over, 1);
}

}  // namespace
}  // namespace threadkeep::json
