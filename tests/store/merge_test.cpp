// Import: conversations from elsewhere, merged as often as one likes.
#include "store/contract.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Merge : public Contract {
 protected:
  static NewMessage sourced(std::uint64_t id, std::uint64_t parent) {
    NewMessage message;
    message.id = id_of(id);
    message.place = parent == 0 ? Place(AsRoot{}) : Place(id_of(parent));
    message.role = id % 2 == 1 ? Role::user : Role::assistant;
    message.content = text_block("message " + std::to_string(id));
    message.created_at = static_cast<UnixMs>(1000 + id);
    return message;
  }
  // Messages as pairs of id and parent.
  ConversationMerge source(
      const std::vector<std::pair<std::uint64_t, std::uint64_t>>& messages) const {
    ConversationMerge merge;
    merge.conversation.id = tea;
    merge.conversation.title = "Old tea";
    merge.conversation.title_source = TitleSource::model;
    merge.conversation.created_at = 1000;
    merge.conversation.updated_at = 2000;
    for (const auto& [id, parent] : messages) merge.messages.push_back(sourced(id, parent));
    return merge;
  }
  Merged merge(const ConversationMerge& merge) { return store().write(ann, merge).value(); }
  Errc merge_error(const ConversationMerge& merge) { return error_of(store().write(ann, merge)); }
};
INSTANTIATE_FOR_ALL_STORES(Merge);

TEST_P(Merge, ANewConversationIsTakenAsItIs) {
  ConversationMerge given = source({{1, 0}, {2, 1}, {3, 1}, {4, 3}});
  given.conversation.model = "m";
  given.conversation.is_archived = true;
  given.conversation.is_pinned = true;
  given.conversation.folder = "old";
  given.conversation.tags = {"a", "b"};
  given.conversation.metadata = R"({"source":"x"})";
  given.messages[1].model = "gpt";
  given.messages[1].status = MessageStatus::interrupted;
  const Merged merged = merge(given);
  EXPECT_FALSE(merged.conversation_was_there || merged.is_in_trash);
  EXPECT_EQ(merged.messages_added, 4);
  EXPECT_EQ(merged.messages_already_here, 0);
  const Conversation row = find(tea);
  EXPECT_EQ(row.title, "Old tea");
  EXPECT_EQ(row.title_source, TitleSource::model);
  EXPECT_EQ(row.model, "m");
  EXPECT_EQ(row.created_at, 1000);
  EXPECT_EQ(row.updated_at, 2000);
  EXPECT_TRUE(row.is_archived && row.is_pinned);
  EXPECT_EQ(row.folder, "old");
  EXPECT_THAT(row.tags, ElementsAre("a", "b"));
  EXPECT_EQ(row.metadata, R"({"source":"x"})");
  EXPECT_EQ(row.message_count, 4);
  EXPECT_EQ(row.rev, 1);
  EXPECT_EQ(row.seq, 5);
  EXPECT_EQ(message(2).created_at, 1002);
  EXPECT_EQ(message(2).model, "gpt");
  EXPECT_EQ(message(2).status, MessageStatus::interrupted);
  EXPECT_THAT(path(tea), ElementsAre(1, 3, 4));
  EXPECT_THAT(tree(tea), ElementsAre(1, 2, 3, 4));
  ConversationFilter filter;
  filter.tag = "b";
  filter.folder = "old";
  EXPECT_THAT(list(filter), ElementsAre(tea));
}

TEST_P(Merge, TheLeafThatTheSourceShowsIsTheHead) {
  ConversationMerge given = source({{1, 0}, {2, 1}, {3, 1}});
  given.conversation.head_id = id_of(2);
  merge(given);
  EXPECT_THAT(path(tea), ElementsAre(1, 2));
}

TEST_P(Merge, WithoutATitleTheFirstQuestionGivesIt) {
  ConversationMerge given = source({{1, 0}, {2, 1}});
  given.conversation.title = "";
  given.conversation.title_source = TitleSource::none;
  merge(given);
  EXPECT_EQ(find(tea).title, "message 1");
  EXPECT_EQ(find(tea).title_source, TitleSource::excerpt);
}

TEST_P(Merge, WithoutMessagesMakesAnEmptyConversation) {
  EXPECT_EQ(merge(source({})).messages_added, 0);
  EXPECT_EQ(find(tea).title, "Old tea");
  EXPECT_FALSE(find(tea).head_id);
}

TEST_P(Merge, TheSameAgainAddsNothing) {
  const ConversationMerge given = source({{1, 0}, {2, 1}, {3, 1}});
  merge(given);
  ConversationPatch patch;
  patch.title = "Mine";
  store().write(ann, EditConversation{tea, patch}).value();
  const std::string before = show(find(tea));
  for (int i = 0; i < 3; ++i) {
    const Merged again = merge(given);
    EXPECT_TRUE(again.conversation_was_there);
    EXPECT_EQ(again.messages_added, 0);
    EXPECT_EQ(again.messages_already_here, 3);
  }
  EXPECT_EQ(show(find(tea)), before);
}

