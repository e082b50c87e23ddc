#include "llm/gemini/gemini_parser.h"

#include <gtest/gtest.h>

#include "llm/gemini/gemini.h"
#include "llm/heard.h"

namespace threadkeep::llm {
namespace {

std::string chunk(const std::string& parts, const std::string& rest = "") {
  return R"(data: {"candidates":[{"content":{"role":"model","parts":[)" + parts + "]}" + rest +
         R"(}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":2,"thoughtsTokenCount":3,"cachedContentTokenCount":4}})"
         "\r\n\r\n";
}
std::string stopped(const std::string& reason) {
  return chunk(R"({"text":""})", R"(,"finishReason":")" + reason + "\"");
}

Heard hear(const std::string& wire, int status = 200, const Error* error = nullptr) {
  Heard heard;
  AnswerParserOptions options;
  options.asked = Asked{"The vendor", "a-model", "secret-secret"};
  options.tool_id_prefix = "call_x_";
  options.tool_names = ToolNames({{"web.run", "", "{}"}});
  GeminiParser parser(std::move(options), [&](const Event& one) { heard.add(one); });
  parser.head(status, {});
  parser.feed(wire);
  parser.finish(error);
  EXPECT_TRUE(heard.breaches.empty()) << heard.breaches.front();
  return heard;
}

TEST(Gemini, EveryReasonToStopHasItsMeaning) {
  const std::vector<std::pair<std::string, Finished::Reason>> reasons = {
      {"STOP", Finished::Reason::stop},
      {"MAX_TOKENS", Finished::Reason::length},
      {"SAFETY", Finished::Reason::content_filter},
      {"PROHIBITED_CONTENT", Finished::Reason::content_filter},
      {"OF_NEXT_YEAR", Finished::Reason::other}};
  for (const auto& [name, reason] : reasons) {
    const Heard heard = hear(chunk(R"({"text":"Hello"})") + stopped(name));
    EXPECT_EQ(heard.finished, reason) << name;
    EXPECT_EQ(heard.text, "Hello");
  }
  EXPECT_EQ(hear(stopped("MALFORMED_FUNCTION_CALL")).failure->kind, Failure::Kind::malformed);
}

TEST(Gemini, ASignatureStandsBeforeWhatItBelongsTo) {
  const Heard heard =
      hear(chunk(R"({"text":"Hm.","thought":true})") +
           chunk(R"({"functionCall":{"name":"web_run","args":{"q":1}},"thoughtSignature":"ab"})") +
           chunk(R"({"functionCall":{"name":"clock"}})") +
           chunk(R"({"text":"So.","thoughtSignature":"cd"})") + stopped("STOP"));
  EXPECT_EQ(heard.blocks, "rccrt");
  EXPECT_EQ(heard.reasoning, "Hm.");
  EXPECT_EQ(heard.signatures, (std::vector<std::string>{"gemini:ab", "gemini:cd"}));
  EXPECT_EQ(heard.tools, (std::vector<HeardTool>{{"call_x_1", "web.run", R"({"q":1})", true},
                                                 {"call_x_2", "clock", "{}", true}}));
  EXPECT_EQ(heard.finished, Finished::Reason::tool_use);
  EXPECT_EQ(heard.usage->input_tokens, 5);
  EXPECT_EQ(heard.usage->output_tokens, 5);
  EXPECT_EQ(heard.usage->reasoning_tokens, 3);
  EXPECT_EQ(heard.usage->cached_input_tokens, 4);
}

TEST(Gemini, WhatTheVendorDoesItselfIsNotSaid) {
  const Heard heard = hear(chunk(R"({"executableCode":{"code":"1+1"},"thoughtSignature":"x"})") +
                           chunk(R"({"codeExecutionResult":{"output":"2"}})") +
                           chunk(R"({"text":"Two."})") + stopped("STOP"));
  EXPECT_EQ(heard.blocks, "t");
  EXPECT_EQ(heard.text, "Two.");
}

TEST(Gemini, ARefusedQuestionIsNoBrokenAnswer) {
  EXPECT_EQ(hear(R"(data: {"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{}})"
                 "\n\n")
                .finished,
            Finished::Reason::content_filter);
}

