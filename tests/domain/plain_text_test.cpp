#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/utf8.h"
#include "domain/content.h"

namespace threadkeep {
namespace {

constexpr std::size_t no_limit = 1U << 20;

TEST(PlainText, IsTheWordsOfTextAndTools) {
  const std::string_view content = R"([
    {"type":"text","text":"First.\nSecond \u00e9."},
    {"type":"reasoning","text":"secret thoughts"},
    {"type":"tool_use","id":"t1","name":"search","input":{"query":"weather","n":5,"where":["Paris",{"deep":"Lyon"}],"on":true}},
    {"type":"tool_result","toolUseId":"t1","content":"It rains."},
    {"type":"image","attachmentId":"a","name":"cat.png","mediaType":"image/png","size":1},
    {"type":"poll","text":"not known"},
    {"type":"text","text":"Last."}])";
  EXPECT_EQ(plain_text(content, no_limit),
            "First.\nSecond é.\nweather\nParis\nLyon\nIt rains.\nLast.");
}

TEST(PlainText, OfEachFormOfToolResult) {
  const auto of_result = [](std::string_view output) {
    return plain_text(
        R"([{"type":"tool_result","toolUseId":"t","content":)" + std::string(output) + "}]",
        no_limit);
  };
  EXPECT_EQ(of_result(R"("plain")"), "plain");
  EXPECT_EQ(of_result(R"([{"type":"text","text":"one"},{"type":"text","text":"two"}])"),
            "one\ntwo");
  EXPECT_EQ(of_result(R"([{"type":"search_result","title":"T","content":[{"x":"C"}]},"bare"])"),
            "T\nC\nbare");
  EXPECT_EQ(of_result(R"({"rows":["r1","r2"],"type":"table"})"), "r1\nr2\ntable");
  EXPECT_EQ(of_result("[]"), "");
}

TEST(PlainText, LeavesPicturesOut) {
  const std::string picture(3'000, 'A');
  const std::string spoken = "ABCDEFGHIJKLMNOPQRSTUVWXYZ are letters " + std::string(3'000, 'A');
  EXPECT_EQ(
      plain_text(
          R"([{"type":"tool_result","toolUseId":"t","content":[{"type":"image","source":{"data":")" +
              picture + R"("}},{"type":"text","text":"seen"},{"note":")" + spoken + R"("}]}])",
          no_limit),
      "seen\n" + spoken);
  // What a person wrote is taken as it is.
  EXPECT_EQ(plain_text(text_content(picture), no_limit), picture);
}

TEST(PlainText, StopsAtItsLimitWithoutCuttingACharacter) {
  const std::string content = R"([{"type":"text","text":"aé中😀"},{"type":"text","text":"b中"}])";
  const std::string whole = "aé中😀\nb中";
  ASSERT_EQ(plain_text(content, no_limit), whole);
  for (std::size_t limit = 0; limit <= whole.size() + 2; ++limit) {
    const std::string text = plain_text(content, limit);
    EXPECT_LE(text.size(), limit);
    EXPECT_TRUE(whole.starts_with(text)) << limit;
    EXPECT_EQ(find_invalid_utf8(text), std::string::npos) << limit;
    EXPECT_FALSE(text.ends_with('\n')) << limit;
    if (limit + 4 <= whole.size()) {
      EXPECT_GE(text.size() + 4, limit);  // no more than a character is lost
    }
  }
  EXPECT_EQ(plain_text(content, whole.size()), whole);
}

TEST(PlainText, NothingComesAfterWhatWasCut) {
  const std::string content = R"([{"type":"text","text":"abc中"},{"type":"text","text":"d"}])";
  EXPECT_EQ(plain_text(content, 5), "abc");
}

TEST(PlainText, OfAnythingElseIsEmpty) {
  for (const std::string_view content :
       {"", "{", "{}", "[1,\"x\",null]", "\"text\"", "[{\"type\":\"text\"}]",
        "[{\"type\":\"text\",\"text\":5}]", "[{\"text\":\"x\"}]", "\xff"}) {
    EXPECT_EQ(plain_text(content, no_limit), "") << content;
  }
}

}  // namespace
}  // namespace threadkeep
