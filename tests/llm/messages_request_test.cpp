#include "llm/anthropic_messages/messages_request.h"

#include <gtest/gtest.h>

#include "json/json.h"

namespace threadkeep::llm {
namespace {

Turn user(const std::string& blocks) { return {Role::user, "[" + blocks + "]"}; }
Turn assistant(const std::string& blocks) { return {Role::assistant, "[" + blocks + "]"}; }
std::string text(const std::string& words) { return R"({"type":"text","text":")" + words + "\"}"; }

// The body without what every request has.
std::string sent(const Request& request) {
  ToolNames names(request.tools);
  const std::string body = messages_request_body(request, names);
  EXPECT_TRUE(json::Document::parse(body, json::Mode::strict)) << body;
  const std::string begin = R"({"model":")" + request.model + R"(","stream":true,"max_tokens":)";
  EXPECT_EQ(body.rfind(begin, 0), 0U) << body;
  return body.substr(begin.size());
}

Request asked(std::vector<Turn> turns, const std::string& model = "claude-sonnet-4-5-20250929") {
  Request request;
  request.model = model;
  request.turns = std::move(turns);
  return request;
}

TEST(MessagesRequest, SystemWordsAreOnePromptWhereverTheyStand) {
  EXPECT_EQ(sent(asked({{Role::system, R"([{"type":"text","text":"Be brief."}])"},
                        user(text("Hi")),
                        {Role::system, R"([{"type":"text","text":"In French."}])"}})),
            R"(32000,"system":"Be brief.\n\nIn French.","messages":[{"role":"user","content":)"
            R"([{"type":"text","text":"Hi"}]}]})");
}

TEST(MessagesRequest, CallsGetTheirResultsInTheNextMessage) {
  EXPECT_EQ(
      sent(asked({user(text("Look")),
                  assistant(text("Well") +
                            R"(,{"type":"tool_use","id":"a.b","name":"web.run","input":{"q":1}},)"
                            R"({"type":"tool_use","id":"c","name":"clock","input":{}},)"
                            R"({"type":"tool_result","toolUseId":"a.b","content":"found"},)" +
                            text("So")),
                  user(text("Thanks"))})),
      R"(32000,"messages":[{"role":"user","content":[{"type":"text","text":"Look"}]},)"
      R"({"role":"assistant","content":[{"type":"text","text":"Well"},)"
      R"({"type":"tool_use","id":"call00001","name":"web_run","input":{"q":1}},)"
      R"({"type":"tool_use","id":"call00002","name":"clock","input":{}}]},)"
      R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"call00001","content":"found"},)"
      R"j({"type":"tool_result","tool_use_id":"call00002","content":"(This call was interrupted: there is no result.)","is_error":true}]},)j"
      R"({"role":"assistant","content":[{"type":"text","text":"So"}]},)"
      R"({"role":"user","content":[{"type":"text","text":"Thanks"}]}]})");
}

TEST(MessagesRequest, PicturesOfToolsAreGivenWhereTheyStand) {
  const std::string call = R"({"type":"tool_use","id":"a","name":"look","input":{}},)";
  const std::string picture =
      R"({"type":"image","attachmentId":"p","name":"picture.png","mediaType":"image/png","size":8})";
  const auto result = [&](const std::string& content, const std::string& more = "") {
    return R"({"type":"tool_result","toolUseId":"a","content":[)" + content + "]" + more + "}";
  };
  auto files = std::make_shared<Attachments>();
  (*files)["p"] = {"\x89PNG\r\n\x1a\n", 8, std::nullopt, std::nullopt};
  const auto given = [&](const std::string& block, bool has_files = true) {
    Request request = asked({user(text("Look")), assistant(call + block)});
    if (has_files) request.attachments = files;
    const std::string body = sent(request);
    return body.substr(body.find(R"("tool_use_id")"));
  };
  const std::string image =
      R"({"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}})";
  const std::string begin = R"("tool_use_id":"call00001","content":)";
  EXPECT_EQ(given(result(text("Here:") + "," + picture)),
            begin + R"([{"type":"text","text":"Here:"},)" + image + "]}]}]}");
  EXPECT_EQ(given(result(picture)), begin + "[" + image + "]}]}]}");
  // In words where it cannot be given: the file is gone, or the tool failed.
  const std::string words = R"("Here:\n[Picture: picture.png, image/png]")";
  EXPECT_EQ(given(result(text("Here:") + "," + picture), false), begin + words + "}]}]}");
  EXPECT_EQ(given(result(text("Here:") + "," + picture, R"(,"isError":true)")),
            begin + words + R"(,"is_error":true}]}]})");
  // What is no list of texts and pictures stays what it is.
  EXPECT_EQ(given(result(R"({"type":"odd"})")), begin + R"("[{\"type\":\"odd\"}]"}]}]})");
}

TEST(MessagesRequest, AUserSpeaksFirstAndLast) {
  EXPECT_EQ(
      sent(asked({assistant(text("Hello."))})),
      R"j(32000,"messages":[{"role":"user","content":[{"type":"text","text":"(The conversation begins with your message.)"}]},)j"
      R"({"role":"assistant","content":[{"type":"text","text":"Hello."}]},)"
      R"({"role":"user","content":[{"type":"text","text":"Go on."}]}]})");
  Request request = asked({user(text("Hi")), assistant(text("It is ")), assistant(text("so"))});
  request.continues = true;
  EXPECT_NE(
      sent(request).find(
          R"({"type":"text","text":"It is so"}]},{"role":"user","content":[{"type":"text","text":"Your last message was cut off.)"),
      std::string::npos)
      << sent(request);
}

