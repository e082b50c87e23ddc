#include "generation/part_plan.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace threadkeep {
namespace {

// Parts as the store keeps them.
struct Rows {
  std::map<std::int64_t, std::string> parts;
  std::size_t written = 0;

  void write(const std::vector<AnswerPart>& step) {
    for (const AnswerPart& part : step) {
      parts[part.number] = part.text;
      written += part.text.size();
    }
  }
  std::string content(const std::string& closing) const {
    std::string all;
    for (const auto& [number, text] : parts) all += text;
    return all + closing;
  }
};

TEST(PartPlan, EachByteIsWrittenAboutOnce) {
  Draft draft;
  PartPlan plan(100);
  Rows rows;
  for (int i = 0; i < 1'000; ++i) {
    draft.add_text(std::string(120, 'a'));
    rows.write(plan.next(draft));
    plan.confirm();
    ASSERT_EQ(rows.content(draft.closing()), draft.content());
  }
  EXPECT_EQ(rows.parts.size(), 1'000U);
  EXPECT_LT(rows.written, draft.content().size() + 100);
}

TEST(PartPlan, APartIsWrittenAgainUntilItIsLongEnough) {
  Draft draft;
  PartPlan plan(100);
  Rows rows;
  for (int i = 0; i < 100; ++i) {
    draft.add_text("twenty characters...");
    rows.write(plan.next(draft));
    plan.confirm();
  }
  EXPECT_EQ(rows.content(draft.closing()), draft.content());
  EXPECT_LT(rows.parts.size(), 30U);
  for (const auto& [number, text] : rows.parts) EXPECT_LE(text.size(), 100U);
}

TEST(PartPlan, WhateverFailsAndIsRewrittenTheStoreHasItAfterTheNextCheckpoint) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto chance = [&](unsigned of) { return random() % of == 0; };
    Draft draft;
    PartPlan plan(seed % 3 == 0 ? 0 : seed % 60);
    Rows rows;
    for (int step = 0; step < 60; ++step) {
      if (chance(2)) draft.add_text(std::string(random() % 30, 't'));
      if (chance(6)) draft.add_reasoning(std::string(random() % 30, 'r'));
      if (chance(5)) draft.end_block();
      if (chance(9)) draft.begin_tool_use("id", "name");
      if (chance(5)) draft.add_tool_input("{\"a\":");
      if (chance(9)) draft.add_block(R"({"type":"source"})");
      if (chance(7)) draft.text_was_reasoning();
      if (chance(9)) draft.sign_reasoning("sig");
      const auto parts = plan.next(draft);
      ASSERT_FALSE(parts.empty());
      // A commit may happen without being known.
      const unsigned outcome = random() % 4;
      if (outcome == 0) continue;
      rows.write(parts);
      ASSERT_EQ(rows.content(draft.closing()), draft.content()) << seed << " " << step;
      if (outcome != 1) plan.confirm();
    }
  }
}

}  // namespace
}  // namespace threadkeep
