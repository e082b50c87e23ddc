#include "llm/failure.h"

#include <gtest/gtest.h>

#include "llm/foreign_words.h"

namespace threadkeep::llm {
namespace {

using Kind = Failure::Kind;

const Asked asked{"OpenAI", "gpt-x", "sk-proj-1234567890"};

struct Refusal {
  const char* name;
  int status;
  const char* body;
  const char* sentence;
  Kind kind;
  const char* retry_after = nullptr;
  std::optional<int> retry_after_s = {};
};

class Refusals : public testing::TestWithParam<Refusal> {};

TEST_P(Refusals, BecomeAHelpfulSentence) {
  const Refusal& refusal = GetParam();
  std::vector<http::Header> headers = {{"Content-Type", "application/json"},
                                       {"Date", "Wed, 21 Oct 2026 07:27:15 GMT"}};
  if (refusal.retry_after != nullptr) headers.push_back({"Retry-After", refusal.retry_after});
  const Failed failed = refused(asked, refusal.status, headers, refusal.body);
  EXPECT_EQ(failed.failure.sentence, refusal.sentence);
  EXPECT_EQ(failed.failure.kind, refusal.kind);
  EXPECT_EQ(failed.failure.vendor, "OpenAI");
  EXPECT_EQ(failed.failure.http_status, refusal.status);
  EXPECT_EQ(failed.failure.retry_after_s, refusal.retry_after_s);
}

INSTANTIATE_TEST_SUITE_P(
    , Refusals,
    testing::Values(
        Refusal{"key", 401,
                R"({"error":{"message":"Incorrect API key provided: sk-proj-****7890."}})",
                "OpenAI refused the API key (401). Check the key in the settings of this server.",
                Kind::auth},
        Refusal{"credit", 402, R"({"error":{"message":"Insufficient Balance"}})",
                "OpenAI asks for payment or more credit (402): Insufficient Balance.",
                Kind::payment},
        Refusal{"country", 403, R"({"error":{"message":"Country not supported"}})",
                "OpenAI does not allow this request (403): Country not supported.",
                Kind::not_allowed},
        Refusal{"model", 404, R"({"error":{"message":"The model `gpt-x` does not exist"}})",
                "OpenAI does not know the model \"gpt-x\" or the address (404): The model `gpt-x` "
                "does not exist.",
                Kind::unknown_model},
        Refusal{
            "address", 404, "404 page not found\n",
            "OpenAI does not know the model \"gpt-x\" or the address (404): 404 page not found.",
            Kind::unknown_model},
        Refusal{"too_long", 413, "", "OpenAI finds the conversation too long (413).",
                Kind::too_long},
        Refusal{
            "mistral", 422,
            R"({"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","stream_options","include_usage"],"msg":"Extra inputs are not permitted"}]}})",
            "OpenAI did not accept the request (422): stream_options.include_usage: Extra inputs "
            "are not permitted.",
            Kind::refused},
        Refusal{"flat_message", 400,
                R"({"object":"error","message":"max_tokens too large","code":400})",
                "OpenAI did not accept the request (400): max_tokens too large.", Kind::refused},
        Refusal{"plain_error", 400, R"({"error":"model is required"})",
                "OpenAI did not accept the request (400): model is required.", Kind::refused},
        Refusal{"in_a_list", 400, R"([{"error":{"code":400,"message":"Unknown name"}}])",
                "OpenAI did not accept the request (400): Unknown name.", Kind::refused},
        Refusal{
            "behind_a_router", 429,
            R"({"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"x is rate-limited upstream","provider_name":"X"}}})",
            "OpenAI takes no more requests at the moment (429): x is rate-limited upstream.",
            Kind::rate_limited},
        Refusal{"limit", 429, R"({"error":{"message":"Rate limit reached"}})",
                "OpenAI takes no more requests at the moment (429); try again in 20 s: Rate limit "
                "reached.",
                Kind::rate_limited, "20", 20},
        Refusal{
            "limit_in_the_document", 429,
            R"({"error":{"message":"Quota","status":"RESOURCE_EXHAUSTED","details":[{"violations":[]},{"retryDelay":"34.4s"}]}})",
            "OpenAI takes no more requests at the moment (429); try again in 35 s: Quota.",
            Kind::rate_limited, nullptr, 35},
        Refusal{"limit_with_fraction", 429, "{}",
                "OpenAI takes no more requests at the moment (429); try again in 3 s.",
                Kind::rate_limited, "3.7", 3},
        Refusal{"limit_until_a_date", 429, "{}",
                "OpenAI takes no more requests at the moment (429); try again in 45 s.",
                Kind::rate_limited, "Wed, 21 Oct 2026 07:28:00 GMT", 45},
        Refusal{"limit_until_nonsense", 429, "{}",
                "OpenAI takes no more requests at the moment (429).", Kind::rate_limited, "soon"},
        Refusal{"limit_for_minutes", 429, "{}",
                "OpenAI takes no more requests at the moment (429); try again in 10 minutes.",
                Kind::rate_limited, "600", 600},
        Refusal{"busy_for_a_while", 503, "{}",
                "OpenAI has trouble of its own at the moment (503); try again in 5 s.",
                Kind::overloaded, "5", 5},
        Refusal{
            "context", 400,
            R"({"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}})",
            "OpenAI finds the conversation too long (400): This model's maximum context length "
            "is 8192 tokens.",
            Kind::too_long},
        Refusal{
            "context_of_a_small_server", 400,
            R"({"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}})",
            "OpenAI finds the conversation too long (400): the request exceeds the available "
            "context size.",
            Kind::too_long},
        Refusal{
            "key_that_is_no_401", 400,
            R"({"error":{"status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}})",
            "OpenAI refused the API key (400). Check the key in the settings of this server.",
            Kind::auth},
        Refusal{"limit_for_ever", 429, "{}", "OpenAI takes no more requests at the moment (429).",
                Kind::rate_limited, "99999999999999999999"},
        Refusal{
            "quota", 429,
            R"({"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}})",
            "OpenAI asks for payment or more credit (429): You exceeded your current quota.",
            Kind::payment},
        Refusal{"fault", 500, R"({"error":{"message":"Internal error","type":"server_error"}})",
                "OpenAI has trouble of its own at the moment (500): Internal error.",
                Kind::overloaded},
        Refusal{"page", 502,
                "<html><body><h1>Bad gateway</h1><script>alert(1)</script></body></html>",
                "OpenAI has trouble of its own at the moment (502).", Kind::overloaded},
        Refusal{"page_behind_space", 503, "\n  <!doctype html><p>Down</p>",
                "OpenAI has trouble of its own at the moment (503).", Kind::overloaded},
        Refusal{"broken_json", 503, "{\"error\":{\"message\":\"Half of",
                "OpenAI has trouble of its own at the moment (503).", Kind::overloaded},
        Refusal{"slow", 504, "", "OpenAI took too long to answer (504).", Kind::timed_out},
        Refusal{"redirect", 302, "",
                "OpenAI sent a redirect (302), which is not followed. Check the address in the "
                "settings of this server.",
                Kind::refused},
        Refusal{"strange", 418, "", "OpenAI did not accept the request (418).", Kind::refused}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Refusal, SaysThatNoKeyIsSet) {
  EXPECT_EQ(refused(Asked{"OpenAI", "m", ""}, 401, {}, "").failure.sentence,
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

struct Report {
  const char* name;
  const char* document;
  Kind kind;
  const char* sentence;
};

class Reports : public testing::TestWithParam<Report> {};

TEST_P(Reports, OfAnErrorWithinAnAnswerAreToldAlike) {
  const Report& report = GetParam();
  const auto document = json::Document::parse(report.document, json::Mode::foreign);
  const Failed failed = reported_error(asked, document->root());
  EXPECT_EQ(failed.failure.kind, report.kind);
  EXPECT_EQ(failed.failure.sentence, report.sentence);
}

INSTANTIATE_TEST_SUITE_P(
    , Reports,
    testing::Values(
        Report{"limit", R"({"error":{"code":429,"message":"Slow down"}})", Kind::rate_limited,
               "OpenAI takes no more requests at the moment (429): Slow down."},
        Report{"limit_by_name", R"({"error":{"code":"rate_limit_exceeded","message":"Slow down"}})",
               Kind::rate_limited, "OpenAI takes no more requests at the moment: Slow down."},
        Report{"gateway", R"({"error":{"code":502,"message":"Bad gateway"}})", Kind::overloaded,
               "OpenAI reported an error: Bad gateway."},
        Report{"overloaded", R"({"error":{"type":"overloaded_error","message":"Busy"}})",
               Kind::overloaded, "OpenAI reported an error: Busy."},
        Report{"key",
               R"({"error":{"type":"authentication_error","message":"bad sk-proj-1234567890"}})",
               Kind::auth,
               "OpenAI refused the API key. Check the key in the settings of this server."},
        Report{"context", R"({"error":{"code":"context_length_exceeded","message":"Too many"}})",
               Kind::too_long, "OpenAI finds the conversation too long: Too many."},
        Report{"request", R"({"error":{"code":400,"message":"Odd"}})", Kind::refused,
               "OpenAI reported an error: Odd."},
        Report{"words", R"({"error":"Odd"})", Kind::refused, "OpenAI reported an error: Odd."}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Failures, AreMarkedWithWhatTheyAre) {
  EXPECT_EQ(type_of(Kind::auth), "auth");
  EXPECT_EQ(type_of(Kind::rate_limited), "rate-limited");
  EXPECT_EQ(type_of(Kind::cut_off), "cut-off");
  EXPECT_EQ(type_of(Kind::refused), "upstream");
}

TEST(Failures, KeepTheVendorsWordsApart) {
  const Failure failure =
      refused(asked, 429, {{"retry-after", "7"}}, R"({"error":{"message":"Slow\ndown"}})").failure;
  EXPECT_EQ(failure.said, "Slow down");
  EXPECT_EQ(failure.retry_after_s, 7);
  const Error reset{Errc::upstream_failed, "Connection reset by peer"};
  EXPECT_EQ(connection_failed(asked, reset, Moment::within_answer).failure.said,
            "Connection reset by peer");
}

}  // namespace
}  // namespace threadkeep::llm
