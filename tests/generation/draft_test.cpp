#include "generation/draft.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "json/json.h"

namespace threadkeep {
namespace {

TEST(Draft, TextAfterTextGoesOnInTheSameBlock) {
  Draft draft;
  EXPECT_EQ(draft.add_text("Hel"), 0U);
  EXPECT_EQ(draft.add_text("lo"), 0U);
  EXPECT_EQ(draft.content(), R"([{"type":"text","text":"Hello"}])");
}

TEST(Draft, AnotherKindBeginsAnotherBlock) {
  Draft draft;
  draft.add_reasoning("hm");
  EXPECT_EQ(draft.add_text("yes"), 1U);
  EXPECT_EQ(draft.content(), R"([{"type":"reasoning","text":"hm"},{"type":"text","text":"yes"}])");
}

TEST(Draft, TextAfterAnEndedBlockIsANewOne) {
  Draft draft;
  draft.add_text("a");
  EXPECT_EQ(draft.end_block(), 0U);
  EXPECT_EQ(draft.end_block(), std::nullopt);
  EXPECT_EQ(draft.add_text("b"), 1U);
}

TEST(Draft, AToolUseIsOpenUntilItsResultIsThere) {
  Draft draft;
  draft.begin_tool_use("t1", "search_conversations");
  draft.add_tool_input(R"({"query":)");
  draft.add_tool_input(R"("rust"})");
  draft.end_block();
  ASSERT_EQ(draft.open_tool_uses().size(), 1U);
  EXPECT_EQ(draft.open_tool_uses()[0].input, R"({"query":"rust"})");
  draft.add_block(R"({"type":"tool_result","toolUseId":"t1","content":"none"})");
  EXPECT_TRUE(draft.open_tool_uses().empty());
  EXPECT_EQ(
      draft.content(),
      R"([{"type":"tool_use","id":"t1","name":"search_conversations","input":{"query":"rust"}},)"
      R"({"type":"tool_result","toolUseId":"t1","content":"none"}])");
}

TEST(Draft, AToolInputThatBrokeOffIsKeptAsText) {
  Draft draft;
  draft.begin_tool_use("t1", "x");
  draft.add_tool_input(R"({"query":"ru)");
  EXPECT_EQ(
      draft.content(),
      R"([{"type":"tool_use","id":"t1","name":"x","input":{"unreadable":"{\"query\":\"ru"}}])");
}

TEST(Draft, NulCannotBeStoredAndBecomesTheReplacementCharacter) {
  Draft draft;
  draft.add_text(std::string_view("a\0b", 3));
  EXPECT_EQ(draft.content(),
            "[{\"type\":\"text\",\"text\":\"a\xEF\xBF\xBD"
            "b\"}]");
}

TEST(Draft, ASignatureStandsInTheReasoningBlockAlsoWithoutWords) {
  Draft draft;
  draft.add_reasoning("hm");
  EXPECT_EQ(draft.sign_reasoning("c2ln"), 0U);
  draft.end_block();
  EXPECT_EQ(draft.sign_reasoning("b25seQ=="), 1U);
  EXPECT_EQ(
      draft.content(),
      R"([{"type":"reasoning","text":"hm","signature":"c2ln"},{"type":"reasoning","text":"","signature":"b25seQ=="}])");
}

TEST(Draft, OnlyTextThatGrowsCanHaveBeenReasoning) {
  Draft draft;
  EXPECT_FALSE(draft.text_was_reasoning());
  draft.add_text("hm");
  EXPECT_TRUE(draft.text_was_reasoning());
  draft.end_block();
  draft.add_text("yes");
  draft.end_block();
  EXPECT_FALSE(draft.text_was_reasoning());
  EXPECT_EQ(draft.content(), R"([{"type":"reasoning","text":"hm"},{"type":"text","text":"yes"}])");
}

TEST(Draft, EmptyTextLeavesNoBlockInTheContent) {
  Draft draft;
  draft.add_text("");
  EXPECT_EQ(draft.content(), "[]");
}

// What was stored of it stays as it is, whatever comes.
TEST(Draft, TheContentIsRenderedAsItGrowsAndIsWholeAtEveryMoment) {
  using Step = std::function<void(Draft&)>;
  const std::vector<Step> steps = {
      [](Draft& draft) { draft.add_text(""); },
      [](Draft& draft) { draft.add_reasoning("hm \"so\"\n"); },
      [](Draft& draft) { draft.add_reasoning("\xC3\xA4"); },
      [](Draft& draft) { draft.add_text("One "); },
      [](Draft& draft) { draft.add_text("two"); },
      [](Draft& draft) { draft.end_block(); },
      [](Draft& draft) { draft.begin_tool_use("t1", "search"); },
      [](Draft& draft) { draft.add_tool_input(R"({"query":)"); },
      [](Draft& draft) { draft.add_tool_input(R"("rust"})"); },
      [](Draft& draft) { draft.begin_tool_use("t2", "search"); },
      [](Draft& draft) { draft.add_tool_input("{"); },
      [](Draft& draft) {
        draft.add_block(R"({"type":"tool_result","toolUseId":"t1","content":1})");
      },
      [](Draft& draft) { draft.add_text("end"); },
      [](Draft& draft) { draft.sign_reasoning("c2ln"); },
  };
  Draft draft;
  std::string stored;
  for (const Step& step : steps) {
    step(draft);
    EXPECT_TRUE(draft.rendered().starts_with(stored));
    stored = draft.rendered();
    const std::string whole = stored + draft.closing();
    const auto parsed = json::Document::parse(whole, json::Mode::strict);
    ASSERT_TRUE(parsed) << whole;
    EXPECT_TRUE(parsed->root().is_array());
  }
  EXPECT_EQ(draft.content(),
            "[{\"type\":\"reasoning\",\"text\":\"hm \\\"so\\\"\\n\xC3\xA4\"},"
            R"({"type":"text","text":"One two"},)"
            R"({"type":"tool_use","id":"t1","name":"search","input":{"query":"rust"}},)"
            R"({"type":"tool_use","id":"t2","name":"search","input":{"unreadable":"{"}},)"
            R"({"type":"tool_result","toolUseId":"t1","content":1},{"type":"text","text":"end"},)"
            R"({"type":"reasoning","text":"","signature":"c2ln"}])");
  EXPECT_EQ(draft.block_json(1), "{\"type\":\"reasoning\",\"text\":\"hm \\\"so\\\"\\n\xC3\xA4\"}");
  EXPECT_EQ(draft.block_json(6), R"({"type":"text","text":"end"})");
  EXPECT_EQ(draft.open_tool_uses().size(), 1U);
}

TEST(Draft, ItSaysFromWhereOnItsRenderedContentIsAnother) {
  Draft draft;
  draft.add_text("first");
  draft.end_block();
  const std::size_t begin = draft.rendered().size() + 1;  // after the comma
  draft.add_text("hm");
  EXPECT_EQ(draft.take_rewritten_from(), std::nullopt);
  EXPECT_TRUE(draft.text_was_reasoning());
  EXPECT_EQ(draft.take_rewritten_from(), begin);
  EXPECT_EQ(draft.take_rewritten_from(), std::nullopt);
  EXPECT_EQ(draft.content(),
            R"([{"type":"text","text":"first"},{"type":"reasoning","text":"hm"}])");
}

}  // namespace
}  // namespace threadkeep
