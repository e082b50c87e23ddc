// Every recorded stream, whole and cut.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "llm/anthropic_messages/messages_parser.h"
#include "llm/gemini/gemini_parser.h"
#include "llm/heard.h"
#include "llm/openai_chat/chat_parser.h"
#include "llm/openai_responses/responses_parser.h"
#include "llm/recordings.h"

namespace threadkeep::llm {
namespace {

// How many there were when this was written.
constexpr std::size_t streams_known = 258;
constexpr std::size_t documents_known = 102;

struct OtherKind {
  const char* name;
  std::size_t files;
  const char* why;
};
constexpr auto other_kinds = std::to_array<OtherKind>({
    {"request", 147, "what clients of others asked; the answers beside it are read"},
    {"refusal", 4, "read with their status, by OfRefusalsSayWhatTheyAre"},
    {"ollama", 5, "lines of JSON of /api/chat: Ollama is asked at /v1/chat/completions"},
    {"bedrock converse", 23, "in binary frames on the wire, and every request is signed"},
    {"cohere chat", 10, "a protocol of one vendor, who also has OpenAI's chat completions"},
    {"gemini interactions", 17, "another protocol of a vendor who is asked for generateContent"},
    {"reranking", 3, "no words of a model"},
    {"skill", 3, "no words of a model"},
    {"agent", 1, "what a program that talks to models tells its own client"},
});

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_slow_build = true;
#else
constexpr bool is_slow_build = false;
#endif

std::unique_ptr<AnswerParser> parser_of(Recording::Wire protocol,
                                        const std::function<void(Event)>& on_event) {
  const Asked asked{"The vendor", "a-model", "sk-secret-secret"};
  if (protocol == Recording::Wire::anthropic_messages) {
    AnswerParserOptions options;
    options.asked = asked;
    return std::make_unique<AnthropicMessagesParser>(std::move(options), on_event);
  }
  if (protocol == Recording::Wire::gemini) {
    AnswerParserOptions options;
    options.asked = asked;
    return std::make_unique<GeminiParser>(std::move(options), on_event);
  }
  if (protocol == Recording::Wire::openai_responses) {
    AnswerParserOptions options;
    options.asked = asked;
    return std::make_unique<ResponsesParser>(std::move(options), on_event);
  }
  AnswerParserOptions options;
  options.asked = asked;
  return std::make_unique<OpenAiChatParser>(std::move(options), on_event);
}

class Listening {
 public:
  explicit Listening(Recording::Wire protocol)
      : parser_(parser_of(protocol, [this](const Event& event) { heard_.add(event); })) {
    parser_->head(200, {});
  }
  void feed(std::string_view bytes) { parser_->feed(bytes); }
  Heard finish() {
    parser_->finish();
    return std::move(heard_);
  }

