// Threadkeep's own export, out of the page and in again.
#include <algorithm>

#include "domain/setting_rules.h"
#include "domain/wire.h"
#include "gmock/gmock.h"
#include "support.h"
#include "zip_maker.h"

namespace threadkeep {
namespace {

using testing::HasSubstr;

// As the page makes it: the rows of the API, the whole tree by position.
std::string exported(const ImportBench& bench) {
  std::string out =
      R"({"format":"threadkeep","version":1,"exportedAt":1780000000000,"conversations":[)";
  std::string_view comma;
  for (const ImportedConversation& conversation : bench.all()) {
    std::string row = conversation_json(conversation.row);
    row.pop_back();
    out.append(comma).append(row).append(",\n \"messages\": [");
    std::string_view message_comma;
    for (const Message& message : conversation.messages) {
      out.append(message_comma).append(message_json(message));
      message_comma = ", ";
    }
    out.append("]}");
    comma = ",";
  }
  return out + "]}";
}

NewMessage message(const Ulid& id, const ConversationId& conversation, Role role,
                   std::string content) {
  NewMessage message;
  message.id = id;
  message.conversation_id = conversation;
  message.role = role;
  message.content = std::move(content);
  return message;
}

class OwnExport : public testing::Test {
 protected:
  // A conversation with a branch, a tool, a signature and all that a row can have.
  void SetUp() override {
    ConversationMerge merge;
    merge.conversation.id = ids_.next();
    merge.conversation.title = "Bees \"in\" cities";
    merge.conversation.title_source = TitleSource::user;
    merge.conversation.model = "openai/gpt-4o";
    merge.conversation.created_at = 1'780'000'000'000;
    merge.conversation.updated_at = 1'780'000'009'000;
    merge.conversation.is_pinned = true;
    merge.conversation.folder = "Work";
    merge.conversation.tags = {"a", "b c"};
    merge.conversation.settings = {"Be brief.\n", 0.25, 512, Effort::medium, {{"search"}}, {}};
    merge.conversation.metadata = R"({"x":{"y":[1.50]}})";
    const ConversationId id = merge.conversation.id;
    NewMessage question = message(ids_.next(), id, Role::user, text_content("Why?"));
    question.place = AsRoot{};
    NewMessage first = message(
        ids_.next(), id, Role::assistant,
        R"([{"type":"reasoning","text":"Hm","signature":"c2ln"},{"type":"tool_use","id":"t","name":"a.b","input":{"n":1e3}},{"type":"tool_result","toolUseId":"t","content":"x","isError":true},{"type":"odd","k":null}])");
    first.status = MessageStatus::error;
    first.error = R"({"type":"upstream","detail":"Broke off."})";
    first.usage = R"({"inputTokens":3,"outputTokens":2})";
    first.token_count = 2;
    first.model = "openai/gpt-4o";
    NewMessage second = message(ids_.next(), id, Role::assistant, text_content("Because.\n\tTea."));
    for (NewMessage* answer : {&first, &second}) answer->place = question.id;
    merge.conversation.head_id = first.id;
    merge.messages = {question, first, second};
    for (NewMessage& row : merge.messages) row.created_at = 1'780'000'001'000;
    ASSERT_TRUE(bench_.store().write(bench_.user(), merge));
  }

  UlidMaker ids_{system_clock()};
  ImportBench bench_;
};

TEST_F(OwnExport, ComesInEqualElsewhere) {
  const std::string file = exported(bench_);
  ImportBench elsewhere;
  const auto report = elsewhere.import(file);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->format, "threadkeep");
  EXPECT_EQ(report->conversations.imported, 1);
  EXPECT_EQ(report->messages.imported, 3);
  EXPECT_TRUE(report->problems.empty());
  expect_sound(elsewhere);

