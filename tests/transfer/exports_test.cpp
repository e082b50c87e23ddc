// Real exports and those of other products, when they are there. What came in is compared with a
// count that this file makes itself, from the source's tree, by recursion and by "parent" alone.
#include <algorithm>
#include <set>

#include "gmock/gmock.h"
#include "support.h"

namespace threadkeep {
namespace {

using testing::ElementsAre;
using testing::Pair;

bool says_something(const json::Value& value) {
  if (value.is_string()) {
    return value.string().find_first_not_of(" \n\t\r") != std::string_view::npos;
  }
  for (const json::Value item : value.items()) {
    if (says_something(item) || item.is_object()) return true;
  }
  for (const json::Member& member : value.members()) {
    if (member.key != "content_type" && member.key != "language" && says_something(member.value)) {
      return true;
    }
  }
  return false;
}

// What is expected of one conversation of a sample: which nodes become messages, and under which.
struct Expected {
  std::map<std::string, std::string> parent_of;                 // by node; "" for a first message
  std::vector<std::string> head_path;                           // from current_node upwards
  std::map<std::string, std::vector<std::string>> children_of;  // in order
  std::int64_t hidden = 0;
};

class Counter {
 public:
  explicit Counter(const json::Value& conversation) : mapping_(conversation["mapping"]) {
    for (const json::Member& member : mapping_.members()) {
      if (member.value["parent"].is_null()) walk(member.key, "");
    }
    std::string at(conversation["current_node"].string());
    for (; !at.empty(); at = mapping_[at]["parent"].string()) {
      if (expected.parent_of.contains(at)) expected.head_path.push_back(at);
    }
  }
  Expected expected;

 private:
  void walk(std::string_view id, std::string parent) {
    const json::Value node = mapping_[id];
    const json::Value message = node["message"];
    const bool speaks = says_something(message["content"]);
    const bool is_frame =
        message["metadata"]["is_visually_hidden_from_conversation"].boolean().value_or(false) &&
        (message["author"]["role"].string() == "system" ||
         message["content"]["content_type"].string() == "user_editable_context");
    if (speaks && is_frame) ++expected.hidden;
    if (speaks && !is_frame) {
      expected.parent_of[std::string(id)] = parent;
      expected.children_of[parent].emplace_back(id);
      parent = id;
    }
    for (const json::Value child : node["children"].items()) walk(child.string(), parent);
  }

  json::Value mapping_;
};

void expect_as_counted(const ImportedConversation& found, const json::Value& conversation) {
  const Expected expected = Counter(conversation).expected;
  EXPECT_EQ(found.messages.size(), expected.parent_of.size()) << found.row.title;
  std::map<MessageId, std::string> source_of;
  std::map<std::string, std::vector<std::string>> children_of;
  for (const Message& message : found.messages) {
    const std::string id = source_id_of(message.metadata);
    source_of[message.id] = id;
    const std::string parent = message.parent_id ? source_of.at(*message.parent_id) : "";
    ASSERT_TRUE(expected.parent_of.contains(id)) << id;
    EXPECT_EQ(parent, expected.parent_of.at(id)) << id;
    children_of[parent].push_back(id);
  }
  EXPECT_EQ(children_of, expected.children_of);
  if (!expected.head_path.empty()) {
    std::vector<std::string> path;
    const auto page = found.row.message_count;
    for (const Message* at = found.find(source_of.at(found.row.head_id.value())); at != nullptr;) {
      path.push_back(source_of.at(at->id));
      const auto above = std::find_if(found.messages.begin(), found.messages.end(),
                                      [&](const Message& m) { return m.id == at->parent_id; });
      at = above == found.messages.end() ? nullptr : &*above;
      ASSERT_LE(path.size(), static_cast<std::size_t>(page));
    }
    EXPECT_EQ(path, expected.head_path);
  }
}

struct Sample {
  const char* path;
  std::int64_t conversations, failed, messages, skipped;
};

// The counts were taken with another program.
constexpr Sample samples[] = {
    {"SYNTHETIC-SHAPE/conversations-oasst100.json", 100, 0, 1'167, 0},
    {"Sinity__polylogue/native-browser-capture-v1.json", 1, 0, 8, 0},
    {"Sinity__polylogue/native-conversation-v1.json", 1, 0, 8, 0},
    {"Sinity__polylogue/representatives/sample-00.json", 1, 0, 3, 0},
    {"Sinity__polylogue/representatives/sample-01.json", 1, 0, 4, 0},
    {"danny-avila__LibreChat/chatgpt-modern-export.json", 3, 1, 7, 1},
    {"minhyeong112__h20/chatgpt-export.json", 2, 0, 19, 0},
    {"minhyeong112__h20/chatgpt-tree.json", 1, 0, 11, 0},
    {"seolbbb__reweave/chatgpt_sample.json", 2, 0, 6, 0},
};

std::filesystem::path chatgpt_folder() { return samples_folder() / "chatgpt-export"; }

class ChatgptExports : public testing::TestWithParam<Sample> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(chatgpt_folder())) GTEST_SKIP() << "the samples are not here";
    text_ = read_whole_file(chatgpt_folder() / GetParam().path);
    ASSERT_FALSE(text_.empty());
  }
  std::string text_;
};

