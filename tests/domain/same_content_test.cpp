#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "domain/content.h"
#include "json/json.h"

namespace threadkeep {
namespace {

TEST(SameContent, DoesNotLookAtSpacingOrderAndEscapes) {
  const std::string_view content =
      R"([{"type":"text","text":"é\n😀/","meta":{"a":[1,{}],"b":null}},{"type":"x","n":1.50}])";
  for (
      const std::string_view same : {
          R"([{"type":"text","text":"é\n😀/","meta":{"a":[1,{}],"b":null}},{"type":"x","n":1.50}])",
          R"( [ { "type" : "text" , "text" : "é\n😀/" , "meta" : { "a" : [ 1 , { } ] , "b" : null } } , {"type":"x","n":1.50} ] )",
          R"([{"meta":{"b":null,"a":[1,{}]},"text":"\u00e9\u000a\ud83d\ude00\/","ty\u0070e":"text"},{"n":1.50,"type":"x"}])",
      }) {
    EXPECT_TRUE(same_content(content, same)) << same;
    EXPECT_TRUE(same_content(same, content)) << same;
  }
}

TEST(SameContent, SeesEveryOtherDifference) {
  const std::string_view content = R"([{"type":"text","text":"ab","n":1,"f":false,"l":[1,2]}])";
  for (const std::string_view other : {
           R"([{"type":"text","text":"aB","n":1,"f":false,"l":[1,2]}])",
           R"([{"type":"text","text":"ab","n":1.0,"f":false,"l":[1,2]}])",
           R"([{"type":"text","text":"ab","n":10,"f":false,"l":[1,2]}])",
           R"([{"type":"text","text":"ab","n":"1","f":false,"l":[1,2]}])",
           R"([{"type":"text","text":"ab","n":1,"f":true,"l":[1,2]}])",
           R"([{"type":"text","text":"ab","n":1,"f":null,"l":[1,2]}])",
           R"([{"type":"text","text":"ab","n":1,"f":false,"l":[2,1]}])",
           R"([{"type":"text","text":"ab","n":1,"f":false,"l":[1,2,3]}])",
           R"([{"type":"text","text":"ab","n":1,"f":false,"l":[1]}])",
           R"([{"type":"text","text":"ab","n":1,"f":false,"l":{}}])",
           R"([{"type":"text","text":"ab","n":1,"f":false}])",
           R"([{"type":"text","text":"ab","n":1,"f":false,"l":[1,2],"more":1}])",
           R"([{"type":"text","text":"ab","n":1,"f":false,"L":[1,2]}])",
           R"([{"type":"text","text":"ab","n":1,"f":false,"l":[1,2]},{"type":"x"}])",
           R"([])",
           R"({})",
           R"([{"type":"text","text":"ab)",
           "",
       }) {
    EXPECT_FALSE(same_content(content, other)) << other;
    EXPECT_FALSE(same_content(other, content)) << other;
  }
  // Composed and decomposed letters are different texts.
  EXPECT_FALSE(same_content("[{\"type\":\"\u00e9\"}]", "[{\"type\":\"e\u0301\"}]"));
  EXPECT_FALSE(same_content("[[],[[]]]", "[[[]],[]]"));
  EXPECT_FALSE(same_content(R"([{"type":"x","a":1}])", R"([{"type":"x","b":1}])"));
}

TEST(SameContent, WhatIsNoJsonIsTheSameOnlyByteForByte) {
  EXPECT_TRUE(same_content("[1", "[1"));
  EXPECT_FALSE(same_content("[1", "[1 "));
}

TEST(SameContent, FindsManyMembersInAnyOrder) {
  std::mt19937_64 random(13);
  std::vector<int> order(20'000);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  const auto write = [&](int changed) {
    std::string text = "[{\"type\":\"x\"";
    for (const int i : order)
      text += ",\"k" + std::to_string(i) + "\":" + std::to_string(i == changed ? -1 : i);
    return text + "}]";
  };
  const std::string first = write(-1);
  std::shuffle(order.begin(), order.end(), random);
  EXPECT_TRUE(same_content(first, write(-1)));
  EXPECT_FALSE(same_content(first, write(12'345)));
}

}  // namespace
}  // namespace threadkeep
