#include "domain/content.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/limits.h"

namespace threadkeep {
namespace {

Result<void> check(std::string_view content, EmptyText empty_text = EmptyText::refused) {
  const Result<json::Document> document =
      json::Document::parse(std::string(content), json::Mode::strict);
  EXPECT_TRUE(document) << content;
  return check_content(document->root(), empty_text);
}

TEST(Content, AcceptsTheBlocksOfTheDesign) {
  for (
      const std::string_view content : {
          R"([{"type":"text","text":"hello"}])",
          R"([{"text":" ","type":"text","citations":[{"url":"x"}]}])",
          R"([{"type":"reasoning","text":"hm"},{"type":"reasoning","text":"hm","signature":"c2ln"}])",
          R"([{"type":"reasoning","text":"","signature":"c2ln"}])",
          R"([{"type":"tool_use","id":"t1","name":"search","input":{}},{"type":"tool_use","id":"t2","name":"n","input":{"q":1}}])",
          R"([{"type":"tool_result","toolUseId":"t1","content":"found"}])",
          R"([{"type":"tool_result","toolUseId":"t1","content":"","isError":true}])",
          R"([{"type":"tool_result","toolUseId":"t1","content":[{"type":"text","text":"x"}],"isError":false}])",
          R"([{"type":"tool_result","toolUseId":"t1","content":{"rows":3}}])",
          R"([{"type":"image","attachmentId":"a","name":"","mediaType":"image/png","size":0}])",
          R"([{"type":"file","attachmentId":"a","name":"a.pdf","mediaType":"application/pdf","size":9007199254740993}])",
          R"([{"type":"source","url":"https://example.org"},{"type":"source","url":"u","title":""}])",
      }) {
    const Result<void> checked = check(content);
    EXPECT_TRUE(checked) << content << " " << checked.error().detail;
  }
}

TEST(Content, AcceptsAnyOtherTypeAsItIs) {
  for (const std::string_view content : {
           R"([{"type":"poll"}])",
           R"([{"type":"Text"}])",
           R"([{"type":"x-vendor.thing","text":5,"input":null,"deep":[[{}]]}])",
           R"([{"type":"🙂"}])",
       }) {
    EXPECT_TRUE(check(content)) << content;
  }
}

struct Refused {
  std::string_view content;
  std::string_view place;  // the detail begins with it
};

TEST(Content, RefusesBlocksWithoutTheirFieldsAndNamesThem) {
  const Refused refused[] = {
      {R"({})", "content must be an array"},
      {R"("text")", "content must be an array"},
      {R"(null)", "content must be an array"},
      {R"([])", "content must have"},
      {R"(["text"])", "content[0] must be an object"},
      {R"([{"type":"text","text":"x"},null])", "content[1] must be an object"},
      {R"([[]])", "content[0] must be an object"},
      {R"([{}])", "content[0].type "},
      {R"([{"type":""}])", "content[0].type "},
      {R"([{"type":1}])", "content[0].type "},
      {R"([{"type":"text"}])", "content[0].text "},
      {R"([{"type":"text","text":null}])", "content[0].text "},
      {R"([{"type":"text","text":["x"]}])", "content[0].text "},
      {R"([{"type":"text","text":"x"},{"type":"text","text":7}])", "content[1].text "},
      {R"([{"type":"text","text":""}])", "content[0].text "},
      {R"([{"type":"reasoning","text":""}])", "content[0].text "},
      {R"([{"type":"reasoning","signature":"s"}])", "content[0].text "},
      {R"([{"type":"reasoning","text":"x","signature":1}])", "content[0].signature "},
      {R"([{"type":"tool_use","name":"n","input":{}}])", "content[0].id "},
      {R"([{"type":"tool_use","id":"","name":"n","input":{}}])", "content[0].id "},
      {R"([{"type":"tool_use","id":"t","input":{}}])", "content[0].name "},
      {R"([{"type":"tool_use","id":"t","name":"n"}])", "content[0].input "},
      {R"([{"type":"tool_use","id":"t","name":"n","input":"{}"}])", "content[0].input "},
      {R"([{"type":"tool_use","id":"t","name":"n","input":[]}])", "content[0].input "},
      {R"([{"type":"tool_result","content":"x"}])", "content[0].toolUseId "},
      {R"([{"type":"tool_result","toolUseId":"t"}])", "content[0].content "},
      {R"([{"type":"tool_result","toolUseId":"t","content":null}])", "content[0].content "},
      {R"([{"type":"tool_result","toolUseId":"t","content":5}])", "content[0].content "},
      {R"([{"type":"tool_result","toolUseId":"t","content":"x","isError":"no"}])",
       "content[0].isError "},
      {R"([{"type":"image","name":"n","mediaType":"m","size":1}])", "content[0].attachmentId "},
      {R"([{"type":"image","attachmentId":"a","mediaType":"m","size":1}])", "content[0].name "},
      {R"([{"type":"file","attachmentId":"a","name":"n","size":1}])", "content[0].mediaType "},
      {R"([{"type":"file","attachmentId":"a","name":"n","mediaType":"m"}])", "content[0].size "},
      {R"([{"type":"file","attachmentId":"a","name":"n","mediaType":"m","size":-1}])",
       "content[0].size "},
      {R"([{"type":"file","attachmentId":"a","name":"n","mediaType":"m","size":1.0}])",
       "content[0].size "},
      {R"([{"type":"file","attachmentId":"a","name":"n","mediaType":"m","size":"1"}])",
       "content[0].size "},
      {R"([{"type":"source","title":"t"}])", "content[0].url "},
      {R"([{"type":"source","url":""}])", "content[0].url "},
      {R"([{"type":"source","url":"u","title":null}])", "content[0].title "},
  };
  for (const Refused& one : refused) {
    const Result<void> checked = check(one.content);
    ASSERT_FALSE(checked) << one.content;
    EXPECT_EQ(checked.error().code, Errc::invalid_field) << one.content;
    EXPECT_TRUE(checked.error().detail.starts_with(one.place)) << checked.error().detail;
    EXPECT_TRUE(checked.error().detail.ends_with(".")) << checked.error().detail;
  }
}

TEST(Content, MayBeEmptyWhileItIsBeingWritten) {
  EXPECT_TRUE(check("[]", EmptyText::allowed));
  EXPECT_TRUE(
      check(R"([{"type":"text","text":""},{"type":"reasoning","text":""}])", EmptyText::allowed));
  EXPECT_FALSE(check(R"([{"type":"text"}])", EmptyText::allowed));
  EXPECT_FALSE(check(R"([{"type":"tool_use","id":"","name":"n","input":{}}])", EmptyText::allowed));
}

TEST(Content, AnAbsentValueIsNoArray) {
  const Result<void> checked = check_content(json::Value(), EmptyText::allowed);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Errc::invalid_field);
}

std::string blocks(std::size_t count) {
  std::string content = "[";
  for (std::size_t i = 0; i < count; ++i) content += R"({"type":"x"},)";
  content.back() = ']';
  return content;
}

TEST(Content, HasAtMostSoManyBlocks) {
  EXPECT_TRUE(check(blocks(limits::content_blocks_max)));
  const Result<void> checked = check(blocks(limits::content_blocks_max + 1));
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Errc::too_large);
}

TEST(Content, HasAtMostSoManyBytes) {
  const std::size_t frame = text_content("").size();
  EXPECT_TRUE(check(text_content(std::string(limits::content_bytes_max - frame, 'x'))));
  const Result<void> checked =
      check(text_content(std::string(limits::content_bytes_max - frame + 1, 'x')));
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Errc::too_large);
}

TEST(Content, OfOneText) {
  EXPECT_EQ(text_content("a \"b\"\nü"), "[{\"type\":\"text\",\"text\":\"a \\\"b\\\"\\nü\"}]");
  EXPECT_TRUE(check(text_content("x")));
}

}  // namespace
}  // namespace threadkeep