TEST(Gemini, WhatBreaksOffHasFailed) {
  EXPECT_EQ(hear("").failure->kind, Failure::Kind::cut_off);
  EXPECT_EQ(hear(chunk(R"({"text":"Half"})")).failure->kind, Failure::Kind::cut_off);
  const Error error{Errc::storage_unavailable, "reset"};
  const Heard broken = hear(chunk(R"({"text":"Half"})"), 200, &error);
  EXPECT_EQ(broken.failure->kind, Failure::Kind::network);
  EXPECT_EQ(broken.text, "Half");
  // It had said why it stops.
  EXPECT_TRUE(hear(chunk(R"({"text":"All"})") + stopped("STOP"), 200, &error).finished);
}

TEST(Gemini, ErrorsSayWhatTheyAre) {
  const std::string words = R"({"error":{"code":400,"message":"API key not valid.","status":"X"}})";
  EXPECT_NE(hear(words, 400).failed->find("API key not valid."), std::string::npos);
  const Heard half = hear(chunk(R"({"text":"Half"})") + "data: " + words + "\n\n");
  EXPECT_EQ(half.text, "Half");
  EXPECT_NE(half.failed->find("API key not valid."), std::string::npos);
  EXPECT_EQ(hear("", 429).failure->kind, Failure::Kind::rate_limited);
}

TEST(Gemini, AListOfChunksInThePlaceOfAStreamIsRead) {
  const Heard heard =
      hear(R"([{"candidates":[{"content":{"parts":[{"text":"He"}]}}]},)"
           R"({"candidates":[{"content":{"parts":[{"text":"llo"}]},"finishReason":"STOP"}]}])");
  EXPECT_EQ(heard.text, "Hello");
  EXPECT_EQ(heard.finished, Finished::Reason::stop);
}

TEST(Gemini, TooManyCallsAreRefused) {
  std::string wire;
  for (std::size_t i = 0; i <= tool_calls_max; ++i)
    wire += chunk(R"({"functionCall":{"name":"clock"}})");
  const Heard heard = hear(wire + stopped("STOP"));
  EXPECT_EQ(heard.tools.size(), tool_calls_max);
  EXPECT_EQ(heard.failure->kind, Failure::Kind::malformed);
  EXPECT_EQ(hear(chunk(R"({"functionCall":{"args":{}}})")).failure->kind, Failure::Kind::malformed);
}

std::string call_piece(const std::string& pieces, bool will_continue = true) {
  return chunk(R"({"functionCall":{"partialArgs":[)" + pieces + "]" +
               (will_continue ? R"(,"willContinue":true)" : "") + "}}");
}
const std::string begun_call = chunk(R"({"functionCall":{"name":"web_run","willContinue":true}})");

TEST(Gemini, ACallInPiecesIsSaidWhole) {
  const Heard heard =
      hear(chunk(R"({"text":"Let me see."})") + begun_call +
           call_piece(R"({"jsonPath":"$.city","stringValue":"San \"F","willContinue":true})") +
           call_piece(R"({"jsonPath":"$.city","stringValue":"ran\u00e7ois"},)"
                      R"({"jsonPath":"$.days[0].at","numberValue":1.50})") +
           call_piece(R"({"jsonPath":"$.days[1].rain","boolValue":false},)"
                      R"({"jsonPath":"$['a.b'][0]","nullValue":"NULL_VALUE"})") +
           chunk(R"({"functionCall":{}})") + stopped("STOP"));
  ASSERT_EQ(heard.tools.size(), 1);
  EXPECT_EQ(heard.tools[0].name, "web.run");
  EXPECT_EQ(heard.tools[0].input,
            R"({"city":"San \"François","days":[{"at":1.50},{"rain":false}],"a.b":[null]})");
  EXPECT_EQ(heard.blocks, "tc");
  EXPECT_EQ(heard.finished, Finished::Reason::tool_use);
}