  const ImportedConversation was = bench_.all().front(), is = elsewhere.all().front();
  EXPECT_EQ(is.row.id, was.row.id);
  EXPECT_EQ(is.row.title, was.row.title);
  EXPECT_EQ(is.row.title_source, was.row.title_source);
  EXPECT_EQ(is.row.model, was.row.model);
  EXPECT_EQ(is.row.created_at, was.row.created_at);
  EXPECT_EQ(is.row.updated_at, was.row.updated_at);
  EXPECT_EQ(is.row.is_pinned, was.row.is_pinned);
  EXPECT_EQ(is.row.folder, was.row.folder);
  EXPECT_EQ(is.row.tags, was.row.tags);
  EXPECT_EQ(is.row.head_id, was.row.head_id);
  EXPECT_EQ(is.row.settings, was.row.settings);
  EXPECT_EQ(is.row.metadata, was.row.metadata);
  ASSERT_EQ(is.messages.size(), was.messages.size());
  for (std::size_t i = 0; i < is.messages.size(); ++i) {
    const Message &a = is.messages[i], &b = was.messages[i];
    EXPECT_EQ(std::tie(a.id, a.parent_id, a.role, a.content, a.status, a.model, a.created_at,
                       a.token_count, a.usage, a.error, a.metadata),
              std::tie(b.id, b.parent_id, b.role, b.content, b.status, b.model, b.created_at,
                       b.token_count, b.usage, b.error, b.metadata));
  }
}

TEST_F(OwnExport, AddsNothingWhereItComesFrom) {
  const auto report = bench_.import(exported(bench_));
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->conversations.already_here, 1);
  EXPECT_EQ(report->messages.already_here, 3);
  EXPECT_EQ(bench_.all().size(), 1U);
}

class PresetsInFiles : public testing::Test {
 protected:
  static constexpr UnixMs then = 1'780'000'000'000;

  static std::string file(const std::string& presets) {
    return R"({"format":"threadkeep","version":1,"presets":[)" + presets +
           R"(],"exportedAt":1780000000000,"conversations":[]})";
  }
  static std::string preset(const std::string& id, const std::string& settings,
                            const std::string& more = "") {
    return R"({"id":")" + id + R"(","settings":)" + settings +
           R"(,"createdAt":1,"updatedAt":1780000000000,"rev":7,"seq":9)" + more + "}";
  }
  std::optional<Preset> find(const std::string& id) {
    const auto found = bench_.store().read(
        [&](const Reader& reader) { return reader.presets().find(bench_.user(), id); });
    return found ? std::optional(*found) : std::nullopt;
  }
  void edit(const std::string& id, const std::string& system, UnixMs at) {
    EditPreset edit{id, {}, {}};
    edit.patch.settings.system.emplace(system);
    edit.patch.edited_at = at;
    ASSERT_TRUE(bench_.store().write(bench_.user(), edit));
  }

  ImportBench bench_;
};

TEST_F(PresetsInFiles, ComeInOnceAndWithoutLeaveToActUnasked) {
  const std::string named = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
  const std::string all =
      file(preset("default", R"({"system":"Be brief.","allowedTools":["s__act"]})") + "," +
           preset("folder:Büro", R"({"temperature":0.5,"tools":[]})") + "," +
           preset(named, R"({"effort":"low","maxTokens":9})", R"(,"name":"Coder")"));
  const auto report = bench_.import(all);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->presets.found, 3);
  EXPECT_EQ(report->presets.imported, 3);
  EXPECT_EQ(report->conversations.found, 0);
  EXPECT_TRUE(report->problems.empty());
  EXPECT_EQ(settings_json(find("default")->settings), R"({"system":"Be brief."})");
  EXPECT_EQ(settings_json(find("folder:Büro")->settings), R"({"temperature":0.5,"tools":[]})");
  EXPECT_EQ(settings_json(find(named)->settings), R"({"maxTokens":9,"effort":"low"})");
  EXPECT_EQ(find(named)->name, "Coder");

  const auto again = bench_.import(all);
  EXPECT_EQ(again->presets.already_here, 3);
  EXPECT_EQ(find("default")->rev, 1);
}