 private:
  Heard heard_;
  std::unique_ptr<AnswerParser> parser_;
};

Heard hear_whole(Recording::Wire protocol, const std::string& wire) {
  Listening listening(protocol);
  listening.feed(wire);
  return listening.finish();
}

Heard hear_bytes(Recording::Wire protocol, const std::string& wire) {
  Listening listening(protocol);
  for (const char& byte : wire) listening.feed({&byte, 1});
  return listening.finish();
}

Heard hear_two_pieces(Recording::Wire protocol, const std::string& wire, std::size_t cut) {
  Listening listening(protocol);
  listening.feed(std::string_view(wire).substr(0, cut));
  listening.feed(std::string_view(wire).substr(cut));
  return listening.finish();
}

std::string with_crlf(const std::string& wire) {
  std::string out;
  for (const char c : wire) {
    if (c == '\n' && (out.empty() || out.back() != '\r')) out += '\r';
    out += c;
  }
  return out;
}

// "" when both say the same.
std::string difference(const Heard& a, const Heard& b) {
  if (!b.breaches.empty()) return b.breaches.front();
  if (a.text != b.text) return "text";
  if (a.reasoning != b.reasoning) return "reasoning";
  if (a.tools != b.tools) return "tools";
  if (a.signatures != b.signatures) return "signatures";
  if (a.blocks != b.blocks) return "order of blocks: " + a.blocks + " and " + b.blocks;
  if (a.finished != b.finished || a.failed != b.failed) return "end";
  const auto counts = [](const Heard& heard) {
    return heard.usage ? std::pair{heard.usage->input_tokens, heard.usage->output_tokens}
                       : std::pair<std::int64_t, std::int64_t>{-1, -1};
  };
  return counts(a) == counts(b) ? "" : "usage";
}

Finished::Reason reason_of(const Expected& expected) {
  if (expected.reason == "length" || expected.reason == "max_tokens" ||
      expected.reason == "MAX_TOKENS" || expected.reason == "max_output_tokens")
    return Finished::Reason::length;
  if (expected.reason == "content_filter" || expected.reason == "refusal")
    return Finished::Reason::content_filter;
  if (expected.reason == "pause_turn") return Finished::Reason::other;
  return expected.tools.empty() ? Finished::Reason::stop : Finished::Reason::tool_use;
}

void compare(const Expected& expected, const Heard& heard) {
  EXPECT_TRUE(heard.breaches.empty()) << heard.breaches.front();
  EXPECT_EQ(heard.text, expected.text);
  EXPECT_EQ(heard.reasoning, expected.reasoning);
  ASSERT_EQ(heard.tools.size(), expected.tools.size());
  for (std::size_t i = 0; i < expected.tools.size(); ++i) {
    if (!expected.tools[i].id.empty()) {
      EXPECT_EQ(heard.tools[i].id, expected.tools[i].id);
    }
    EXPECT_EQ(heard.tools[i].name, expected.tools[i].name);
    EXPECT_EQ(heard.tools[i].input, expected.tools[i].input);
  }
  ASSERT_EQ(heard.usage.has_value(), expected.usage.has_value());
  if (expected.usage) {
    EXPECT_EQ(heard.usage->input_tokens, expected.usage->first);
    EXPECT_EQ(heard.usage->output_tokens, expected.usage->second);
  }
  if (expected.error) {
    ASSERT_TRUE(heard.failed);
    EXPECT_NE(heard.failed->find(expected.error->substr(0, 60)), std::string::npos)
        << *heard.failed;
  } else {
    EXPECT_EQ(heard.failed, std::nullopt);
    EXPECT_EQ(heard.finished, reason_of(expected));
  }
}

// Before it nothing is complete.
std::size_t first_reason(const std::string& wire) {
  for (const char* mark : {"\"response.completed\"", "\"response.incomplete\"",
                           "{\"type\":\"error\"", "\"finish_reason\":\"", "\"finish_reason\": \"",
                           "\"stop_reason\":\"", "\"stop_reason\": \"", "\"finishReason\":",
                           "[DONE]", "event: error", "\"message_start\"", "\"response\""}) {
    const std::size_t at = wire.rfind(mark) == std::string::npos ? wire.size() : wire.find(mark);
    if (at != wire.size()) return at;
  }
  return std::string::npos;
}

class Recordings : public testing::Test {
 protected:
  void SetUp() override {
    const auto folder = recordings_folder();
    if (!folder) GTEST_SKIP() << "The recorded streams are not here.";
    RecordedFiles files = read_recordings(*folder);
    recordings_ = std::move(files.answers);
    others_ = std::move(files.others);
  }
  std::vector<Recording> recordings_;
  std::map<std::string, std::vector<std::string>> others_;
};

// A file more or less, or of a kind that nobody has looked at, is told here.
TEST_F(Recordings, AreAllFoundAndOfAKnownKind) {
  std::size_t documents = 0;
  for (const Recording& recording : recordings_) documents += recording.is_document ? 1 : 0;
  EXPECT_EQ(recordings_.size() - documents, streams_known);
  EXPECT_EQ(documents, documents_known);
  std::size_t all = recordings_.size();
  for (const auto& [name, files, why] : other_kinds) {
    EXPECT_EQ(others_[name].size(), files) << name << ": " << why;
    all += others_[name].size();
  }
  for (const std::string& path : others_[""]) ADD_FAILURE() << path << " is of no known kind";
  EXPECT_EQ(others_.size(), other_kinds.size() + 1);
  std::size_t there_are = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*recordings_folder()))
    there_are += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(all, there_are);
  std::cout << recordings_.size() - documents << " streams, " << documents << " documents, "
            << there_are - recordings_.size() << " other files\n";
}

// One was written by hand and lacks a brace in two lines.
TEST_F(Recordings, WithBrokenJsonAreToldToBeBroken) {
  std::size_t mended = 0;
  for (const Recording& recording : recordings_) {
    if (!recording.is_mended) continue;
    ++mended;
    const std::string wire =
        "data: " + recording.chunks[0].substr(0, recording.chunks[0].size() - 1);
    const Heard heard = hear_whole(recording.protocol, wire + "\n\n");
    ASSERT_TRUE(heard.failure) << recording.path;
    EXPECT_EQ(heard.failure->kind, Failure::Kind::malformed);
  }
  EXPECT_EQ(mended, 1);
}

TEST_F(Recordings, SayWhatTheSimpleReadingSays) {
  for (const Recording& recording : recordings_) {
    SCOPED_TRACE(recording.path);
    compare(expected_of(recording), hear_whole(recording.protocol, recording.wire));
  }
}

TEST_F(Recordings, SayTheSameWithOtherLineEnds) {
  for (const Recording& recording : recordings_) {
    if (recording.is_document) continue;
    EXPECT_EQ(difference(hear_whole(recording.protocol, recording.wire),
                         hear_whole(recording.protocol, with_crlf(recording.wire))),
              "")
        << recording.path;
  }
}