TEST(Gemini, ACallInPiecesEndsWithItsLastOrWithWhatFollows) {
  const std::string piece = R"({"jsonPath":"$.q","numberValue":1})";
  for (const std::string& rest :
       {call_piece(piece, false), call_piece(piece), call_piece(piece) + begun_call}) {
    const Heard heard = hear(begun_call + rest + chunk(R"({"text":"So."})") + stopped("STOP"));
    ASSERT_FALSE(heard.tools.empty()) << rest;
    EXPECT_EQ(heard.tools[0].input, R"({"q":1})") << rest;
    EXPECT_EQ(heard.text, "So.");
  }
  const Heard signed_ones =
      hear(begun_call + call_piece(piece) +
           chunk(R"({"functionCall":{"name":"clock"},"thoughtSignature":"ab"})") + stopped("STOP"));
  EXPECT_EQ(signed_ones.blocks, "crc");
  // Half of one is none.
  EXPECT_TRUE(hear(begun_call + call_piece(piece)).tools.empty());
}

TEST(Gemini, ACallInPiecesThatNobodyCanReadIsNone) {
  const std::string first = R"({"jsonPath":"$.a","stringValue":"x"})";
  std::string deep = "$";
  for (int i = 0; i < 100; ++i) deep += ".a";
  std::string many = first;
  for (std::size_t i = 0; i <= partial_values_max; ++i)
    many += R"(,{"jsonPath":"$.b)" + std::to_string(i) + R"(","boolValue":true})";
  for (const std::string& pieces :
       {std::string("{}"), std::string(R"({"jsonPath":"$","stringValue":"x"})"),
        std::string(R"({"jsonPath":"a","stringValue":"x"})"),
        std::string(R"({"jsonPath":"$.","stringValue":"x"})"),
        std::string(R"({"jsonPath":"$[0]","stringValue":"x"})"),
        std::string(R"({"jsonPath":"$.l[7]","stringValue":"x"})"),
        std::string(R"({"jsonPath":"$.l[-1]","stringValue":"x"})"),
        std::string(R"({"jsonPath":"$.l[","stringValue":"x"})"),
        std::string(R"({"jsonPath":"$.a","listValue":[]})"),
        first + R"(,{"jsonPath":"$.a","numberValue":1})",
        first + R"(,{"jsonPath":"$.a.b","numberValue":1})",
        R"({"jsonPath":")" + deep + R"(","numberValue":1})", many}) {
    const Heard heard = hear(begun_call + call_piece(pieces) + stopped("STOP"));
    EXPECT_TRUE(heard.tools.empty()) << pieces;
    ASSERT_TRUE(heard.failure) << pieces;
    EXPECT_EQ(heard.failure->kind, Failure::Kind::malformed);
  }
}

TEST(Gemini, ThePathLeadsNowhereElse) {
  EXPECT_EQ(gemini_path("gemini-2.5-pro"), "/models/gemini-2.5-pro:streamGenerateContent?alt=sse");
  EXPECT_EQ(gemini_path("tunedModels/mine"), "/tunedModels/mine:streamGenerateContent?alt=sse");
  EXPECT_EQ(gemini_path("../a?b#c"), "/%2E%2E/a%3Fb%23c:streamGenerateContent?alt=sse");
  EXPECT_EQ(gemini_path("a..b"), "/models/a%2E%2Eb:streamGenerateContent?alt=sse");
}

TEST(Gemini, ModelsThatWriteTextAreListed) {
  Vendor vendor;
  vendor.name = "gemini";
  vendor.label = "Google Gemini";
  const auto rows = read_gemini_models(
      vendor,
      R"({"models":[{"name":"models/gemini-2.5-pro","displayName":"Gemini 2.5 Pro","inputTokenLimit":1048576,"outputTokenLimit":65536,"supportedGenerationMethods":["generateContent"]},)"
      R"({"name":"models/gemini-2.5-flash-preview-tts","supportedGenerationMethods":["generateContent"]},)"
      R"({"name":"models/gemini-embedding-001","supportedGenerationMethods":["embedContent"]},{"name":""}]})");
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->front().id, "gemini/gemini-2.5-pro");
  EXPECT_EQ(rows->front().name, "Gemini 2.5 Pro");
  EXPECT_EQ(rows->front().context_tokens, 1'048'576 + 65'536);
  EXPECT_FALSE(read_gemini_models(vendor, R"({"error":{}})"));
}

}  // namespace
}  // namespace threadkeep::llm