TEST_P(Merge, ALongerSourceAddsOnlyTheNew) {
  merge(source({{1, 0}, {2, 1}}));
  ConversationMerge longer = source({{1, 0}, {2, 1}, {3, 2}, {4, 3}});
  longer.conversation.title = "New tea";
  longer.conversation.updated_at = 3000;
  const Merged merged = merge(longer);
  EXPECT_EQ(merged.messages_added, 2);
  EXPECT_EQ(merged.messages_already_here, 2);
  EXPECT_THAT(path(tea), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(find(tea).title, "Old tea");
  EXPECT_EQ(find(tea).updated_at, 3000);
  EXPECT_EQ(find(tea).rev, 1);
  EXPECT_EQ(find(tea).seq, 6);
}

TEST_P(Merge, UpdatedAtNeverGoesBack) {
  merge(source({{1, 0}}));
  append(said(id_of(9), tea, "now"));
  const UnixMs before = find(tea).updated_at;
  merge(source({{1, 0}, {2, 1}}));
  EXPECT_EQ(find(tea).updated_at, before);
}

TEST_P(Merge, TheHeadStaysWhereTheUserWentOn) {
  merge(source({{1, 0}, {2, 1}}));
  append(said(id_of(9), tea, "my own way"));
  merge(source({{1, 0}, {2, 1}, {3, 2}}));
  EXPECT_THAT(path(tea), ElementsAre(1, 2, 9));
  EXPECT_THAT(tree(tea), ElementsAre(1, 2, 9, 3));
}

TEST_P(Merge, MessagesThatAreHereStayAsTheyAre) {
  merge(source({{1, 0}, {2, 1}}));
  ConversationMerge other = source({{1, 0}, {2, 1}, {3, 2}});
  other.messages[0].content = text_block("rewritten");
  merge(other);
  EXPECT_EQ(message(1).content, text_block("message 1"));
}

TEST_P(Merge, AMessageThatIsListedTwiceIsAddedOnce) {
  const Merged merged = merge(source({{1, 0}, {2, 1}, {1, 0}}));
  EXPECT_EQ(merged.messages_added, 2);
  EXPECT_EQ(merged.messages_already_here, 1);
  EXPECT_THAT(tree(tea), ElementsAre(1, 2));
}

TEST_P(Merge, APlaceMayBeAMessageThatIsStored) {
  create(tea);
  append(said(id_of(9), tea, "here"));
  merge(source({{1, 9}, {2, 1}}));
  EXPECT_THAT(path(tea), ElementsAre(9, 1, 2));
}

TEST_P(Merge, AnUnknownPlaceIsInvalidAndAddsNothing) {
  create(bread);
  append(said(id_of(50), bread, "elsewhere"));
  const std::int64_t seq = find(bread).seq;
  EXPECT_EQ(merge_error(source({{1, 0}, {2, 3}, {3, 1}})), Errc::invalid_field);
  EXPECT_EQ(merge_error(source({{1, 0}, {2, 2}})), Errc::invalid_field);
  EXPECT_EQ(merge_error(source({{1, 50}})), Errc::invalid_field);
  ConversationMerge under_head = source({{1, 0}});
  under_head.messages.front().place = UnderHead{};
  EXPECT_EQ(merge_error(under_head), Errc::invalid_field);
  ConversationMerge head = source({{1, 0}});
  head.conversation.head_id = id_of(7);
  EXPECT_EQ(merge_error(head), Errc::invalid_field);
  EXPECT_EQ(error_of(find_conversation(store(), ann, tea)), Errc::not_found);
  create(tea);
  EXPECT_EQ(find(tea).seq, seq + 1);
}

TEST_P(Merge, AMessageIdOfAnotherConversationIsAConflict) {
  create(bread);
  append(said(id_of(2), bread, "elsewhere"));
  EXPECT_EQ(merge_error(source({{1, 0}, {2, 1}})), Errc::id_conflict);
  EXPECT_EQ(error_of(find_conversation(store(), ann, tea)), Errc::not_found);
}

TEST_P(Merge, BeyondTheLimitIsTooLarge) {
  StoreLimits limits;
  limits.messages_per_conversation_max = 2;
  open(limits);
  EXPECT_EQ(merge_error(source({{1, 0}, {2, 1}, {3, 2}})), Errc::too_large);
  merge(source({{1, 0}, {2, 1}}));
  EXPECT_EQ(merge_error(source({{1, 0}, {2, 1}, {3, 2}})), Errc::too_large);
  EXPECT_EQ(merge(source({{1, 0}, {2, 1}})).messages_already_here, 2);
}

TEST_P(Merge, WhatWasDeletedHereStaysDeleted) {
  for (const auto erase : {Erase::later, Erase::now}) {
    merge(source({{1, 0}}));
    store().write(ann, DeleteConversation{tea, erase}).value();
    const std::string before = show(find(tea));
    const Merged again = merge(source({{1, 0}, {2, 1}}));
    EXPECT_TRUE(again.conversation_was_there && again.is_in_trash);
    EXPECT_EQ(again.is_erased, erase == Erase::now);
    EXPECT_EQ(again.messages_added, 0);
    EXPECT_EQ(show(find(tea)), before);
  }
}

TEST_P(Merge, AForeignConversationIsNotFound) {
  create_for(bob, tea);
  EXPECT_EQ(merge_error(source({{1, 0}})), Errc::not_found);
  EXPECT_THAT(list(), IsEmpty());
}

}  // namespace
}  // namespace threadkeep::test
