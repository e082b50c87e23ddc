// The parser on streams that were written for it (fixtures/streams.txt), each whole and cut at
// every byte, and on what no file can hold.
#include "llm/openai_chat/chat_parser.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "json/json.h"
#include "llm/heard.h"

namespace threadkeep::llm {
namespace {

struct Fixture {
  std::string name;
  std::string expected;  // JSON
  std::string wire;
};

// "#### name", a line with what is expected, then the bytes up to the line end before the next
// name.
std::vector<Fixture> read_fixtures() {
  std::ifstream file("tests/llm/fixtures/streams.txt", std::ios::binary);
  std::ostringstream all;
  all << file.rdbuf();
  const std::string text = "\n" + all.str();
  const std::string mark = "\n#### ";
  std::vector<Fixture> fixtures;
  for (std::size_t at = text.find(mark); at != std::string::npos;) {
    const std::size_t next = text.find(mark, at + 1);
    const std::size_t name_end = text.find('\n', at + 1);
    const std::size_t expected_end = text.find('\n', name_end + 1);
    const std::size_t end = next == std::string::npos ? text.size() - 1 : next;
    fixtures.push_back({text.substr(at + mark.size(), name_end - at - mark.size()),
                        text.substr(name_end + 1, expected_end - name_end - 1),
                        text.substr(expected_end + 1, end - expected_end - 1)});
    at = next;
  }
  return fixtures;
}

AnswerParserOptions options() {
  AnswerParserOptions options;
  options.asked = Asked{"The vendor", "a-model", "sk-secret-secret"};
  return options;
}

Heard hear(const std::vector<std::string_view>& pieces,
           AnswerParserOptions parser_options = options(), int status = 200) {
  Heard heard;
  OpenAiChatParser parser(std::move(parser_options), [&](Event event) { heard.add(event); });
  parser.head(status, {});
  for (const std::string_view piece : pieces) parser.feed(piece);
  parser.finish();
  EXPECT_TRUE(heard.is_ended());
  EXPECT_TRUE(parser.is_ended());
  return heard;
}

std::string chunk_with_text(std::string_view text) {
  std::string chunk = "data: ";
  json::Writer(chunk)
      .begin_object()
      .key("choices")
      .begin_array()
      .begin_object()
      .key("delta")
      .begin_object()
      .member("content", text)
      .end_object()
      .end_object()
      .end_array()
      .end_object();
  return chunk + "\n\n";
}

std::string reason_name(std::optional<Finished::Reason> reason) {
  if (!reason) return "";
  constexpr std::array names = {"stop", "length", "tool_use", "content_filter", "other"};
  return names.at(static_cast<std::size_t>(*reason));
}

void compare(json::Value expected, const Heard& heard) {
  ASSERT_TRUE(heard.breaches.empty()) << heard.breaches.front();
  ASSERT_EQ(heard.text, expected["text"].string());
  ASSERT_EQ(heard.reasoning, expected["reasoning"].string());
  ASSERT_EQ(heard.blocks, expected["blocks"].string());
  ASSERT_EQ(heard.tools.size(), expected["tools"].size());
  for (std::size_t i = 0; i < heard.tools.size(); ++i) {
    const json::Value tool = expected["tools"].at(i);
    ASSERT_EQ(heard.tools[i].id, tool.at(0).string());
    ASSERT_EQ(heard.tools[i].name, tool.at(1).string());
    ASSERT_EQ(heard.tools[i].input, tool.at(2).string());
    ASSERT_EQ(heard.tools[i].is_ended, heard.finished.has_value());
  }
  ASSERT_EQ(heard.usage.has_value(), expected["usage"].is_array());
  if (heard.usage) {
    ASSERT_EQ(heard.usage->input_tokens, expected["usage"].at(0).integer());
    ASSERT_EQ(heard.usage->output_tokens, expected["usage"].at(1).integer());
  }
  ASSERT_EQ(heard.failed.value_or(""), expected["error"].string());
  ASSERT_EQ(reason_name(heard.finished), expected["reason"].string());
}

TEST(ChatParser, UnderstandsTheFixturesHoweverTheyAreCut) {
  const std::vector<Fixture> fixtures = read_fixtures();
  ASSERT_GE(fixtures.size(), 56U);
  for (const Fixture& fixture : fixtures) {
    SCOPED_TRACE(fixture.name);
    const auto expected = json::Document::parse(fixture.expected, json::Mode::strict);
    ASSERT_TRUE(expected) << expected.error().detail;
    const std::string_view wire = fixture.wire;
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
      SCOPED_TRACE(cut);
      ASSERT_NO_FATAL_FAILURE(
          compare(expected->root(), hear({wire.substr(0, cut), wire.substr(cut)})));
    }
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < wire.size(); ++i) bytes.push_back(wire.substr(i, 1));
    ASSERT_NO_FATAL_FAILURE(compare(expected->root(), hear(bytes)));
  }
}

