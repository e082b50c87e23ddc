#include "domain/outcome.h"

#include <gtest/gtest.h>

namespace threadkeep {
namespace {

template <class Rule>
bool holds(Rule rule, const char* text) {
  const auto document = json::Document::parse(text, json::Mode::strict);
  EXPECT_TRUE(document) << text;
  return rule(document->root());
}

TEST(Usage, IsCountsAndNothingElse) {
  for (const char* text : {R"({"inputTokens":0,"outputTokens":2})",
                           R"({"inputTokens":9,"outputTokens":2,"cachedInputTokens":4})"})
    EXPECT_TRUE(holds(is_usage, text)) << text;
  for (const char* text :
       {"[]", "5", R"({"inputTokens":1,"outputTokens":-1})",
        R"({"inputTokens":1.5,"outputTokens":1})", R"({"inputTokens":"1","outputTokens":1})",
        R"({"inputTokens":1,"outputTokens":1,"more":{"a":1}})"})
    EXPECT_FALSE(holds(is_usage, text)) << text;
}

TEST(FailureNote, IsTwoTexts) {
  EXPECT_TRUE(holds(is_failure_note, R"({"type":"upstream","detail":"Broke off.","more":1})"));
  for (const char* text : {"{}", "[]", R"("x")", R"({"type":"x"})",
                           R"({"type":"x","detail":{"a":1}})", R"({"type":5,"detail":"x"})"})
    EXPECT_FALSE(holds(is_failure_note, text)) << text;
}

}  // namespace
}  // namespace threadkeep
