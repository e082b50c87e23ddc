#include "llm/openai_chat/chat_request.h"

#include <gtest/gtest.h>

#include "json/json.h"

namespace threadkeep::llm {
namespace {

std::string body_text(const Request& request, const Dialect& dialect = {}) {
  ToolNames names(request.tools);
  return chat_request_body(request, dialect, names);
}

json::Document body_of(const Request& request, const Dialect& dialect = {}) {
  auto document = json::Document::parse(body_text(request, dialect), json::Mode::strict);
  EXPECT_TRUE(document) << document.error().detail;
  return std::move(*document);
}

// The messages, one in each line: what a vendor sees of a conversation.
std::string messages_of(std::vector<Turn> turns, bool continues = false,
                        const Dialect& dialect = {}) {
  Request request;
  request.model = "m";
  request.turns = std::move(turns);
  request.continues = continues;
  const json::Document body = body_of(request, dialect);
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
      body_text(request),
      R"({"model":"gpt \"x\"","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}]})");
}

TEST(ChatRequest, DoesNotAskForUsageWhereThatIsRefused) {
  Request request;
  request.model = "m";
  request.turns = {user("Hi")};
  Dialect mistral;
  mistral.usage = Dialect::UsageReport::always;
  EXPECT_EQ(body_text(request, mistral),
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
  Dialect deepseek;
  deepseek.reasoning = Dialect::ReasoningBack::with_tool_calls;
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

TEST(ChatRequest, SendsTheSettingsThatAreNamedInTheDialectOfTheVendor) {
  Request request;
  request.model = "m";
  request.settings = {4'096, 0.25, Settings::Effort::low};
  const auto settings = [&](const char* base_url, const char* model = "m") {
    Vendor vendor;
    vendor.base_url = base_url;
    request.model = model;
    const std::string body = body_text(request, dialect_of(vendor, model));
    const std::size_t begin = body.find("\"stream\":true,") + 14;
    return body.substr(begin, body.find(",\"messages\"") - begin);
  };
  EXPECT_EQ(
      settings("https://api.openai.com/v1", "gpt-4o"),
      R"("stream_options":{"include_usage":true},"max_completion_tokens":4096,"temperature":0.25)");
  EXPECT_EQ(
      settings("https://api.openai.com/v1", "o3"),
      R"("stream_options":{"include_usage":true},"max_completion_tokens":4096,"reasoning_effort":"low")");
  EXPECT_EQ(
      settings("https://api.x.ai/v1", "grok-4"),
      R"("stream_options":{"include_usage":true},"max_completion_tokens":4096,"temperature":0.25)");
  EXPECT_EQ(
      settings("https://api.groq.com/openai/v1", "openai/gpt-oss-20b"),
      R"("stream_options":{"include_usage":true},"max_completion_tokens":4096,"temperature":0.25,"reasoning_effort":"low")");
  EXPECT_EQ(
      settings("http://127.0.0.1:8080/v1"),
      R"("stream_options":{"include_usage":true},"max_tokens":4096,"temperature":0.25,"reasoning_effort":"low")");
  EXPECT_EQ(
      settings("https://openrouter.ai/api/v1"),
      R"("stream_options":{"include_usage":true},"usage":{"include":true},"max_tokens":4096,"temperature":0.25,"reasoning":{"effort":"low"})");
  EXPECT_EQ(settings("https://api.mistral.ai/v1"), R"("max_tokens":4096,"temperature":0.25)");
}

// Of an imported conversation, and of tools that other programs offer.
TEST(ChatRequest, SendsNamesOfToolsThatEveryVendorTakes) {
  const std::string long_name(65, 'x');
  Request request;
  request.model = "m";
  request.tools = {Tool{"a.b", "", "{}"}, Tool{"a_b", "", "{}"}, Tool{long_name, "", "{}"},
                   Tool{std::string(64, 'x'), "", "{}"}};
  request.turns = {
      {Role::assistant,
       R"([{"type":"tool_use","id":"1","name":"web.run","input":{}},{"type":"tool_use","id":"2","name":"a.b","input":{}},)"
       R"({"type":"tool_use","id":"3","name":"web run","input":{}},{"type":"tool_use","id":"4","name":"Größe","input":{}}])"}};
  const json::Document body = body_of(request);
  std::vector<std::string> names;
  for (const json::Value tool : body.root()["tools"].items())
    names.emplace_back(tool["function"]["name"].string());
  for (const json::Value call : body.root()["messages"].at(0)["tool_calls"].items())
    names.emplace_back(call["function"]["name"].string());
  const std::vector<std::string> expected = {
      "a_b_2",     "a_b",    std::string(62, 'x') + "_2", std::string(64, 'x'), "web_run", "a_b_2",
      "web_run_2", "Gr____e"};
  EXPECT_EQ(names, expected);
}

TEST(ChatRequest, SurvivesContentThatIsNone) {
  const std::string sent =
      messages_of({{Role::user, "no json"},
                   {Role::user, "{}"},
                   {Role::user, "[1,null,{}]"},
                   {Role::assistant, R"([{"type":"tool_use","id":1,"input":3}])"}});
  const std::string expected =
      R"json({"role":"assistant","content":null,"tool_calls":[{"id":"call00001","type":"function","function":{"name":"tool","arguments":"{}"}}]}
{"role":"tool","content":"(This call was interrupted: there is no result.)","tool_call_id":"call00001"}
)json";
  EXPECT_EQ(sent, expected);
}

}  // namespace
}  // namespace threadkeep::llm