TEST(MessagesRequest, WhiteSpaceAloneIsLeftOutAndNeighboursAreOne) {
  EXPECT_EQ(
      sent(asked({user(text(" \\n")), user(text("a")), assistant(text(" ")),
                  user(text("b") + R"(,{"type":"image","name":"cat.png"})")})),
      R"(32000,"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"},)"
      R"({"type":"text","text":"[Picture: cat.png]"}]}]})");
}

const std::string thought = R"({"type":"reasoning","text":"Hm","signature":"anthropic:sig"})";
const std::string hidden = R"({"type":"reasoning","text":"","signature":"anthropic-redacted:xyz"})";
const std::string call =
    R"({"type":"tool_use","id":"c","name":"clock","input":{}},{"type":"tool_result","toolUseId":"c","content":"9"})";

TEST(MessagesRequest, ThinkingGoesBackWithinTheAnswerThatIsBeingWritten) {
  Request request = asked({user(text("a")), assistant(thought + "," + text("old")), user(text("b")),
                           assistant(hidden + "," + thought + "," + call)});
  request.settings.effort = Settings::Effort::low;
  request.settings.temperature = 0.5;
  const std::string body = sent(request);
  EXPECT_EQ(body.rfind(R"(32000,"thinking":{"type":"enabled","budget_tokens":2048},"messages")", 0),
            0U)
      << body;
  EXPECT_NE(body.find(R"("content":[{"type":"text","text":"old"}])"), std::string::npos) << body;
  EXPECT_NE(
      body.find(R"("content":[{"type":"redacted_thinking","data":"xyz"},)"
                R"({"type":"thinking","thinking":"Hm","signature":"sig"},{"type":"tool_use")"),
      std::string::npos)
      << body;
  // Off: it would be refused.
  request.settings.effort.reset();
  EXPECT_EQ(sent(request).find("thinking"), std::string::npos);
  EXPECT_NE(sent(request).find(R"("temperature":0.5)"), std::string::npos);
}

TEST(MessagesRequest, ThinkingIsNotAskedForInTheMiddleOfAnAnswerThatBeganWithout) {
  Request request = asked({user(text("a")), assistant(call)});
  request.settings.effort = Settings::Effort::high;
  EXPECT_EQ(sent(request).find("thinking"), std::string::npos);
  // That of another vendor is none.
  request.turns[1] =
      assistant(R"({"type":"reasoning","text":"Hm","signature":"gemini:1"},)" + call);
  EXPECT_EQ(sent(request).find("thinking"), std::string::npos);
}

TEST(MessagesRequest, TheBudgetLeavesRoomForTheAnswer) {
  Request request = asked({user(text("a"))});
  request.settings.effort = Settings::Effort::high;
  request.settings.output_tokens_max = 6'000;
  EXPECT_NE(sent(request).find(R"("budget_tokens":3000)"), std::string::npos);
  request.settings.output_tokens_max = 1'000;
  EXPECT_EQ(sent(request).find("thinking"), std::string::npos);
  request.settings.output_tokens_max.reset();
  request.settings.effort = Settings::Effort::minimal;
  EXPECT_EQ(sent(request).find("thinking"), std::string::npos);
}

TEST(MessagesRequest, NewerModelsThinkByEffortAndTakeNoTemperature) {
  for (const char* model : {"claude-opus-4-6", "claude-opus-4-7-20260401", "claude-opus-5"}) {
    Request request = asked({user(text("a")), assistant(thought + "," + call)}, model);
    request.settings.effort = Settings::Effort::minimal;
    EXPECT_NE(
        sent(request).find(
            R"("thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"low"},"messages")"),
        std::string::npos)
        << sent(request);
    EXPECT_NE(sent(request).find(R"("signature":"sig")"), std::string::npos) << model;
  }
  Request request = asked({user(text("a"))}, "claude-opus-4-7");
  request.settings.temperature = 0.2;
  EXPECT_EQ(sent(request).find("temperature"), std::string::npos);
  request.model = "claude-opus-4-6";
  EXPECT_NE(sent(request).find("temperature"), std::string::npos);
}

TEST(MessagesRequest, TheMostTokensAreWhatTheModelCanDo) {
  EXPECT_EQ(output_tokens_of("claude-3-haiku-20240307"), 4'096);
  EXPECT_EQ(output_tokens_of("claude-3-5-sonnet-20241022"), 8'192);
  EXPECT_EQ(output_tokens_of("claude-3-7-sonnet-latest"), 32'000);
  EXPECT_EQ(output_tokens_of("claude-opus-4-20250514"), 32'000);
  EXPECT_EQ(output_tokens_of("claude-opus-4-1-20250805"), 32'000);
  EXPECT_EQ(output_tokens_of("claude-haiku-4-5"), 32'000);
  EXPECT_EQ(output_tokens_of("claude-sonnet-4-6"), 64'000);
  EXPECT_EQ(output_tokens_of("claude-fable-5-1"), 64'000);
  EXPECT_EQ(output_tokens_of("kimi-k2"), 8'192);
}

TEST(MessagesRequest, ToolsAreOfferedByNamesThatAreTaken) {
  Request request = asked({user(text("a"))});
  request.tools = {{"web.run", "Looks.", R"({"type":"object"})"}};
  EXPECT_NE(
      sent(request).find(
          R"("tools":[{"name":"web_run","description":"Looks.","input_schema":{"type":"object"}}]})"),
      std::string::npos)
      << sent(request);
}

}  // namespace
}  // namespace threadkeep::llm
