#include "llm/gemini/gemini_request.h"

#include <gtest/gtest.h>

#include "json/json.h"

namespace threadkeep::llm {
namespace {

Turn user(const std::string& blocks) { return {Role::user, "[" + blocks + "]"}; }
Turn assistant(const std::string& blocks) { return {Role::assistant, "[" + blocks + "]"}; }
std::string text(const std::string& words) { return R"({"type":"text","text":")" + words + "\"}"; }

std::string sent(const Request& request) {
  ToolNames names(request.tools);
  std::string body = gemini_request_body(request, names);
  EXPECT_TRUE(json::Document::parse(body, json::Mode::strict)) << body;
  return body;
}

Request asked(std::vector<Turn> turns, const std::string& model = "gemini-2.5-pro") {
  Request request;
  request.model = model;
  request.turns = std::move(turns);
  return request;
}

TEST(GeminiRequest, HasASystemPromptAndTurns) {
  EXPECT_EQ(
      sent(asked({{Role::system, "[" + text("Be brief.") + "]"},
                  user(text("Hi")),
                  assistant(text("Hello")),
                  user(text("Bye"))})),
      R"({"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[)"
      R"({"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"text":"Hello"}]},)"
      R"({"role":"user","parts":[{"text":"Bye"}]}],"generationConfig":{}})");
}

const std::string call =
    R"({"type":"tool_use","id":"c","name":"web.run","input":{"q":1}},{"type":"tool_result","toolUseId":"c","content":"found"})";

TEST(GeminiRequest, SignaturesGoBackOnWhatTheyWereMadeForWithinThisAnswer) {
  const std::string signature = R"({"type":"reasoning","text":"Hm","signature":"gemini:sig"},)";
  const std::string body = sent(asked({user(text("a")), assistant(signature + text("old")),
                                       user(text("b")), assistant(signature + call)}));
  EXPECT_NE(body.find(R"({"role":"model","parts":[{"text":"old"}]})"), std::string::npos) << body;
  EXPECT_NE(
      body.find(
          R"({"role":"model","parts":[{"functionCall":{"name":"web_run","args":{"q":1}},"thoughtSignature":"sig"}]},)"
          R"({"role":"user","parts":[{"functionResponse":{"name":"web_run","response":{"output":"found"}}}]})"),
      std::string::npos)
      << body;
}

TEST(GeminiRequest, ACallThatAnotherModelMadeIsMarkedWhereTheVendorInsists) {
  const std::string other = R"({"type":"reasoning","text":"Hm","signature":"anthropic:sig"},)";
  const std::vector<Turn> turns = {user(text("a")), assistant(call), user(text("b")),
                                   assistant(other + call)};
  const std::string mark = "skip_thought_signature_validator";
  const std::string newer = sent(asked(turns, "gemini-3-pro-preview"));
  EXPECT_EQ(newer.find("anthropic"), std::string::npos);
  EXPECT_NE(newer.find(mark), std::string::npos);
  EXPECT_EQ(newer.find(mark), newer.rfind(mark)) << "only in this answer: " << newer;
  EXPECT_EQ(sent(asked(turns)).find(mark), std::string::npos);
}

TEST(GeminiRequest, AFailedToolIsAnError) {
  EXPECT_NE(sent(asked({user(text("a")),
                        assistant(R"({"type":"tool_use","id":"c","name":"clock","input":{}})")}))
                .find(R"("response":{"error":"(This call was interrupted)"),
            std::string::npos);
}

TEST(GeminiRequest, EffortIsABudgetOrALevelOrNothing) {
  Request request = asked({user(text("a"))});
  request.settings.effort = Settings::Effort::low;
  request.settings.temperature = 0.5;
  request.settings.output_tokens_max = 100;
  EXPECT_NE(
      sent(request).find(
          R"("generationConfig":{"maxOutputTokens":100,"temperature":0.5,"thinkingConfig":{"includeThoughts":true,"thinkingBudget":2048}})"),
      std::string::npos)
      << sent(request);
  request.model = "models/gemini-3-flash-preview";
  EXPECT_NE(sent(request).find(R"("thinkingLevel":"low")"), std::string::npos);
  request.settings.effort = Settings::Effort::high;
  EXPECT_NE(sent(request).find(R"("thinkingLevel":"high")"), std::string::npos);
  for (const char* model : {"gemini-2.0-flash", "gemma-3-27b-it"}) {
    request.model = model;
    EXPECT_EQ(sent(request).find("thinkingConfig"), std::string::npos);
  }
}

TEST(GeminiRequest, ToolsAreOfferedWithTheirSchemas) {
  Request request = asked({user(text("a"))});
  request.tools = {{"web.run", "Looks.", R"({"type":"object"})"}};
  EXPECT_NE(
      sent(request).find(
          R"("tools":[{"functionDeclarations":[{"name":"web_run","description":"Looks.","parametersJsonSchema":{"type":"object"}}]}])"),
      std::string::npos);
}

}  // namespace
}  // namespace threadkeep::llm
