#include "llm/openai_responses/responses_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.h"
#include "llm/heard.h"

namespace threadkeep::llm {
namespace {

using testing::ElementsAre;

std::string event(const std::string& type, const std::string& rest) {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + rest + "}\n\n";
}
std::string at(int index) { return "\"output_index\":" + std::to_string(index); }
std::string added(int index, const std::string& item) {
  return event("response.output_item.added", at(index) + ",\"item\":" + item);
}
std::string done(int index, const std::string& item) {
  return event("response.output_item.done", at(index) + ",\"item\":" + item);
}
std::string delta(const std::string& what, int index, const std::string& words) {
  return event("response." + what + ".delta", at(index) + ",\"delta\":" + json::quoted(words));
}
std::string call(const std::string& id, const std::string& name, const std::string& input = "") {
  return R"({"type":"function_call","id":"fc","call_id":")" + id + R"(","name":")" + name +
         R"(","arguments":)" + json::quoted(input) + "}";
}
std::string message(const std::string& words) {
  return R"({"type":"message","content":[{"type":"output_text","text":)" + json::quoted(words) +
         "}]}";
}
std::string completed(const std::string& response = R"({"status":"completed","output":[]})") {
  return event("response.completed", "\"response\":" + response);
}
const std::string begin = event("response.created", R"("response":{"status":"in_progress"})");
const std::string hello = added(0, R"({"type":"message","content":[]})") +
                          delta("output_text", 0, "Hel") + delta("output_text", 0, "lo");

Heard hear(const std::string& wire, int status = 200, const Error* error = nullptr) {
  Heard heard;
  AnswerParserOptions options;
  options.asked = Asked{"The vendor", "a-model", "sk-secret-secret"};
  options.tool_id_prefix = "call_x_";
  options.tool_names = ToolNames({{"web.run", "", "{}"}});
  ResponsesParser parser(std::move(options), [&](const Event& one) { heard.add(one); });
  parser.head(status, {});
  parser.feed(wire);
  parser.finish(error);
  EXPECT_TRUE(heard.breaches.empty()) << heard.breaches.front();
  return heard;
}

TEST(Responses, SayTextUsageAndTheEnd) {
  const Heard heard =
      hear(begin + hello + done(0, message("Hello")) +
           completed(R"({"status":"completed","usage":{"input_tokens":20,)"
                     R"("input_tokens_details":{"cached_tokens":15},"output_tokens":7,)"
                     R"("output_tokens_details":{"reasoning_tokens":4}}})"));
  EXPECT_EQ(heard.text, "Hello");
  EXPECT_EQ(heard.finished, Finished::Reason::stop);
  ASSERT_TRUE(heard.usage);
  EXPECT_EQ(heard.usage->input_tokens, 20);
  EXPECT_EQ(heard.usage->cached_input_tokens, 15);
  EXPECT_EQ(heard.usage->output_tokens, 7);
  EXPECT_EQ(heard.usage->reasoning_tokens, 4);
}

TEST(Responses, EveryEndHasItsMeaning) {
  const auto end_of = [](const std::string& response) {
    return hear(begin + hello + event("response.incomplete", "\"response\":" + response));
  };
  const std::vector<std::pair<std::string, Finished::Reason>> reasons = {
      {"max_output_tokens", Finished::Reason::length},
      {"content_filter", Finished::Reason::content_filter},
      {"of_next_year", Finished::Reason::other}};
  for (const auto& [name, reason] : reasons) {
    const Heard heard =
        end_of(R"({"status":"incomplete","incomplete_details":{"reason":")" + name + "\"}}");
    EXPECT_EQ(heard.finished, reason) << name;
    EXPECT_EQ(heard.text, "Hello");
  }
}