TEST(ChatParser, SaysEachPieceAtOnce) {
  Heard heard;
  OpenAiChatParser parser(options(), [&](Event event) { heard.add(event); });
  parser.head(200, {});
  const std::string one = chunk_with_text("one");
  parser.feed(one);
  EXPECT_EQ(heard.text, "one");
  const std::string two = chunk_with_text(" two");
  parser.feed(two);
  EXPECT_EQ(heard.text, "one two");
  EXPECT_FALSE(heard.is_ended());
  parser.feed("data: [DONE]\n\n");
  EXPECT_EQ(heard.finished, Finished::Reason::stop);
}

TEST(ChatParser, SaysToolInputWhileItComes) {
  Heard heard;
  OpenAiChatParser parser(options(), [&](Event event) { heard.add(event); });
  parser.head(200, {});
  parser.feed(
      "data: "
      "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":"
      "\"f\",\"arguments\":\"{\\\"a\"}}]}}]}\n\n");
  ASSERT_EQ(heard.tools.size(), 1U);
  EXPECT_EQ(heard.tools[0].input, "{\"a");
}

TEST(ChatParser, IgnoresWhatComesAfterTheEnd) {
  const Heard heard = hear(
      {"data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\ndata: "
       "[DONE]\n\n",
       chunk_with_text("b"), "data: {broken\n\n", "data: {\"error\":\"late\"}\n\n"});
  EXPECT_EQ(heard.text, "a");
  EXPECT_EQ(heard.finished, Finished::Reason::stop);
  EXPECT_TRUE(heard.breaches.empty());
}

TEST(ChatParser, RefusesALineWithoutAnEnd) {
  const std::string text = chunk_with_text("kept");
  const std::string ten_megabytes(10U << 20, 'x');
  const Heard heard = hear({text, "data: ", ten_megabytes, ten_megabytes});
  EXPECT_EQ(heard.text, "kept");
  EXPECT_EQ(heard.failed, "The vendor sent a piece of its answer that is too long.");
  EXPECT_EQ(heard.failure->kind, Failure::Kind::malformed);
}