TEST_P(ChatgptExports, ComeInAsCounted) {
  ImportBench bench;
  const auto report = bench.import(text_);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->conversations.found, GetParam().conversations);
  EXPECT_EQ(report->conversations.failed, GetParam().failed);
  EXPECT_EQ(report->conversations.imported, GetParam().conversations - GetParam().failed);
  EXPECT_EQ(report->messages.found, GetParam().messages);
  EXPECT_EQ(report->messages.skipped, GetParam().skipped);
  expect_adds_up(*report);
  expect_sound(bench);

  const auto document = json::Document::parse(text_, json::Mode::foreign);
  std::vector<json::Value> conversations;
  for (const json::Value item : document->root().items()) conversations.push_back(item);
  if (conversations.empty()) {
    const json::Value inside = document->root()["raw_provider_payload"];
    conversations.push_back(inside.is_absent() ? document->root() : inside);
  }
  const auto found = bench.all();
  std::int64_t messages = 0;
  for (const ImportedConversation& conversation : found) {
    messages += conversation.row.message_count;
    const std::string id = source_id_of(conversation.row.metadata);
    const auto source =
        std::find_if(conversations.begin(), conversations.end(), [&](const json::Value& candidate) {
          return id.empty() ? candidate["title"].string() == conversation.row.title
                            : candidate["conversation_id"].string() == id;
        });
    ASSERT_NE(source, conversations.end()) << id;
    expect_as_counted(conversation, *source);
  }
  EXPECT_EQ(messages, report->messages.imported);
  EXPECT_EQ(found.size(), static_cast<std::size_t>(report->conversations.imported));
}

TEST_P(ChatgptExports, AddNothingTheSecondTime) {
  ImportBench bench;
  const auto first = bench.import(text_);
  const auto second = bench.import(text_);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(second->conversations.already_here, first->conversations.imported);
  EXPECT_EQ(second->messages.already_here, first->messages.imported);
  EXPECT_EQ(second->conversations.imported + second->messages.imported, 0);
  expect_adds_up(*second);
}

TEST_P(ChatgptExports, CutAtEachPercentBringAnExactPrefixAndTheWholeAddsTheRest) {
  ImportBench bench;  // one for all: each cut brings a little more
  std::size_t before = 0;
  for (std::size_t percent = 1; percent < 100; percent += 1) {
    const auto cut = bench.import(text_.substr(0, text_.size() * percent / 100));
    ASSERT_FALSE(cut) << percent;
    EXPECT_EQ(cut.error().code, Errc::invalid_json) << percent;
    const std::size_t here = bench.all().size();
    EXPECT_GE(here, before);
    before = here;
  }
  const auto whole = bench.import(text_);
  ASSERT_TRUE(whole);
  EXPECT_EQ(bench.all().size(),
            static_cast<std::size_t>(GetParam().conversations - GetParam().failed));
  expect_sound(bench);
}