TEST_F(PresetsInFiles, StandBesideConversationsAndAfterThem) {
  const auto report = bench_.import(
      R"({"format":"threadkeep","conversations":[{"id":"01ARZ3NDEKTSV4RRFFQ69G5FAA","titleSource":"user","title":"Bees","messages":[)"
      R"({"id":"01ARZ3NDEKTSV4RRFFQ69G5FAB","role":"user","content":[{"type":"text","text":"Hi"}]}]}],"presets":[)" +
      preset("default", R"({"system":"Be brief."})") + "]}");
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->conversations.imported, 1);
  EXPECT_EQ(report->conversations.found, 1);
  EXPECT_EQ(report->presets.imported, 1);
  EXPECT_TRUE(find("default"));
}

TEST_F(PresetsInFiles, UndoNothingThatWasEditedLater) {
  edit("default", "Later.", then + 1);
  edit("folder:Old", "Earlier.", then - 1);
  edit("folder:Gone", "Away.", then - 1);
  ASSERT_TRUE(bench_.store().write(bench_.user(), DeletePreset{"folder:Gone", then + 1, {}}));
  const auto report =
      bench_.import(file(preset("default", R"({"system":"File.","effort":"high"})") + "," +
                         preset("folder:Old", R"({"system":"File."})") + "," +
                         preset("folder:Gone", R"({"system":"File."})")));
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->presets.imported, 2);
  EXPECT_EQ(report->presets.already_here, 1);
  EXPECT_EQ(find("default")->settings.system, "Later.");
  EXPECT_EQ(find("default")->settings.effort, Effort::high);
  EXPECT_EQ(find("folder:Old")->settings.system, "File.");
  EXPECT_FALSE(find("folder:Gone"));
}

TEST_F(PresetsInFiles, ThatCannotBeReadAreSaid) {
  const auto report = bench_.import(
      file(preset("elsewhere", R"({"system":"x"})") + ",7," +
           preset("01ARZ3NDEKTSV4RRFFQ69G5FAV", R"({"system":"x"})") + "," +
           preset("default", R"({"temperature":99,"effort":"some","maxTokens":"many"})")));
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->presets.found, 4);
  EXPECT_EQ(report->presets.failed, 3);
  ASSERT_EQ(report->problems.size(), 3U);
  EXPECT_THAT(report->problems[0].reason, HasSubstr("not known here"));
  EXPECT_THAT(report->problems[2].reason, HasSubstr("have no name"));
  EXPECT_EQ(settings_json(find("default")->settings), R"({"temperature":2})");
}

TEST_F(OwnExport, ComesInFromAnArchiveAndBesideChatgpts) {
  ImportBench elsewhere;
  const auto report = elsewhere.import(
      ZipMaker()
          .add("Threadkeep 2026-11-27.json", exported(bench_))
          .add("other.json",
               "[" + threadkeep::conversation_json("c", {{"m", "", text_message("user", "hi")}}) +
                   "]")
          .bytes());
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->conversations.imported, 2);
}

TEST_F(OwnExport, SaysWhatCannotBeRead) {
  std::string file = exported(bench_);
  const std::string role = R"("role":"user")";
  file.replace(file.find(role), role.size(), R"("role":"king")");
  ImportBench elsewhere;
  const auto report = elsewhere.import(file);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->messages.imported, 2);
  EXPECT_EQ(report->messages.skipped, 1);
  ASSERT_EQ(report->problems.size(), 1U);
  EXPECT_THAT(report->problems[0].reason, HasSubstr("1 of its messages cannot be read."));
  EXPECT_THAT(report->problems[0].reason, HasSubstr("came in as beginnings"));
  expect_adds_up(*report);
  expect_sound(elsewhere);
}

TEST_F(OwnExport, AnAnswerThatWasBeingWrittenIsInterrupted) {
  std::string file = exported(bench_);
  const std::string status = R"("status":"error")";
  file.replace(file.find(status), status.size(), R"("status":"streaming")");
  ImportBench elsewhere;
  ASSERT_TRUE(elsewhere.import(file));
  EXPECT_EQ(elsewhere.all().front().messages[1].status, MessageStatus::interrupted);
}

}  // namespace
}  // namespace threadkeep
