#include "llm/anthropic_messages/messages_parser.h"

#include <gtest/gtest.h>

#include "llm/heard.h"

namespace threadkeep::llm {
namespace {

std::string event(const std::string& data) { return "event: any\ndata: " + data + "\n\n"; }
std::string start(const std::string& block) {
  return event(R"({"type":"content_block_start","index":0,"content_block":)" + block + "}");
}
std::string delta(const std::string& piece) {
  return event(R"({"type":"content_block_delta","index":0,"delta":)" + piece + "}");
}
const std::string stop = event(R"({"type":"content_block_stop","index":0})");
const std::string begin =
    event(R"({"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1}}})");
const std::string message_stop = event(R"({"type":"message_stop"})");
std::string ended(const std::string& reason) {
  return event(R"({"type":"message_delta","delta":{"stop_reason":")" + reason +
               R"("},"usage":{"output_tokens":9}})") +
         message_stop;
}
const std::string text =
    start(R"({"type":"text","text":""})") + delta(R"({"type":"text_delta","text":"Hello"})") + stop;

Heard hear(const std::string& wire, int status = 200, const Error* error = nullptr) {
  Heard heard;
  AnswerParserOptions options;
  options.asked = Asked{"The vendor", "a-model", "sk-secret-secret"};
  options.tool_id_prefix = "call_x_";
  options.tool_names = ToolNames({{"web.run", "", "{}"}});
  options.limits.document_bytes_max = 2'000;
  AnthropicMessagesParser parser(std::move(options), [&](const Event& one) { heard.add(one); });
  parser.head(status, {});
  parser.feed(wire);
  parser.finish(error);
  EXPECT_TRUE(heard.breaches.empty()) << heard.breaches.front();
  return heard;
}

TEST(Messages, EveryReasonToStopHasItsMeaning) {
  const std::vector<std::pair<std::string, Finished::Reason>> reasons = {
      {"end_turn", Finished::Reason::stop},
      {"stop_sequence", Finished::Reason::stop},
      {"max_tokens", Finished::Reason::length},
      {"model_context_window_exceeded", Finished::Reason::length},
      {"refusal", Finished::Reason::content_filter},
      {"pause_turn", Finished::Reason::other},
      {"of_next_year", Finished::Reason::other}};
  for (const auto& [name, reason] : reasons) {
    const Heard heard = hear(begin + text + ended(name));
    EXPECT_EQ(heard.finished, reason) << name;
    EXPECT_EQ(heard.text, "Hello");
  }
}

TEST(Messages, ThinkingEndsWithItsSignatureAlsoWithoutWords) {
  const Heard heard = hear(begin + start(R"({"type":"thinking","thinking":"","signature":""})") +
                           delta(R"({"type":"thinking_delta","thinking":"Hm. "})") +
                           delta(R"({"type":"thinking_delta","thinking":"Yes."})") +
                           delta(R"({"type":"signature_delta","signature":"ab"})") +
                           delta(R"({"type":"signature_delta","signature":"cd=="})") + stop +
                           start(R"({"type":"thinking","thinking":""})") +
                           delta(R"({"type":"signature_delta","signature":"ef"})") + stop +
                           start(R"({"type":"redacted_thinking","data":"secret"})") + stop + text +
                           ended("end_turn"));
  EXPECT_EQ(heard.reasoning, "Hm. Yes.");
  EXPECT_EQ(heard.signatures, (std::vector<std::string>{"anthropic:abcd==", "anthropic:ef",
                                                        "anthropic-redacted:secret"}));
  EXPECT_EQ(heard.text, "Hello");
}

TEST(Messages, InputOfToolsComesInPiecesOrAtOnceOrNotAtAll) {
  const Heard heard = hear(
      begin + start(R"({"type":"tool_use","id":"toolu_1","name":"web_run","input":{}})") +
      delta(R"({"type":"input_json_delta","partial_json":""})") +
      delta(R"({"type":"input_json_delta","partial_json":"{\"a\":"})") +
      delta(R"({"type":"input_json_delta","partial_json":"1}"})") + stop +
      start(R"({"type":"tool_use","id":"toolu_2","name":"clock","input":{"b":2}})") + stop +
      start(R"({"type":"tool_use","id":"","name":"clock","input":{}})") + stop + ended("tool_use"));
  EXPECT_EQ(heard.tools, (std::vector<HeardTool>{{"toolu_1", "web.run", R"({"a":1})", true},
                                                 {"toolu_2", "clock", R"({"b":2})", true},
                                                 {"call_x_3", "clock", "{}", true}}));
  EXPECT_EQ(heard.finished, Finished::Reason::tool_use);
}