INSTANTIATE_TEST_SUITE_P(Samples, ChatgptExports, testing::ValuesIn(samples),
                         [](const auto& sample) {
                           std::string name = std::filesystem::path(sample.param.path).stem();
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(ChatgptExportsAll, EveryFileOfTheFolderIsListedHere) {
  if (!std::filesystem::exists(chatgpt_folder())) GTEST_SKIP() << "the samples are not here";
  std::set<std::string> there, listed;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(chatgpt_folder())) {
    if (entry.is_regular_file()) there.insert(entry.path().lexically_relative(chatgpt_folder()));
  }
  for (const Sample& sample : samples) listed.insert(sample.path);
  EXPECT_EQ(there, listed);
}

std::vector<std::string> types_of(const Message& message) {
  const auto content = json::Document::parse(message.content, json::Mode::strict);
  std::vector<std::string> types;
  for (const json::Value block : content->root().items()) {
    types.emplace_back(block["type"].string());
  }
  return types;
}

TEST(ChatgptExportsAll, ABrowsingAnswerKeepsItsToolsAndSources) {
  const std::string text =
      read_whole_file(chatgpt_folder() / "minhyeong112__h20/chatgpt-export.json");
  if (text.empty()) GTEST_SKIP() << "the samples are not here";
  ImportBench bench;
  ASSERT_TRUE(bench.import(text));
  for (const ImportedConversation& conversation : bench.all()) {
    if (conversation.row.title != "Conversation 1. Web Search") continue;
    const Message& call = *conversation.find("412dd50f-40c9-4f21-9102-fe148eb41a0b");
    EXPECT_THAT(types_of(call), ElementsAre("tool_use"));
    EXPECT_EQ(call.model, "gpt-4");
    EXPECT_THAT(types_of(*conversation.find("374bbcc8-2013-4387-8cd8-3e64abbd60ca")),
                ElementsAre("tool_result"));
    EXPECT_THAT(types_of(*conversation.find("b87c7f57-a6f4-4f4f-999f-38bd70981ae0")),
                ElementsAre("tool_result", "source"));
    EXPECT_THAT(types_of(*conversation.find("5c57c3b5-35df-4b1c-ab2d-8ca76cc63629")),
                ElementsAre("text", "source", "source"));
    return;
  }
  FAIL() << "the conversation is missing";
}

TEST(ChatgptExportsAll, ANativeConversationKeepsThoughtsPicturesAndUploads) {
  const std::string text =
      read_whole_file(chatgpt_folder() / "Sinity__polylogue/native-conversation-v1.json");
  if (text.empty()) GTEST_SKIP() << "the samples are not here";
  ImportBench bench;
  const auto report = bench.import(text);
  ASSERT_TRUE(report);
  EXPECT_THAT(report->verbatim, ElementsAre(Pair("attachment", 1), Pair("image_asset_pointer", 2)));
  const ImportedConversation conversation = bench.all().front();
  EXPECT_THAT(types_of(*conversation.find("context")), ElementsAre("text", "text"));
  EXPECT_EQ(conversation.find("context")->role, Role::system);
  EXPECT_THAT(types_of(*conversation.find("user")),
              ElementsAre("text", "chatgpt/image_asset_pointer", "chatgpt/attachment"));
  EXPECT_THAT(types_of(*conversation.find("thought-active")), ElementsAre("reasoning"));
  EXPECT_THAT(types_of(*conversation.find("tool-call")), ElementsAre("tool_use"));
  EXPECT_THAT(types_of(*conversation.find("tool-result")), ElementsAre("tool_result"));
  EXPECT_THAT(types_of(*conversation.find("recap-active")), ElementsAre("reasoning"));
  EXPECT_EQ(conversation.row.head_id, conversation.find("answer-active")->id);
  EXPECT_EQ(conversation.find("answer-inactive")->parent_id, conversation.find("user")->id);
}

TEST(OtherExports, AreNamed) {
  const std::pair<const char*, const char*> folders[] = {
      {"claude-export", "Claude,"},  {"grok", "Grok,"},
      {"openwebui", "Open WebUI,"},  {"librechat", "LibreChat,"},
      {"lobechat", "LobeChat,"},     {"nextchat", "NextChat,"},
      {"hf-chatui", "HuggingChat,"}, {"cherry-studio", "Cherry Studio,"},
      {"chatbot-ui", "Chatbot UI,"}, {"sillytavern", "SillyTavern,"},
      {"codex", "Codex,"},           {"claude-code", "Claude Code,"},
      {"gemini", "Gemini"},          {"llamacpp-webui", "llama.cpp,"},
  };
  if (!std::filesystem::exists(samples_folder())) GTEST_SKIP() << "the samples are not here";
  for (const auto& [folder, name] : folders) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(samples_folder() / folder)) {
      if (!entry.is_regular_file()) continue;
      ImportBench bench;
      const auto report = bench.import(read_whole_file(entry.path()));
      ASSERT_FALSE(report) << entry.path();
      EXPECT_EQ(report.error().code, Errc::unknown_format) << entry.path();
      EXPECT_THAT(report.error().detail, testing::HasSubstr(name)) << entry.path();
      EXPECT_TRUE(bench.all().empty());
    }
  }
}

}  // namespace
}  // namespace threadkeep
