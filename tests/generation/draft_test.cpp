#include "generation/draft.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace threadkeep
