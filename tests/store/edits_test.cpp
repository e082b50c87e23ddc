// Which edit of a field stays: the later one, whenever it arrives.
#include "store/contract.h"

namespace threadkeep::test {
namespace {

class Edits : public Contract {
 protected:
  void SetUp() override {
    create(tea, "Tea");
    clock_.advance(1'000);
    begin_ = clock_.now_ms();
  }
  Conversation edit(const ConversationPatch& patch) {
    return store().write(ann, EditConversation{tea, patch}).value();
  }
  // At so many milliseconds before the present.
  Conversation title(const std::string& title, std::optional<UnixMs> ago_ms) {
    ConversationPatch patch;
    patch.title = title;
    if (ago_ms) patch.edited_at = clock_.now_ms() - *ago_ms;
    return edit(patch);
  }
  UnixMs begin_ = 0;
};
INSTANTIATE_FOR_ALL_STORES(Edits);

TEST_P(Edits, AnEarlierOneThatComesLaterIsLeftOut) {
  EXPECT_EQ(title("new", 100).title, "new");
  const Conversation row = title("old", 200);
  EXPECT_EQ(row.title, "new");
  EXPECT_EQ(row.rev, 2);
  EXPECT_EQ(title("newer", 50).title, "newer");
  EXPECT_EQ(title("the same time", 50).title, "the same time");
}

// A clock that was ahead by a week, and is right again.
TEST_P(Edits, ATimeThatHasNotComeYetKeepsNoEditOut) {
  clock_.advance(7 * 86'400'000LL);
  title("of next week", 0);
  clock_.advance(-7 * 86'400'000LL);
  EXPECT_EQ(title("of now, on a device", 10).title, "of now, on a device");
  EXPECT_EQ(title("an older one", 20).title, "of now, on a device");
  clock_.advance(7 * 86'400'000LL);
  title("of next week again", std::nullopt);
  clock_.advance(-7 * 86'400'000LL);
  EXPECT_EQ(title("of now, online", std::nullopt).title, "of now, online");
  EXPECT_EQ(title("an older one", 20).title, "of now, online");
  EXPECT_EQ(title("a newer one", 0).title, "a newer one");
}

// Processes on one store differ by a little: an edit of the one that is ahead is not older for
// that.
TEST_P(Edits, AClockThatIsALittleAheadKeepsItsOrder) {
  clock_.advance(60'000);
  title("through the one that is ahead", 0);
  clock_.advance(-60'000);
  EXPECT_EQ(title("older, through the other one", 100).title, "through the one that is ahead");
}

TEST_P(Edits, EachFieldHasItsOwnTime) {
  title("new", 100);
  ConversationPatch patch;
  patch.title = "old";
  patch.is_pinned = true;
  patch.is_unread = true;
  patch.is_archived = true;
  patch.folder = "folder";
  patch.tags = std::vector<std::string>{"tag"};
  patch.model = "model";
  patch.edited_at = clock_.now_ms() - 200;
  Conversation row = edit(patch);
  EXPECT_EQ(row.title, "new");
  EXPECT_TRUE(row.is_pinned && row.is_unread && row.is_archived);
  EXPECT_EQ(row.folder, "folder");
  EXPECT_EQ(row.tags, std::vector<std::string>{"tag"});
  EXPECT_EQ(row.model, "model");
  patch = {};
  patch.is_pinned = false;
  patch.is_unread = false;
  patch.is_archived = false;
  patch.folder = std::optional<std::string>();
  patch.tags = std::vector<std::string>{};
  patch.model = std::optional<std::string>();
  patch.edited_at = clock_.now_ms() - 201;
  EXPECT_EQ(show(edit(patch)), show(row));
  patch.edited_at = clock_.now_ms() - 200;
  row = edit(patch);
  EXPECT_FALSE(row.is_pinned || row.is_unread || row.is_archived || row.folder || row.model);
}

// Two devices that set different things offline: both stay, and of one thing the later one.
TEST_P(Edits, EachSettingHasItsOwnTime) {
  const auto set = [&](const SettingsPatch& settings, UnixMs ago_ms) {
    ConversationPatch patch;
    patch.settings = settings;
    patch.edited_at = clock_.now_ms() - ago_ms;
    return edit(patch);
  };
  SettingsPatch first;
  first.system = "new";
  first.tools = std::vector<std::string>{"a"};
  first.allowed_tools = std::vector<std::string>{"b"};
  set(first, 100);
  SettingsPatch all;
  all.system = "old";
  all.temperature = 0.5;
  all.max_tokens = 100;
  all.effort = Effort::high;
  all.tools = std::optional<std::vector<std::string>>();
  all.allowed_tools = std::optional<std::vector<std::string>>();
  Conversation row = set(all, 200);
  EXPECT_EQ(row.settings, (ConversationSettings{"new", 0.5, 100, Effort::high, {{"a"}}, {{"b"}}}));
  EXPECT_EQ(row.rev, 3);
  EXPECT_EQ(show(find(tea)), show(row));
  SettingsPatch none;
  none.system = std::optional<std::string>();
  none.temperature = std::optional<double>();
  none.max_tokens = std::optional<std::int64_t>();
  none.effort = std::optional<Effort>();
  none.tools = std::optional<std::vector<std::string>>();
  none.allowed_tools = std::optional<std::vector<std::string>>();
  EXPECT_EQ(show(set(none, 201)), show(row));
  EXPECT_EQ(set(none, 200).settings, (ConversationSettings{"new", {}, {}, {}, {{"a"}}, {{"b"}}}));
  EXPECT_TRUE(set(none, 100).settings.is_empty());
}

TEST_P(Edits, OneWithoutATimeIsOfNow) {
  title("offline", 100);
  EXPECT_EQ(title("now", std::nullopt).title, "now");
  EXPECT_EQ(title("offline again", 1).title, "now");
  EXPECT_EQ(title("at the same moment", 0).title, "at the same moment");
}

TEST_P(Edits, AClockThatIsAheadWinsForNoLongerThanTheServersClock) {
  EXPECT_EQ(title("from the future", -3'600'000).title, "from the future");
  EXPECT_EQ(title("now", std::nullopt).title, "now");
  clock_.advance(1);
  EXPECT_EQ(title("later", 0).title, "later");
}

TEST_P(Edits, AClockThatWasSetBackDoesNotMakeThePresentLose) {
  title("before", std::nullopt);
  clock_.advance(-500);
  EXPECT_EQ(title("present", std::nullopt).title, "present");
}

TEST_P(Edits, AnEditThatKeepsTheValueCountsToo) {
  title("Tea", 100);  // as it is called already
  const Conversation row = title("old", 200);
  EXPECT_EQ(row.title, "Tea");
}

TEST_P(Edits, WhoeverAppendsMovesTheHeadNow) {
  append_numbers(tea, 1, 2);
  append(said_under(id_of(1), id_of(3), tea, "other"));
  ConversationPatch patch;
  patch.head_id = id_of(2);
  patch.edited_at = clock_.now_ms() - 1;
  EXPECT_EQ(edit(patch).head_id, id_of(3));
  patch.edited_at = clock_.now_ms();
  EXPECT_EQ(edit(patch).head_id, id_of(2));

  clock_.advance(10);
  BeginGeneration begin;
  begin.conversation_id = tea;
  begin.answer_to = id_of(2);
  begin.answers = {{id_of(4), "asked"}};
  store().write(ann, begin).value();
  patch.head_id = id_of(3);
  patch.model = "older";
  patch.edited_at = clock_.now_ms() - 1;
  EXPECT_EQ(edit(patch).head_id, id_of(4));
  EXPECT_EQ(find(tea).model, "asked");
  // What the model writes is no edit.
  clock_.advance(10);
  FinishAnswer state;
  state.id = id_of(4);
  state.status = MessageStatus::complete;
  EXPECT_TRUE(store().write(ann, state));
  patch.edited_at = clock_.now_ms() - 5;
  EXPECT_EQ(edit(patch).head_id, id_of(3));
  EXPECT_EQ(find(tea).model, "older");
}

TEST_P(Edits, AWholeChatIsAnEditOfNow) {
  append_numbers(tea, 1, 1);
  ConversationUpsert upsert;
  upsert.id = tea;
  upsert.title = "whole";
  upsert.messages = {{id_of(1), id_of(51), Role::user, text_block("message 1"),
                      MessageStatus::complete, std::nullopt, std::nullopt, "{}"}};
  clock_.advance(10);
  store().write(ann, upsert).value();
  EXPECT_EQ(title("older", 1).title, "whole");
  EXPECT_EQ(title("newer", 0).title, "newer");
}

TEST_P(Edits, AHeadThatIsNotThereIsRefusedAlsoWhenItWouldLose) {
  append_numbers(tea, 1, 1);
  ConversationPatch patch;
  patch.head_id = id_of(9);
  patch.edited_at = 1;
  EXPECT_EQ(error_of(store().write(ann, EditConversation{tea, patch})), Errc::invalid_field);
}

}  // namespace
}  // namespace threadkeep::test
