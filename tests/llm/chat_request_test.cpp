#include "llm/openai_chat/chat_request.h"

#include <gtest/gtest.h>

#include "json/json.h"

namespace threadkeep::llm {
namespace {

Vendor vendor() {
  Vendor vendor;
  vendor.name = "openai";
  vendor.label = "OpenAI";
  return vendor;
}

json::Document body_of(const Request& request, const Vendor& to = vendor()) {
  auto document = json::Document::parse(chat_request_body(request, to), json::Mode::strict);
  EXPECT_TRUE(document) << document.error().detail;
  return std::move(*document);
}

// The messages, one in each line: what a vendor sees of a conversation.
std::string messages_of(std::vector<Turn> turns, bool continues = false,
                        const Vendor& to = vendor()) {
  Request request;
  request.model = "m";
  request.turns = std::move(turns);
  request.continues = continues;
  const json::Document body = body_of(request, to);
  std::string lines;
  for (const json::Value message : body.root()["messages"].items())
    lines += std::string(message.raw()) + "\n";
  return lines;
}

Turn user(std::string_view text) {
  return {Role::user, "[{\"type\":\"text\",\"text\":" + json::quoted(text) + "}]"};
}
Turn assistant(std::string_view text) {
  return {Role::assistant, "[{\"type\":\"text\",\"text\":" + json::quoted(text) + "}]"};
}

constexpr const char* go_on =
    "{\"role\":\"user\",\"content\":\"Your last message was cut off. Go on with it exactly where "
    "it stops, in the middle of a word or a code block if need be. "
    "Do not repeat anything of it and do not comment on the interruption.\"}\n";

TEST(ChatRequest, StreamsWithUsage) {
  Request request;
  request.model = "gpt \"x\"";
  request.turns = {user("Hi")};
  EXPECT_EQ(
      chat_request_body(request, vendor()),
      R"({"model":"gpt \"x\"","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}]})");
}

TEST(ChatRequest, DoesNotAskForUsageWhereThatIsRefused) {
  Request request;
  request.model = "m";
  request.turns = {user("Hi")};
  Vendor mistral = vendor();
  mistral.usage = UsageReport::always;
  EXPECT_EQ(chat_request_body(request, mistral),
            R"({"model":"m","stream":true,"messages":[{"role":"user","content":"Hi"}]})");
}

TEST(ChatRequest, OffersTools) {
  Request request;
  request.model = "m";
  request.turns = {user("Hi")};
  request.tools = {Tool{"search", "Looks for things.", R"({"type":"object","properties":{}})"}};
  const json::Document body = body_of(request);
  EXPECT_EQ(
      body.root()["tools"].raw(),
      R"([{"type":"function","function":{"name":"search","description":"Looks for things.","parameters":{"type":"object","properties":{}}}}])");
}

TEST(ChatRequest, KeepsTheRoles) {
  const std::string sent = messages_of({{Role::system, R"([{"type":"text","text":"Be brief."}])"},
                                        user("Hi"),
                                        assistant("Hello"),
                                        user("Bye")});
  const std::string expected = R"({"role":"system","content":"Be brief."}
{"role":"user","content":"Hi"}
{"role":"assistant","content":"Hello"}
{"role":"user","content":"Bye"}
)";
  EXPECT_EQ(sent, expected);
}

TEST(ChatRequest, JoinsNeighboursOfOneRole) {
  const std::string sent = messages_of({user("One"),
                                        {Role::assistant, "[]"},
                                        user("Two"),
                                        assistant("Half a wo"),
                                        assistant("rd."),
                                        user("Three")});
  const std::string expected = R"({"role":"user","content":"One\n\nTwo"}
{"role":"assistant","content":"Half a word."}
{"role":"user","content":"Three"}
)";
  EXPECT_EQ(sent, expected);
}

