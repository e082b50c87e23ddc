#include "llm/openai_responses/responses_request.h"

#include <gtest/gtest.h>

#include "json/json.h"

namespace threadkeep::llm {
namespace {

Turn user(const std::string& blocks) { return {Role::user, "[" + blocks + "]"}; }
Turn assistant(const std::string& blocks) { return {Role::assistant, "[" + blocks + "]"}; }
std::string text(const std::string& words) { return R"({"type":"text","text":")" + words + "\"}"; }

Vendor vendor_at(const std::string& base_url) {
  Vendor vendor;
  vendor.base_url = base_url;
  return vendor;
}
const Vendor openai = vendor_at("https://api.openai.com/v1");

Request asked(std::vector<Turn> turns, const std::string& model = "gpt-5") {
  Request request;
  request.model = model;
  request.turns = std::move(turns);
  return request;
}

// The body without what every request has.
std::string sent(const Request& request, const Vendor& vendor = openai) {
  ToolNames names(request.tools);
  const std::string body =
      responses_request_body(request, responses_dialect(vendor, request.model), names);
  EXPECT_TRUE(json::Document::parse(body, json::Mode::strict)) << body;
  const std::string begin = R"({"model":")" + request.model + R"(","stream":true,"store":false,)";
  EXPECT_EQ(body.rfind(begin, 0), 0U) << body;
  return body.substr(begin.size());
}
const std::string include = R"("include":["reasoning.encrypted_content"],)";

TEST(ResponsesRequest, SystemWordsAreInstructions) {
  EXPECT_EQ(sent(asked({{Role::system, R"([{"type":"text","text":"Be brief."}])"},
                        user(text("Hi")),
                        assistant(text("Yes?")),
                        user(text("Why"))})),
            include + R"("instructions":"Be brief.","input":[{"role":"user","content":"Hi"},)"
                      R"({"role":"assistant","content":"Yes?"},{"role":"user","content":"Why"}]})");
}

TEST(ResponsesRequest, PicturesOfToolsAreGivenToOpenAiAndNamedToOthers) {
  Request request = asked(
      {user(text("Look")),
       assistant(
           R"({"type":"tool_use","id":"a","name":"look","input":{}},)"
           R"({"type":"tool_result","toolUseId":"a","content":[{"type":"text","text":"Here:"},)"
           R"({"type":"image","attachmentId":"p","name":"picture.png","mediaType":"image/png","size":8}]})")});
  auto files = std::make_shared<Attachments>();
  (*files)["p"] = {"\x89PNG\r\n\x1a\n", 8, std::nullopt, std::nullopt};
  request.attachments = files;
  const auto output = [&](const Vendor& vendor) {
    const std::string body = sent(request, vendor);
    return body.substr(body.find(R"("output":)"));
  };
  EXPECT_EQ(output(openai),
            R"("output":[{"type":"input_text","text":"Here:"},)"
            R"({"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo="}]}]})");
  EXPECT_EQ(output(vendor_at("https://api.x.ai/v1")),
            R"("output":"Here:\n[Picture: picture.png, image/png]"}]})");
}

TEST(ResponsesRequest, ReasoningGoesBackWithinTheAnswerWithItsCalls) {
  const std::string earlier =
      R"({"type":"reasoning","text":"Old","signature":"openai-responses:rs_0 old"},)";
  const std::string reasoning =
      R"({"type":"reasoning","text":"I look.","signature":"openai-responses:rs_1 abc+/="},)";
  const std::string foreign =
      R"({"type":"reasoning","text":"Other","signature":"anthropic-redacted:a thought"},)";
  const std::string call = R"({"type":"tool_use","id":"a","name":"clock","input":{"z":1}},)";
  const std::string result =
      R"({"type":"tool_result","toolUseId":"a","content":"noon","isError":true})";
  EXPECT_EQ(
      sent(asked({user(text("A")), assistant(earlier + text("B")), user(text("Time?")),
                  assistant(foreign + reasoning + call + result)})),
      include +
          R"("input":[{"role":"user","content":"A"},{"role":"assistant","content":"B"},)"
          R"({"role":"user","content":"Time?"},)"
          R"({"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"I look."}],"encrypted_content":"abc+/="},)"
          R"({"type":"function_call","call_id":"call00001","name":"clock","arguments":"{\"z\":1}"},)"
          R"({"type":"function_call_output","call_id":"call00001","output":"Error: noon"}]})");
}

TEST(ResponsesRequest, ReasoningThatNothingFollowsStaysAway) {
  const auto reasoning = [](const std::string& id) {
    return R"({"type":"reasoning","text":"Hm","signature":"openai-responses:)" + id + R"( abc"},)";
  };
  const std::string call = R"({"type":"tool_use","id":"a","name":"clock","input":{}},)";
  const std::string result = R"({"type":"tool_result","toolUseId":"a","content":"noon"})";
  Request request =
      asked({user(text("A")), assistant(reasoning("rs_1") + call + reasoning("rs_2") + result)});
  EXPECT_NE(sent(request).find("rs_1"), std::string::npos);
  EXPECT_EQ(sent(request).find("rs_2"), std::string::npos);
  request.model = "gpt-4o";
  EXPECT_EQ(sent(request).find("rs_1"), std::string::npos);
  EXPECT_EQ(sent(request).find("include"), std::string::npos);
}

TEST(ResponsesRequest, SettingsAreThoseThatTheModelTakes) {
  Request request = asked({user(text("A"))});
  request.settings = {4'096, 0.25, Settings::Effort::minimal};
  const auto settings = [&](const Vendor& vendor, const char* model) {
    request.model = model;
    const std::string body = sent(request, vendor);
    return body.substr(0, body.find("\"input\""));
  };
  const std::string tokens = R"("max_output_tokens":4096,)";
  const auto effort = [](const std::string& name) {
    return R"("reasoning":{"effort":")" + name + R"(","summary":"auto"},)";
  };
  EXPECT_EQ(settings(openai, "gpt-5-mini"), tokens + effort("minimal") + include);
  EXPECT_EQ(settings(openai, "gpt-5.1"), tokens + effort("low") + include);
  EXPECT_EQ(settings(openai, "o3-pro"), tokens + effort("low") + include);
  EXPECT_EQ(settings(openai, "gpt-4.1"), tokens + R"("temperature":0.25,)");
  EXPECT_EQ(settings(openai, "gpt-5-chat-latest"), tokens + R"("temperature":0.25,)");
  EXPECT_EQ(settings(vendor_at("https://x.openai.azure.com/openai/v1"), "o3"),
            tokens + effort("low") + include);
  EXPECT_EQ(settings(vendor_at("https://api.x.ai/v1"), "grok-4"),
            tokens + R"("temperature":0.25,)" + include);
  EXPECT_EQ(settings(vendor_at("http://127.0.0.1:1234/v1"), "gpt-oss-20b"),
            tokens + R"("temperature":0.25,)" + effort("low"));
}

TEST(ResponsesRequest, ToolsAreNotStrict) {
  Request request = asked({user(text("A"))}, "gpt-4o");
  request.tools = {{"web.run", "Looks", R"({"type":"object"})"}};
  EXPECT_EQ(
      sent(request),
      R"("input":[{"role":"user","content":"A"}],"tools":[{"type":"function","name":"web_run",)"
      R"("description":"Looks","parameters":{"type":"object"},"strict":false}]})");
}

}  // namespace
}  // namespace threadkeep::llm