// Error documents that were recorded with the status of a refusal.
TEST_F(Recordings, OfRefusalsSayWhatTheyAre) {
  struct Refusal {
    const char* path;
    int status;
    Failure::Kind kind;
  };
  for (const auto& [path, status, kind] : {
           Refusal{"google/src/__fixtures__/google-429-retry-info.json", 429,
                   Failure::Kind::rate_limited},
           Refusal{"openai/src/responses/__fixtures__/openai-error.1.json", 429,
                   Failure::Kind::payment},
           Refusal{"openai/src/chat/__fixtures__/reasoning-model-legacy-parameter-error.json", 400,
                   Failure::Kind::refused},
           Refusal{"openai/src/responses/__fixtures__/reasoning-model-temperature-error.json", 400,
                   Failure::Kind::refused},
       }) {
    std::ifstream file(*recordings_folder() + "/vercel__ai/" + path);
    ASSERT_TRUE(file) << path;
    std::ostringstream body;
    body << file.rdbuf();
    for (const Recording::Wire protocol :
         {Recording::Wire::openai_chat, Recording::Wire::openai_responses,
          Recording::Wire::anthropic_messages, Recording::Wire::gemini}) {
      Heard heard;
      const auto parser = parser_of(protocol, [&](const Event& event) { heard.add(event); });
      parser->head(status, {});
      parser->feed(body.str());
      parser->finish();
      ASSERT_TRUE(heard.failure) << path;
      EXPECT_EQ(heard.failure->kind, kind) << path;
      EXPECT_FALSE(heard.failure->said.empty()) << path;
    }
  }
}

// How many bytes are read over and over for one file; the nightly run takes more.
std::size_t bytes_read_max() {
  const char* const wanted = std::getenv("THREADKEEP_STREAM_BYTES");
  return wanted == nullptr ? 1U << 19 : std::strtoull(wanted, nullptr, 10);
}

// Each byte alone for every file; and two pieces: at every byte for small files, at evenly spread
// bytes for large ones.
TEST_F(Recordings, SayTheSameHoweverTheyAreCut) {
  constexpr std::size_t small_bytes_max = is_slow_build ? 1'500 : 2'000;
  std::size_t cuts = 0;
  std::set<std::string> seen;  // many tests were recorded over the same answers
  const auto begin = std::chrono::steady_clock::now();
  for (const Recording& recording : recordings_) {
    const std::string& wire = recording.wire;
    if (!seen.insert(wire).second) continue;
    const Heard whole = hear_whole(recording.protocol, wire);
    ASSERT_EQ(difference(whole, hear_bytes(recording.protocol, wire)), "") << recording.path;
    cuts += wire.size();
    const std::size_t step =
        wire.size() <= small_bytes_max ? 1 : 1 + wire.size() * wire.size() / bytes_read_max();
    for (std::size_t cut = 1; cut < wire.size(); cut += step) {
      ASSERT_EQ(difference(whole, hear_two_pieces(recording.protocol, wire, cut)), "")
          << recording.path << " at " << cut;
      ++cuts;
    }
  }
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  std::cout << seen.size() << " different files of " << recordings_.size() << ", " << cuts
            << " cuts, " << took.count() << " ms\n";
}

// Ends of events, all of them where there are few; and some places within, before `complete`.
std::set<std::size_t> breaks_of(const std::string& wire, std::size_t complete) {
  std::set<std::size_t> breaks;
  for (std::size_t part = 0; part < 10; ++part) breaks.insert(complete * part / 10);
  std::vector<std::size_t> ends;
  for (std::size_t end = wire.find("\n\n"); end < wire.size(); end = wire.find("\n\n", end + 2))
    ends.push_back(end + 2);
  const std::size_t step = 1 + ends.size() * wire.size() / bytes_read_max();
  for (std::size_t i = 0; i < ends.size(); i += step) breaks.insert(ends[i]);
  return breaks;
}

bool begins_with(const std::vector<HeardTool>& all, const std::vector<HeardTool>& some) {
  if (some.size() > all.size()) return false;
  for (std::size_t i = 0; i < some.size(); ++i) {
    if (some[i].id != all[i].id || some[i].name != all[i].name) return false;
    if (!all[i].input.starts_with(some[i].input)) return false;
  }
  return true;
}

// Whoever stops early has failed, with the words until then kept: nothing that was not sent, and
// never a proper end. After its reason to stop an answer has its end, the proper one or that.
TEST_F(Recordings, FailWhenTheyBreakOff) {
  std::size_t cuts = 0;
  for (const Recording& recording : recordings_) {
    const std::string& wire = recording.wire;
    const Heard whole = hear_whole(recording.protocol, wire);
    const std::size_t complete = first_reason(wire);
    ASSERT_NE(complete, std::string::npos) << recording.path;
    for (const std::size_t end : breaks_of(wire, complete)) {
      SCOPED_TRACE(recording.path + " until " + std::to_string(end));
      const Heard heard = hear_whole(recording.protocol, wire.substr(0, end));
      if (end <= complete) {
        ASSERT_TRUE(heard.failed);
      }
      ASSERT_TRUE(heard.is_ended());
      ASSERT_TRUE(heard.breaches.empty()) << heard.breaches.front();
      ASSERT_TRUE(whole.text.starts_with(heard.text));
      ASSERT_TRUE(whole.reasoning.starts_with(heard.reasoning));
      ASSERT_TRUE(begins_with(whole.tools, heard.tools));
      ++cuts;
    }
  }
  std::cout << cuts << " streams that break off\n";
}

}  // namespace
}  // namespace threadkeep::llm