TEST(ChatRequest, JoinsBlocksOfOneMessage) {
  EXPECT_EQ(
      messages_of(
          {{Role::user,
            R"([{"type":"text","text":"One"},{"type":"text","text":""},{"type":"text","text":"Two"}])"}}),
      "{\"role\":\"user\",\"content\":\"One\\n\\nTwo\"}\n");
}

TEST(ChatRequest, NamesPicturesAndFilesAndLeavesOutTheUnknown) {
  EXPECT_EQ(
      messages_of(
          {{Role::user,
            R"([{"type":"text","text":"Look"},{"type":"image","attachmentId":"a","name":"cat.png","mediaType":"image/png","size":3},
      {"type":"file","attachmentId":"b","name":"a.pdf"},{"type":"source","url":"https://example.com","title":"Example"},{"type":"hologram","x":1}])"}}),
      "{\"role\":\"user\",\"content\":\"Look\\n\\n[Picture: cat.png, image/png]\\n\\n[File: "
      "a.pdf]\\n\\n[Source: Example https://example.com]\"}\n");
}

TEST(ChatRequest, CutsAnAnswerWithToolsIntoMessages) {
  const std::string sent = messages_of(
      {user("Weather?"),
       {Role::assistant, R"([{"type":"reasoning","text":"Hm"},{"type":"text","text":"I look."},
      {"type":"tool_use","id":"toolu_0123456789abcdefghijklmnopqrstuvwxyz","name":"weather","input":{"city": "Rome"}},
      {"type":"tool_use","id":"b","name":"time","input":{}},
      {"type":"tool_result","toolUseId":"b","content":"12:00"},
      {"type":"tool_result","toolUseId":"toolu_0123456789abcdefghijklmnopqrstuvwxyz","content":{"sky":"blue"}},
      {"type":"tool_use","id":"b","name":"time","input":{}},
      {"type":"tool_result","toolUseId":"b","content":[{"type":"text","text":"12:01"},{"type":"text","text":"exactly"}],"isError":true},
      {"type":"text","text":"Blue at noon."}])"},
       user("Thanks")});
  const std::string expected = R"({"role":"user","content":"Weather?"}
{"role":"assistant","content":"I look.","tool_calls":[{"id":"call00001","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Rome\"}"}},{"id":"call00002","type":"function","function":{"name":"time","arguments":"{}"}}]}
{"role":"tool","content":"12:00","tool_call_id":"call00002"}
{"role":"tool","content":"{\"sky\":\"blue\"}","tool_call_id":"call00001"}
{"role":"assistant","content":null,"tool_calls":[{"id":"call00003","type":"function","function":{"name":"time","arguments":"{}"}}]}
{"role":"tool","content":"Error: 12:01\nexactly","tool_call_id":"call00003"}
{"role":"assistant","content":"Blue at noon."}
{"role":"user","content":"Thanks"}
)";
  EXPECT_EQ(sent, expected);
}

TEST(ChatRequest, TakesResultsFromTheNextMessageToo) {
  const Turn call = {Role::assistant, R"([{"type":"tool_use","id":"a","name":"time","input":{}}])"};
  const std::string expected =
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"call00001","type":"function","function":{"name":"time","arguments":"{}"}}]}
{"role":"tool","content":"12:00","tool_call_id":"call00001"}
)";
  EXPECT_EQ(
      messages_of(
          {call, {Role::tool, R"([{"type":"tool_result","toolUseId":"a","content":"12:00"}])"}}),
      expected);
  EXPECT_EQ(
      messages_of(
          {call, {Role::user, R"([{"type":"tool_result","toolUseId":"a","content":"12:00"}])"}}),
      expected);
}

