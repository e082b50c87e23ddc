// Exports with random damage: nothing crashes, what comes in is sound, and the report adds up.
#include <random>

#include "support.h"

namespace threadkeep {
namespace {

// Every content type and link that the importer looks at.
std::string rich_export() {
  const auto part = [](std::string_view type) {
    return R"({"content_type":")" + std::string(type) +
           R"(","asset_pointer":"file-service://f-1"})";
  };
  const std::string tool = R"("recipient":"browser")";
  const std::string conversation = conversation_json(
      "c-1",
      {{"root", "", "null"},
       {"frame", "root",
        message_json("system", R"({"content_type":"text","parts":[""]})",
                     R"("metadata":{"is_visually_hidden_from_conversation":true})")},
       {"context", "frame",
        message_json(
            "user",
            R"({"content_type":"user_editable_context","user_profile":"p","user_instructions":"i"})")},
       {"q", "context",
        message_json("user",
                     R"({"content_type":"multimodal_text","parts":["look",)" +
                         part("image_asset_pointer") + "," + part("audio_asset_pointer") + "]}",
                     R"("metadata":{"attachments":[{"id":"f-1","name":"a.png"},{"id":"f-2"}]})")},
       {"a1", "q", text_message("assistant", "old")},
       {"t", "q",
        message_json(
            "assistant",
            R"({"content_type":"thoughts","thoughts":[{"summary":"s","content":"c","chunks":["x"]}]})")},
       {"call", "t",
        message_json("assistant",
                     R"({"content_type":"code","language":"json","text":"{\"q\":1e5}"})", tool)},
       {"r1", "call",
        message_json(
            "tool",
            R"({"content_type":"tether_quote","url":"https://a.example","title":"A","text":"w"})")},
       {"r2", "r1", message_json("tool", R"({"content_type":"execution_output","text":"42"})")},
       {"r3", "r2",
        message_json("tool", R"({"content_type":"system_error","name":"n","text":"e"})")},
       {"recap", "r3",
        message_json("assistant", R"({"content_type":"reasoning_recap","content":"Thought"})")},
       {"a2", "recap",
        message_json(
            "assistant",
            R"({"content_type":"text","parts":["Rome \ue200cite\ue202turn0\ue201 \ue200entity\ue202[\"city\",\"Oslo\"]\ue201"]})",
            R"("metadata":{"model_slug":"gpt-5","finish_details":{"type":"interrupted"},"citations":[{"metadata":{"url":"https://b.example"}}],)"
            R"("content_references":[{"matched_text":"\ue200cite\ue202turn0\ue201","alt":"[b]","items":[{"url":"https://c.example"}]}]})")},
       {"u", "a2",
        message_json("critic", R"({"content_type":"hologram","n":[1e999,-0,{"d":[[]]}]})")}},
      R"("title":"T","current_node":"u","is_archived":false,"is_starred":true,"update_time":"2024-01-01T00:00:00Z","default_model_slug":"m")");
  return "[" + conversation + R"(,{"title":"bad"},)" +
         conversation_json("", {{"m", "", text_message("user", "second")}}) + "]";
}

class Damage {
 public:
  explicit Damage(std::uint32_t seed) : random_(seed) {}

  std::string to_bytes(std::string text) {
    for (std::size_t i = 0, count = below(6) + 1; i < count && !text.empty(); ++i) {
      const std::size_t at = below(text.size()), length = below(40);
      switch (below(6)) {
        case 0:
          text[at] = static_cast<char>(below(256));
          break;
        case 1:
          text.erase(at, length);
          break;
        case 2:
          text.insert(at, text.substr(below(text.size()), length));
          break;
        case 3:
          text[at] = "{}[],:\"\\0"[below(9)];
          break;
        case 4:
          text.insert(at, pick());
          break;
        default:
          text.resize(at);
          break;
      }
    }
    return text;
  }

  // Some of the values replaced by others: still JSON.
  std::string to_values(const std::string& text) {
    const auto document = json::Document::parse(text, json::Mode::foreign);
    values_.clear();
    collect(document->root());
    std::string out = text;
    for (std::size_t i = 0, count = below(4) + 1; i < count; ++i) {
      const std::string_view old = values_[below(values_.size())];
      const std::size_t at = out.find(old);
      if (at == std::string::npos) continue;
      const bool is_own = below(3) == 0;
      out.replace(at, old.size(), is_own ? std::string(values_[below(values_.size())]) : pick());
    }
    return out;
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }

  std::string pick() {
    const std::string choices[] = {"null",
                                   "true",
                                   "0",
                                   "-0",
                                   "1e999",
                                   "-1e-999",
                                   "9223372036854775808",
                                   "253402300799",
                                   R"("")",
                                   R"("x")",
                                   R"("\u0000\ud800")",
                                   "\"\xF0\x9F\x98\x80\"",
                                   R"("root")",
                                   R"("q")",
                                   R"("u")",
                                   "[]",
                                   "{}",
                                   "[[[]]]",
                                   R"({"content_type":"text","parts":[{}]})",
                                   R"(["root","q","u"])",
                                   std::string(600, '['),
                                   R"({"role":"tool"})",
                                   R"("\ue200cite\ue202")",
                                   "[null,1]"};
    return choices[below(std::size(choices))];
  }

  void collect(const json::Value& value) {
    values_.push_back(value.raw());
    for (const json::Value item : value.items()) collect(item);
    for (const json::Member& member : value.members()) collect(member.value);
  }

  std::mt19937 random_;
  std::vector<std::string_view> values_;
};

// Answers whether anything came in.
bool expect_no_harm(const std::string& text) {
  ImportBench bench;
  const auto report = bench.import(text);
  expect_sound(bench);
  if (report) {
    expect_adds_up(*report);
    const auto again = bench.import(text);
    EXPECT_EQ(again ? again->messages.imported + again->conversations.imported : -1, 0) << text;
  }
  return report.has_value();
}

TEST(Mutation, TheUndamagedExportComesInWhole) {
  ImportBench bench;
  const auto report = bench.import(rich_export());
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->conversations.imported, 2);
  EXPECT_EQ(report->messages.imported, 12);
  EXPECT_EQ(report->conversations.failed, 1);
}

TEST(Mutation, TenThousandDamagedFilesDoNoHarm) {
  const std::string whole = rich_export();
  Damage damage(20'240'229);
  int came_in = 0;
  for (int round = 0; round < 10'000 && !testing::Test::HasFailure(); ++round) {
    came_in += expect_no_harm(damage.to_bytes(whole)) ? 1 : 0;
  }
  EXPECT_GT(came_in, 500);
}

TEST(Mutation, ThousandsOfFilesWithOtherValuesDoNoHarm) {
  const std::string whole = rich_export();
  Damage damage(19'990'101);
  int came_in = 0;
  for (int round = 0; round < 4'000 && !testing::Test::HasFailure(); ++round) {
    came_in += expect_no_harm(damage.to_values(whole)) ? 1 : 0;
  }
  EXPECT_GT(came_in, 2'000);
}

}  // namespace
}  // namespace threadkeep
