// Summaries that answers begin with.
#include "domain/context_summary.h"

#include <gtest/gtest.h>

#include "domain/content.h"

namespace threadkeep {
namespace {

const MessageId one = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAA").value();
const MessageId two = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAB").value();
const ContextSummary summary{"They spoke of \"tea\".", one, two, 7, "vendor/m"};

Message answer(const std::string& content) {
  Message message;
  message.role = Role::assistant;
  message.content = content;
  return message;
}

TEST(ContextSummary, IsReadAsItWasWritten) {
  const std::string text = R"({"type":"text","text":"Yes."})";
  const std::string content = "[" + block_json(summary) + "," + text + "]";
  EXPECT_EQ(context_summary_of(answer(content)), summary);
  EXPECT_EQ(without_context_summaries(content), "[" + text + "]");
  EXPECT_EQ(plain_text(content, 1'000), "Yes.") << "its words are not the message's";
  const auto document = json::Document::parse(content, json::Mode::strict);
  EXPECT_TRUE(check_content(document->root(), EmptyText::refused));
}

TEST(ContextSummary, IsTakenOnlyFromTheBeginningOfAnAnswer) {
  const std::string block = block_json(summary);
  EXPECT_FALSE(context_summary_of(answer(R"([{"type":"text","text":"a"},)" + block + "]")));
  Message question = answer("[" + block + "]");
  question.role = Role::user;
  EXPECT_FALSE(context_summary_of(question));
  for (const char* content :
       {"[]", "context_summary", R"([{"type":"text","text":"context_summary"}])",
        R"([{"type":"context_summary","text":"a","from":"x","through":"y","messages":1}])",
        R"([{"type":"context_summary","text":"a"}])"}) {
    EXPECT_FALSE(context_summary_of(answer(content))) << content;
  }
}

TEST(ContextSummary, WhatHasNoneStaysByteForByte) {
  for (const char* content :
       {"[]", "no JSON, context_summary", R"([ {"text":"context_summary", "type":"text"} ])"}) {
    const std::string without = without_context_summaries(content);
    const auto was = json::Document::parse(content, json::Mode::foreign);
    EXPECT_TRUE(without == content || (was && same_content(without, content))) << content;
  }
}

TEST(ContextSummary, HasItsFieldsOrIsRefused) {
  for (
      const char* block :
      {R"({"type":"context_summary"})",
       R"({"type":"context_summary","text":"","from":"a","through":"b","messages":1,"model":"m"})",
       R"({"type":"context_summary","text":"t","from":1,"through":"b","messages":1,"model":"m"})",
       R"({"type":"context_summary","text":"t","from":"a","through":"b","messages":-1,"model":"m"})",
       R"({"type":"context_summary","text":"t","from":"a","through":"b","messages":1,"model":2})"}) {
    const std::string content = std::string("[") + block + "]";
    const auto document = json::Document::parse(content, json::Mode::strict);
    const auto checked = check_content(document->root(), EmptyText::refused);
    ASSERT_FALSE(checked) << block;
    EXPECT_EQ(checked.error().code, Errc::invalid_field);
    EXPECT_EQ(checked.error().detail.substr(0, 11), "content[0].") << checked.error().detail;
  }
}

}  // namespace
}  // namespace threadkeep
