// The summary with which an answer begins is no word of it: whichever protocol is spoken.
#include <gtest/gtest.h>

#include "llm/anthropic_messages/messages_request.h"
#include "llm/builtin/dialogue.h"
#include "llm/gemini/gemini_request.h"
#include "llm/openai_chat/chat_request.h"
#include "llm/openai_responses/responses_request.h"

namespace threadkeep::llm {
namespace {

Request request_with(const std::string& summary) {
  Request request;
  request.model = "m";
  request.turns = {{Role::user, R"([{"type":"text","text":"One?"}])"},
                   {Role::assistant, "[" + summary + R"({"type":"text","text":"One."}])"},
                   {Role::user, R"([{"type":"text","text":"Two?"}])"}};
  return request;
}

TEST(ContextSummaryBlocks, AreNotSent) {
  const Request without = request_with("");
  const Request with = request_with(
      R"({"type":"context_summary","text":"A secret.","from":"a","through":"b","messages":2,"model":"m"},)");
  ToolNames names(std::vector<Tool>{});
  EXPECT_EQ(chat_request_body(with, {}, names), chat_request_body(without, {}, names));
  EXPECT_EQ(messages_request_body(with, names), messages_request_body(without, names));
  EXPECT_EQ(gemini_request_body(with, names), gemini_request_body(without, names));
  EXPECT_EQ(responses_request_body(with, {}, names), responses_request_body(without, {}, names));
  EXPECT_EQ(read_dialogue(with).said, read_dialogue(without).said);
  EXPECT_EQ(read_dialogue(with).words, read_dialogue(without).words);
}

}  // namespace
}  // namespace threadkeep::llm
