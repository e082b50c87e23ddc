// What an operator says of the windows of models.
#include "llm/windows.h"

#include <gtest/gtest.h>

namespace threadkeep::llm {
namespace {

TEST(Windows, TheModelItselfGoesBeforeTheLongestBeginning) {
  const auto rules =
      parse_window_rules(" vllm/*=32768\tvllm/big*=65536 vllm/big-1=131072\n a=b/c=300 ").value();
  ASSERT_EQ(rules.size(), 4U);
  EXPECT_EQ(window_of(rules, "vllm/small"), 32'768);
  EXPECT_EQ(window_of(rules, "vllm/big-2"), 65'536);
  EXPECT_EQ(window_of(rules, "vllm/big-1"), 131'072);
  EXPECT_EQ(window_of(rules, "a=b/c"), 300);
  EXPECT_EQ(window_of(rules, "ollama/small"), std::nullopt);
  EXPECT_EQ(window_of({}, "vllm/small"), std::nullopt);
  EXPECT_TRUE(parse_window_rules("  ").value().empty());
}

TEST(Windows, WhatIsNoRuleIsRefusedWithASentence) {
  for (const char* text :
       {"ollama/llama3.2", "=8192", "a*b=8192", "a=", "a=8k", "a=-1", "a=255", "a=1000000001",
        "a=99999999999999999999", "a=8192 b", "a=300 a=400", "a = 8192"}) {
    const auto rules = parse_window_rules(text);
    ASSERT_FALSE(rules) << text;
    EXPECT_EQ(rules.error().code, Errc::invalid_field) << text;
    EXPECT_FALSE(rules.error().detail.empty()) << text;
  }
}

}  // namespace
}  // namespace threadkeep::llm