TEST(ChatParser, RefusesADocumentThatIsTooLong) {
  AnswerParserOptions small = options();
  small.limits.document_bytes_max = 1'000;
  const Heard heard = hear(
      {"{\"choices\":[{\"message\":{\"content\":\"", std::string(2'000, 'x'), "\"}}]}"}, small);
  EXPECT_EQ(heard.failed, "The vendor sent an answer that is too long.");
}

// Each piece looks for its call: without a limit the work grows with the square.
TEST(ChatParser, AsksForSoManyToolsAtOnceAndNoMore) {
  const auto calls = [](int from, int count) {
    std::string wire = "data: {\"choices\":[{\"delta\":{\"tool_calls\":[";
    for (int i = from; i < from + count; ++i) {
      if (i > from) wire += ",";
      wire += "{\"index\":" + std::to_string(i) + ",\"id\":\"c" + std::to_string(i) +
              "\",\"function\":{\"name\":\"t\",\"arguments\":\"{}\"}}";
    }
    return wire + "]}}]}\n\n";
  };
  constexpr int most = static_cast<int>(tool_calls_max);
  const Heard enough = hear({calls(0, most), "data: [DONE]\n\n"});
  EXPECT_EQ(enough.finished, Finished::Reason::tool_use);
  const Heard one_more =
      hear({calls(0, most), calls(most, 1), chunk_with_text("after"), "data: [DONE]\n\n"});
  EXPECT_EQ(one_more.failed, "The vendor asked for more than 256 tools at once.");
  EXPECT_EQ(one_more.text, "");
  EXPECT_TRUE(one_more.breaches.empty());
  const auto begun = std::chrono::steady_clock::now();
  const Heard flood = hear({calls(0, 30'000)});
  EXPECT_EQ(flood.failure->kind, Failure::Kind::malformed);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST(ChatParser, JoinsCharactersThatTheNetworkCut) {
  const std::string wire = chunk_with_text("naïve 世界 👋🏽") + "data: [DONE]\n\n";
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    const Heard heard =
        hear({std::string_view(wire).substr(0, cut), std::string_view(wire).substr(cut)});
    ASSERT_EQ(heard.text, "naïve 世界 👋🏽");
  }
}

TEST(ChatParser, DoesNotLookAtSpaceAgainAndAgain) {
  const std::string space = chunk_with_text(std::string(4'096, ' '));
  Heard heard;
  OpenAiChatParser parser(options(), [&](Event event) { heard.add(event); });
  parser.head(200, {});
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 4'096; ++i) parser.feed(space);
  const auto took = std::chrono::steady_clock::now() - begin;
  parser.feed("data: [DONE]\n\n");
  EXPECT_EQ(heard.text.size(), 16U << 20);
  // Looked at again for each piece these would be 34 GB.
  EXPECT_LT(took, std::chrono::seconds(5));
}

TEST(ChatParser, GivesBackTheNamesOfToolsThatWereSentInAnotherForm) {
  const std::string long_name(65, 'x');
  AnswerParserOptions renamed = options();
  renamed.tool_names =
      ToolNames({Tool{"a.b", "", "{}"}, Tool{"a_b", "", "{}"}, Tool{long_name, "", "{}"}});
  const auto tool_called = [&](const std::string& name) {
    return hear({"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\","
                 "\"function\":{\"name\":\"",
                 name, "\",\"arguments\":\"{}\"}}]}}]}\n\ndata: [DONE]\n\n"},
                renamed)
        .tools.at(0)
        .name;
  };
  EXPECT_EQ(tool_called("a_b"), "a_b");
  EXPECT_EQ(tool_called("a_b_2"), "a.b");
  EXPECT_EQ(tool_called(std::string(64, 'x')), long_name);
  EXPECT_EQ(tool_called("unheard_of"), "unheard_of");
}

TEST(ChatParser, TellsWhatWasCachedAndThought) {
  const auto usage_of = [](std::string_view usage) {
    return hear({"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":", usage,
                 "}\n\ndata: [DONE]\n\n"})
        .usage;
  };
  auto usage = usage_of(
      R"({"prompt_tokens":9,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":5},"completion_tokens_details":{"reasoning_tokens":3}})");
  EXPECT_EQ(usage->cached_input_tokens, 5);
  EXPECT_EQ(usage->reasoning_tokens, 3);
  usage = usage_of(R"({"prompt_tokens":9,"completion_tokens":7,"prompt_cache_hit_tokens":4})");
  EXPECT_EQ(usage->cached_input_tokens, 4);
  EXPECT_EQ(usage->reasoning_tokens, std::nullopt);
  usage = usage_of(R"({"prompt_tokens":9223372036854775807,"completion_tokens":7})");
  EXPECT_EQ(usage->input_tokens, 0) << "no count: two of them would not fit into their sum";
  EXPECT_EQ(usage->output_tokens, 7);
}

TEST(ChatParser, TellsTheCostWhereItIsInDollars) {
  const auto cost_of = [](std::string_view cost, bool tells_dollars) {
    AnswerParserOptions options;
    options.tells_dollars = tells_dollars;
    std::optional<Usage> usage;
    OpenAiChatParser parser(std::move(options), [&](const Event& event) {
      if (const auto* told = std::get_if<Usage>(&event)) usage = *told;
    });
    parser.head(200, {});
    parser.feed(R"({"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],)"
                R"("usage":{"prompt_tokens":9,"completion_tokens":7,"cost":)" +
                std::string(cost) + "}}");
    parser.finish(nullptr);
    return usage.value().cost_nano_usd;
  };
  EXPECT_EQ(cost_of("0.00014", true), 140'000);
  EXPECT_EQ(cost_of("3.75e-8", true), 38);
  EXPECT_EQ(cost_of("0", true), 0);
  EXPECT_EQ(cost_of("2", true), 2'000'000'000);
  EXPECT_EQ(cost_of("0.00014", false), std::nullopt);
  for (const char* cost : {"-1", "\"1\"", "null", "1e300", "{}"})
    EXPECT_EQ(cost_of(cost, true), std::nullopt) << cost;
}

TEST(ChatParser, FailsOnBrokenCharactersAndKeepsWhatWasSaid) {
  for (const std::string_view broken :
       {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE4\xB8"}) {
    const std::string piece =
        "data: {\"choices\":[{\"delta\":{\"content\":\"" + std::string(broken) + "\"}}]}\n\n";
    const Heard heard = hear({chunk_with_text("kept"), piece, "data: [DONE]\n\n"});
    EXPECT_EQ(heard.text, "kept");
    EXPECT_EQ(heard.failed, "The vendor sent something that cannot be read.");
    EXPECT_EQ(heard.failure->kind, Failure::Kind::malformed);
  }
}

TEST(ChatParser, StaysInOrderWhateverByteIsChanged) {
  const std::string wire =
      "data: "
      "{\"choices\":[{\"delta\":{\"content\":\"a\",\"tool_calls\":[{\"index\":0,\"id\":\"x\","
      "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
      "\"finish_reason\":null}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: "
      "[DONE]\n\n";
  for (std::size_t at = 0; at < wire.size(); ++at) {
    for (const char c : {'\0', '"', '{', '}', '[', '\n', '\\', '9', '-', '\xFF', '<'}) {
      std::string changed = wire;
      changed[at] = c;
      const Heard heard = hear({changed});
      ASSERT_TRUE(heard.breaches.empty()) << heard.breaches.front() << " in " << changed;
    }
  }
}

TEST(ChatParser, IsCompleteWhenTheConnectionBreaksBehindTheReason) {
  const Error reset{Errc::upstream_failed, "Connection reset by peer"};
  Heard heard;
  OpenAiChatParser parser(options(), [&](Event event) { heard.add(event); });
  parser.head(200, {});
  parser.feed(
      "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n");
  parser.finish(&reset);
  EXPECT_EQ(heard.finished, Finished::Reason::stop);
}

TEST(ChatParser, TellsAConnectionThatBreaksWithinTheAnswer) {
  const Error reset{Errc::upstream_failed, "Connection reset by peer"};
  Heard heard;
  OpenAiChatParser parser(options(), [&](Event event) { heard.add(event); });
  parser.head(200, {});
  parser.feed(chunk_with_text("a"));
  parser.finish(&reset);
  EXPECT_EQ(heard.failed, "The answer of The vendor broke off: Connection reset by peer.");
  EXPECT_EQ(heard.failure->kind, Failure::Kind::network);
}

TEST(ChatParser, TellsAnEndInTheMiddleOfAnEvent) {
  const std::string kept = chunk_with_text("kept");
  const Heard heard = hear({kept, kept.substr(0, kept.size() / 2)});
  EXPECT_EQ(heard.text, "kept");
  EXPECT_EQ(heard.failed, "The vendor broke off in the middle of its answer.");
  EXPECT_EQ(heard.failure->kind, Failure::Kind::cut_off);
}

TEST(ChatParser, TakesALastEventWithoutItsLineEnd) {
  const std::string kept = chunk_with_text("kept");
  EXPECT_EQ(hear({kept, kept.substr(0, kept.size() - 2)}).text, "keptkept");
}

TEST(ChatParser, TellsAConnectionThatWasNeverMade) {
  const Error refused{Errc::upstream_failed, "connection refused"};
  Heard heard;
  OpenAiChatParser parser(options(), [&](Event event) { heard.add(event); });
  parser.finish(&refused);
  EXPECT_EQ(heard.failed, "The vendor could not be reached: connection refused.");
  EXPECT_EQ(heard.failure->kind, Failure::Kind::network);
}

TEST(ChatParser, ReadsOnlyTheBeginningOfARefusal) {
  const std::string megabyte(1U << 20, 'x');
  const Heard heard =
      hear({"{\"error\":{\"message\":\"too long for a refusal\"},\"more\":\"", megabyte, "\"}"},
           options(), 500);
  EXPECT_EQ(heard.failed, "The vendor has trouble of its own at the moment (500).");
}

}  // namespace
}  // namespace threadkeep::llm