TEST(Responses, FailuresAreToldWithTheWordsOfTheVendor) {
  const Heard failed = hear(
      begin + hello +
      event(
          "response.failed",
          R"("response":{"status":"failed","error":{"code":"server_error","message":"The model broke."}})"));
  EXPECT_EQ(failed.text, "Hello");
  ASSERT_TRUE(failed.failure);
  EXPECT_EQ(failed.failure->kind, Failure::Kind::overloaded);
  EXPECT_EQ(failed.failed, "The vendor reported an error: The model broke.");

  // The form that is documented, and the one that is sent.
  const Heard flat = hear(
      begin + event("error", R"("code":"rate_limit_exceeded","message":"Slow down","param":null)"));
  ASSERT_TRUE(flat.failure);
  EXPECT_EQ(flat.failure->kind, Failure::Kind::rate_limited);
  const Heard nested = hear(
      begin + event("error", R"("error":{"code":"insufficient_quota","message":"No credit"})"));
  EXPECT_EQ(nested.failure->kind, Failure::Kind::payment);

  EXPECT_EQ(
      hear(begin + hello + event("response.cancelled", R"("response":{"status":"cancelled"})"))
          .failed,
      "The vendor gave up in the middle of its answer.");
  EXPECT_EQ(hear(begin + hello).failure->kind, Failure::Kind::cut_off);
  EXPECT_EQ(hear(begin).failed, "The vendor sent an empty answer.");
}

TEST(Responses, ReasoningComesWithWhatTheVendorWantsBack) {
  const Heard heard = hear(
      begin +
      added(0, R"({"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"early"})") +
      event("response.reasoning_summary_text.delta",
            at(0) + R"(,"summary_index":0,"delta":"One")") +
      event("response.reasoning_summary_text.delta",
            at(0) + R"(,"summary_index":1,"delta":"Two")") +
      done(0, R"({"type":"reasoning","id":"rs_1","encrypted_content":"gAAA+/=",)"
              R"("summary":[{"text":"One"},{"text":"Two"}]})") +
      done(1, R"({"type":"reasoning","id":"rs_2","encrypted_content":"x","summary":[]})") +
      added(2, message("")) + delta("output_text", 2, "So.") + completed());
  EXPECT_EQ(heard.reasoning, "One\n\nTwo");
  EXPECT_THAT(heard.signatures,
              ElementsAre("openai-responses:rs_1 gAAA+/=", "openai-responses:rs_2 x"));
  EXPECT_EQ(heard.text, "So.");
  EXPECT_EQ(heard.blocks, "rt");
}

TEST(Responses, ReasoningThatIsShownInFullIsSaidOnce) {
  const Heard heard = hear(
      begin + delta("reasoning_text", 0, "Hm") +
      done(0, R"({"type":"reasoning","summary":[{"text":"Short"}],"content":[{"text":"Hm."}]})") +
      completed());
  EXPECT_EQ(heard.reasoning, "Hm.");
}

TEST(Responses, MessagesThatFollowEachOtherAreParagraphs) {
  const Heard heard =
      hear(begin + hello + done(0, message("Hello")) + added(1, R"({"type":"web_search_call"})") +
           done(1, R"({"type":"web_search_call"})") + done(2, message("World")) + completed());
  EXPECT_EQ(heard.text, "Hello\n\nWorld");
}