TEST(ChatRequest, GivesEveryCallAResult) {
  const std::string sent = messages_of(
      {{Role::assistant,
        R"([{"type":"tool_use","id":"a","name":"time","input":{}},{"type":"tool_use","id":"b","name":"time","input":{}},
      {"type":"tool_result","toolUseId":"b","content":"12:00"}])"},
       user("And?")});
  const std::string expected =
      R"json({"role":"assistant","content":null,"tool_calls":[{"id":"call00001","type":"function","function":{"name":"time","arguments":"{}"}},{"id":"call00002","type":"function","function":{"name":"time","arguments":"{}"}}]}
{"role":"tool","content":"12:00","tool_call_id":"call00002"}
{"role":"tool","content":"(This call was interrupted: there is no result.)","tool_call_id":"call00001"}
{"role":"user","content":"And?"}
)json";
  EXPECT_EQ(sent, expected);
}

TEST(ChatRequest, MakesWordsOfAResultWithoutACall) {
  EXPECT_EQ(
      messages_of(
          {user("A"),
           {Role::tool,
            R"([{"type":"tool_result","toolUseId":"gone","content":"12:00"},{"type":"text","text":"and more"}])"}}),
      "{\"role\":\"user\",\"content\":\"A\\n\\n12:00\\n\\nand more\"}\n");
}

TEST(ChatRequest, SendsReasoningBackOnlyToThoseWhoWantIt) {
  const std::vector<Turn> turns = {
      user("?"),
      {Role::assistant,
       R"([{"type":"reasoning","text":"Hm"},{"type":"tool_use","id":"a","name":"time","input":{}},
      {"type":"tool_result","toolUseId":"a","content":"12:00"},{"type":"reasoning","text":"So"},{"type":"text","text":"Noon."}])"}};
  Vendor deepseek = vendor();
  deepseek.reasoning = ReasoningBack::with_tool_calls;
  EXPECT_EQ(messages_of(turns).find("reasoning"), std::string::npos);
  const std::string sent = messages_of(turns, false, deepseek);
  EXPECT_NE(sent.find(R"("reasoning_content":"Hm","tool_calls")"), std::string::npos) << sent;
  EXPECT_EQ(sent.find("So"), std::string::npos);
}

TEST(ChatRequest, LeavesOutAnAnswerOfReasoningAlone) {
  EXPECT_EQ(messages_of(
                {user("A"), {Role::assistant, R"([{"type":"reasoning","text":"Hm"}])"}, user("B")}),
            "{\"role\":\"user\",\"content\":\"A\\n\\nB\"}\n");
}

TEST(ChatRequest, AsksToGoOnBehindAnAnswerThatWasCut) {
  EXPECT_EQ(messages_of({user("Count"), assistant("One, tw")}, true),
            "{\"role\":\"user\",\"content\":\"Count\"}\n{\"role\":\"assistant\",\"content\":\"One, "
            "tw\"}\n" +
                std::string(go_on));
}

TEST(ChatRequest, AsksNothingMoreWhenNothingWasSaid) {
  EXPECT_EQ(messages_of({user("Count"), {Role::assistant, "[]"}}, true),
            "{\"role\":\"user\",\"content\":\"Count\"}\n");
}

TEST(ChatRequest, GoesOnBehindAToolWithoutAsking) {
  const std::string sent = messages_of(
      {user("?"),
       {Role::assistant,
        R"([{"type":"text","text":"I look."},{"type":"tool_use","id":"a","name":"time","input":{}}])"}},
      true);
  EXPECT_EQ(sent.find("cut off"), std::string::npos);
  EXPECT_NE(sent.find("interrupted"), std::string::npos);
}

TEST(ChatRequest, SurvivesContentThatIsNone) {
  const std::string sent =
      messages_of({{Role::user, "no json"},
                   {Role::user, "{}"},
                   {Role::user, "[1,null,{}]"},
                   {Role::assistant, R"([{"type":"tool_use","id":1,"input":3}])"}});
  const std::string expected =
      R"json({"role":"assistant","content":null,"tool_calls":[{"id":"call00001","type":"function","function":{"name":"","arguments":"{}"}}]}
{"role":"tool","content":"(This call was interrupted: there is no result.)","tool_call_id":"call00001"}
)json";
  EXPECT_EQ(sent, expected);
}

}  // namespace
}  // namespace threadkeep::llm