TEST(Messages, WhatTheVendorDoesItselfIsNoToolOfOurs) {
  const Heard heard =
      hear(begin +
           start(R"({"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}})") +
           delta(R"({"type":"input_json_delta","partial_json":"{\"query\":1}"})") + stop +
           start(R"({"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[]})") +
           stop + start(R"({"type":"text","text":"Found"})") +
           delta(R"({"type":"citations_delta","citation":{"type":"web_search_result_location"}})") +
           stop + ended("end_turn"));
  EXPECT_TRUE(heard.tools.empty());
  EXPECT_EQ(heard.text, "Found");
}

TEST(Messages, UsageCountsWhatCameFromTheCacheAndIsTheLastOneTold) {
  const Heard heard = hear(
      event(
          R"({"type":"message_start","message":{"usage":{"input_tokens":5,"cache_read_input_tokens":70,"cache_creation_input_tokens":20,"output_tokens":1}}})") +
      text + ended("end_turn"));
  ASSERT_TRUE(heard.usage);
  EXPECT_EQ(heard.usage->input_tokens, 95);
  EXPECT_EQ(heard.usage->cached_input_tokens, 70);
  EXPECT_EQ(heard.usage->output_tokens, 9);
  const Heard absurd =
      hear(begin + text +
           event(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":)"
                 R"({"input_tokens":-4,"output_tokens":9000000000000000000}})") +
           message_stop);
  EXPECT_EQ(absurd.usage->input_tokens, 5);
  EXPECT_EQ(absurd.usage->output_tokens, 1);
}

TEST(Messages, ErrorsInTheStreamKeepWhatCame) {
  const Heard heard =
      hear(begin + start(R"({"type":"text","text":"Half"})") +
           event(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"));
  EXPECT_EQ(heard.text, "Half");
  ASSERT_TRUE(heard.failed);
  EXPECT_NE(heard.failed->find("Overloaded"), std::string::npos) << *heard.failed;
}

TEST(Messages, AnAnswerThatBreaksOffHasFailed) {
  for (const std::string& wire :
       {begin, begin + text, begin + start(R"({"type":"text","text":"H"})"),
        begin + start(R"({"type":"tool_use","id":"t","name":"clock","input":{}})") +
            delta(R"({"type":"input_json_delta","partial_json":"{\"a"})")}) {
    EXPECT_EQ(hear(wire).failure->kind, Failure::Kind::cut_off);
    const Error error{Errc::storage_unavailable, "reset"};
    EXPECT_EQ(hear(wire, 200, &error).failure->kind, Failure::Kind::network);
  }
  EXPECT_EQ(hear(begin + message_stop).failure->kind, Failure::Kind::cut_off);
  EXPECT_EQ(hear(begin + text + begin + text + ended("end_turn")).failure->kind,
            Failure::Kind::cut_off);
  // It had said why it stops.
  EXPECT_TRUE(
      hear(begin + text + event(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"}})"))
          .finished);
}

TEST(Messages, ADocumentInThePlaceOfAStreamIsRead) {
  const Heard heard = hear(
      R"({"type":"message","content":[{"type":"thinking","thinking":"Hm","signature":"s"},{"type":"text","text":"Hi"},)"
      R"({"type":"tool_use","id":"t","name":"clock","input":{"a":1}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":2}})");
  EXPECT_EQ(heard.blocks, "rtc");
  EXPECT_EQ(heard.tools.front().input, R"({"a":1})");
  EXPECT_EQ(heard.finished, Finished::Reason::tool_use);
  EXPECT_EQ(heard.usage->output_tokens, 2);
  EXPECT_TRUE(
      hear(R"({"type":"error","error":{"type":"invalid_request_error","message":"No."}})").failed);
  EXPECT_EQ(hear("<html>").failure->kind, Failure::Kind::malformed);
  EXPECT_EQ(hear("{" + std::string(3'000, ' ') + "}").failure->kind, Failure::Kind::malformed);
}

TEST(Messages, RefusalsSayWhatTheVendorSaid) {
  const Heard heard = hear(
      R"({"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}})",
      401);
  EXPECT_EQ(heard.failure->kind, Failure::Kind::auth);
  EXPECT_EQ(heard.failure->said, "invalid x-api-key");
  EXPECT_EQ(hear("", 529).failure->kind, Failure::Kind::overloaded);
}

TEST(Messages, TooManyToolsAreRefused) {
  std::string wire = begin;
  for (std::size_t i = 0; i <= tool_calls_max; ++i)
    wire += start(R"({"type":"tool_use","id":"","name":"clock","input":{}})") + stop;
  const Heard heard = hear(wire + ended("tool_use"));
  EXPECT_EQ(heard.tools.size(), tool_calls_max);
  EXPECT_EQ(heard.failure->kind, Failure::Kind::malformed);
}

}  // namespace
}  // namespace threadkeep::llm
