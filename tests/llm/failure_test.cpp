#include "llm/openai_chat/failure.h"

#include <gtest/gtest.h>

namespace threadkeep::llm {
namespace {

const Asked asked{"OpenAI", "gpt-x", "sk-proj-1234567890"};

struct Refusal {
  const char* name;
  int status;
  const char* body;
  const char* sentence;
  bool can_retry;
  const char* retry_after = nullptr;
};

class Refusals : public testing::TestWithParam<Refusal> {};

TEST_P(Refusals, BecomeAHelpfulSentence) {
  const Refusal& refusal = GetParam();
  std::vector<http::Header> headers = {{"Content-Type", "application/json"}};
  if (refusal.retry_after != nullptr) headers.push_back({"Retry-After", refusal.retry_after});
  const Failed failed = refused(asked, refusal.status, headers, refusal.body);
  EXPECT_EQ(failed.error.code, Errc::upstream_failed);
  EXPECT_EQ(failed.error.detail, refusal.sentence);
  EXPECT_EQ(failed.can_retry, refusal.can_retry);
}

INSTANTIATE_TEST_SUITE_P(
    , Refusals,
    testing::Values(
        Refusal{"key", 401,
                R"({"error":{"message":"Incorrect API key provided: sk-proj-****7890."}})",
                "OpenAI refused the API key (401). Check the key in the settings of this server.",
                false},
        Refusal{"credit", 402, R"({"error":{"message":"Insufficient Balance"}})",
                "OpenAI asks for payment or more credit (402): Insufficient Balance.", false},
        Refusal{"country", 403, R"({"error":{"message":"Country not supported"}})",
                "OpenAI does not allow this request (403): Country not supported.", false},
        Refusal{"model", 404, R"({"error":{"message":"The model `gpt-x` does not exist"}})",
                "OpenAI does not know the model \"gpt-x\" or the address (404): The model `gpt-x` "
                "does not exist.",
                false},
        Refusal{
            "address", 404, "404 page not found\n",
            "OpenAI does not know the model \"gpt-x\" or the address (404): 404 page not found.",
            false},
        Refusal{"too_long", 413, "", "OpenAI finds the conversation too long (413).", false},
        Refusal{
            "mistral", 422,
            R"({"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","stream_options","include_usage"],"msg":"Extra inputs are not permitted"}]}})",
            "OpenAI did not accept the request (422): stream_options.include_usage: Extra inputs "
            "are not permitted.",
            false},
        Refusal{"flat_message", 400,
                R"({"object":"error","message":"max_tokens too large","code":400})",
                "OpenAI did not accept the request (400): max_tokens too large.", false},
        Refusal{"plain_error", 400, R"({"error":"model is required"})",
                "OpenAI did not accept the request (400): model is required.", false},
        Refusal{"in_a_list", 400, R"([{"error":{"code":400,"message":"Unknown name"}}])",
                "OpenAI did not accept the request (400): Unknown name.", false},
        Refusal{
            "behind_a_router", 429,
            R"({"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"x is rate-limited upstream","provider_name":"X"}}})",
            "OpenAI takes no more requests at the moment (429): x is rate-limited upstream.", true},
        Refusal{"limit", 429, R"({"error":{"message":"Rate limit reached"}})",
                "OpenAI takes no more requests at the moment (429); try again in 20 s: Rate limit "
                "reached.",
                true, "20"},
        Refusal{"limit_with_fraction", 429, "{}",
                "OpenAI takes no more requests at the moment (429); try again in 3 s.", true,
                "3.7"},
        Refusal{"limit_until_a_date", 429, "{}",
                "OpenAI takes no more requests at the moment (429).", true,
                "Wed, 21 Oct 2026 07:28:00 GMT"},
        Refusal{"limit_for_ever", 429, "{}", "OpenAI takes no more requests at the moment (429).",
                true, "99999999999999999999"},
        Refusal{
            "quota", 429,
            R"({"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}})",
            "OpenAI asks for payment or more credit (429): You exceeded your current quota.",
            false},
        Refusal{"fault", 500, R"({"error":{"message":"Internal error","type":"server_error"}})",
                "OpenAI has trouble of its own at the moment (500): Internal error.", true},
        Refusal{"page", 502,
                "<html><body><h1>Bad gateway</h1><script>alert(1)</script></body></html>",
                "OpenAI has trouble of its own at the moment (502).", true},
        Refusal{"page_behind_space", 503, "\n  <!doctype html><p>Down</p>",
                "OpenAI has trouble of its own at the moment (503).", true},
        Refusal{"broken_json", 503, "{\"error\":{\"message\":\"Half of",
                "OpenAI has trouble of its own at the moment (503).", true},
        Refusal{"slow", 504, "", "OpenAI took too long to answer (504).", true},
        Refusal{"redirect", 302, "",
                "OpenAI sent a redirect (302), which is not followed. Check the address in the "
                "settings of this server.",
                false},
        Refusal{"strange", 418, "", "OpenAI did not accept the request (418).", false}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Refusal, SaysThatNoKeyIsSet) {
  EXPECT_EQ(refused(Asked{"OpenAI", "m", ""}, 401, {}, "").error.detail,
            "OpenAI asks for an API key (401), and none is set.");
}

TEST(CleanWords, HideKeysAndPasswords) {
  EXPECT_EQ(clean_words("key sk-proj-1234567890 is bad", asked.api_key), "key [key] is bad");
  EXPECT_EQ(clean_words("key sk-other-key-99 and gsk_abcdef and Bearer abcdefgh", ""),
            "key [key] and [key] and [key]");
  EXPECT_EQ(clean_words("ask-me and risk-free and sk-a", ""), "ask-me and risk-free and sk-a");
  EXPECT_EQ(clean_words("at http://user:secret@host/v1 and https://a@b", ""),
            "at http://host/v1 and https://b");
  EXPECT_EQ(clean_words("at http://host/a@b", ""), "at http://host/a@b");
}

TEST(CleanWords, StayOnOneLineAndShort) {
  EXPECT_EQ(clean_words("\n one\r\n\ttwo\x1B[31m \x7F\xC2\x85three \n", ""), "one two [31m three");
  EXPECT_EQ(clean_words("a\xFFz", ""), "a\xEF\xBF\xBDz");
  std::string long_text;
  while (long_text.size() < 100'000) long_text += "äöü";
  const std::string cut = clean_words(long_text, "");
  EXPECT_LE(cut.size(), 243U);
  EXPECT_EQ(cut.substr(cut.size() - 5), "ü…");
}

TEST(ReportedError, CanBeTriedAgainWhenItPasses) {
  const auto can_retry = [](const char* text) {
    const auto document = json::Document::parse(text, json::Mode::foreign);
    return reported_error(asked, document->root()).can_retry;
  };
  EXPECT_TRUE(can_retry(R"({"error":{"code":429,"message":"x"}})"));
  EXPECT_TRUE(can_retry(R"({"error":{"code":502,"message":"x"}})"));
  EXPECT_TRUE(can_retry(R"({"error":{"type":"overloaded_error","message":"x"}})"));
  EXPECT_TRUE(can_retry(R"({"error":{"code":"rate_limit_exceeded","message":"x"}})"));
  EXPECT_FALSE(can_retry(R"({"error":{"code":400,"message":"x"}})"));
  EXPECT_FALSE(can_retry(R"({"error":"x"})"));
}

}  // namespace
}  // namespace threadkeep::llm