TEST(Responses, ARefusalIsSaid) {
  EXPECT_EQ(
      hear(begin + added(0, R"({"type":"message","content":[]})") +
           delta("refusal", 0, "I can't.") +
           done(0, R"({"type":"message","content":[{"type":"refusal","refusal":"I can't."}]})") +
           completed())
          .text,
      "I can't.");
}

TEST(Responses, CallsMayOverlap) {
  const Heard heard =
      hear(begin + added(0, call("c1", "web_run")) + added(1, call("c2", "clock")) +
           delta("function_call_arguments", 1, R"({"b":)") +
           delta("function_call_arguments", 0, R"({"a":1)") + added(2, message("")) +
           delta("output_text", 2, "Late") + delta("function_call_arguments", 0, "}") +
           done(1, call("c2", "clock", R"({"b":2})")) +
           done(0, call("c1", "web_run", R"({"a":1})")) + completed());
  EXPECT_THAT(heard.tools, ElementsAre(HeardTool{"c1", "web.run", R"({"a":1})", true},
                                       HeardTool{"c2", "clock", R"({"b":2})", true}));
  EXPECT_EQ(heard.text, "Late");
  EXPECT_EQ(heard.finished, Finished::Reason::tool_use);
}

TEST(Responses, CallsAreReadFromTheirEnd) {
  const Heard heard =
      hear(begin + done(0, call("c1", "clock")) + done(1, call("c1", "clock", "{}")) +
           delta("function_call_arguments", 2, R"({"x")") +
           done(2, call("", "clock", R"({"x":0})")) + completed());
  EXPECT_THAT(heard.tools, ElementsAre(HeardTool{"c1", "clock", "{}", true},
                                       HeardTool{"call_x_2", "clock", "{}", true},
                                       HeardTool{"call_x_3", "clock", R"({"x":0})", true}));
}

TEST(Responses, ACallIsNamedOrNoAnswer) {
  EXPECT_EQ(hear(begin + delta("function_call_arguments", 0, "{}") + completed()).failed,
            "The vendor called a tool without naming it.");
  std::string wire = begin;
  for (int i = 0; i < 257; ++i) wire += done(i, call("c" + std::to_string(i), "clock", "{}"));
  EXPECT_EQ(hear(wire).failed, "The vendor asked for more than 256 tools at once.");
}

TEST(Responses, ACallThatIsCutStaysOpen) {
  const Heard heard =
      hear(begin + added(0, call("c1", "clock")) + delta("function_call_arguments", 0, R"({"a")"));
  EXPECT_THAT(heard.tools, ElementsAre(HeardTool{"c1", "clock", R"({"a")", false}));
  EXPECT_TRUE(heard.failed);
}

TEST(Responses, WordsThatWaitedForACallAreSaidAlsoWhenItBreaksOff) {
  const Heard heard = hear(begin + added(0, call("c1", "clock")) + hello.substr(0, 0) +
                           added(1, message("")) + delta("output_text", 1, "Meanwhile"));
  EXPECT_EQ(heard.text, "Meanwhile");
  EXPECT_TRUE(heard.failed);
}

TEST(Responses, DeltasThatWereLostAreSaidAtTheEndOfTheirPart) {
  EXPECT_EQ(
      hear(begin + hello + event("response.output_text.done", at(0) + R"(,"text":"Hello, you")") +
           done(0, message("Hello, you.")) + completed())
          .text,
      "Hello, you.");
  // Halves of a character, of which one is lost.
  EXPECT_EQ(hear(begin + added(0, message("")) +
                 event("response.output_text.delta", at(0) + R"(,"delta":"A\ud83d")") +
                 event("response.output_text.done", at(0) + R"(,"text":"A😺")") + completed())
                .text,
            "A😺");
  EXPECT_EQ(
      hear(begin + completed(R"({"status":"completed","output":[)" + message("All") + "]}")).text,
      "All");
}

TEST(Responses, AreReadAsADocumentToo) {
  const Heard heard = hear(
      R"({"object":"response","status":"completed","error":null,"output":[{"type":"reasoning","id":"r","summary":[],"content":[{"type":"reasoning_text","text":"Hm"}]},)" +
      message("Yes") + "," + call("c", "clock", R"({"a":1})") +
      R"(],"usage":{"input_tokens":1,"output_tokens":2}})");
  EXPECT_EQ(heard.reasoning, "Hm");
  EXPECT_EQ(heard.text, "Yes");
  EXPECT_EQ(heard.tools.size(), 1U);
  EXPECT_EQ(heard.finished, Finished::Reason::tool_use);
  EXPECT_EQ(hear(R"({"error":{"message":"No","code":"rate_limit_exceeded"}})").failure->kind,
            Failure::Kind::rate_limited);
  EXPECT_EQ(hear(R"({"object":"response","status":"in_progress","output":[]})").failed,
            "The vendor sent an empty answer.");
}

TEST(Responses, AnEndMarkEndsWhatHasNoOtherEnd) {
  EXPECT_EQ(hear(begin + hello + "data: [DONE]\n\n").finished, Finished::Reason::stop);
  EXPECT_EQ(hear(begin + hello + completed() + "data: [DONE]\n\n").finished,
            Finished::Reason::stop);
}

TEST(Responses, PartsHaveALimit) {
  std::string wire = begin;
  for (int i = 0; i < 4'097; ++i) wire += added(i, R"({"type":"web_search_call"})");
  EXPECT_EQ(hear(wire).failed, "The vendor sent an answer of too many parts.");
}

}  // namespace
}  // namespace threadkeep::llm
