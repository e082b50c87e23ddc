// Creating, finding, changing, deleting and restoring conversations.
#include "store/contract.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Conversations : public Contract {};
INSTANTIATE_FOR_ALL_STORES(Conversations);

TEST_P(Conversations, IsReady) { EXPECT_TRUE(store().check_ready()); }

TEST_P(Conversations, LocalUserStaysTheSame) {
  const UserId user = store().local_user();
  EXPECT_EQ(store().local_user(), user);
  if (GetParam() == Kind::memory) return;
  open();
  EXPECT_EQ(store().local_user(), user);
}

TEST_P(Conversations, CursorKeyHas32BytesAndStaysTheSame) {
  const std::string key = store().cursor_key();
  EXPECT_EQ(key.size(), 32U);
  EXPECT_NE(key, std::string(32, key.front()));
  if (GetParam() == Kind::memory) return;
  open();
  EXPECT_EQ(store().cursor_key(), key);
}

TEST_P(Conversations, CreatedHasWhatWasGiven) {
  NewConversation fresh = chat(tea, "Tea");
  fresh.model = "builtin";
  fresh.metadata = R"({ "b" : 1.50, "a":[] })";
  const auto stored = store().write(ann, fresh).value();
  EXPECT_FALSE(stored.was_there);
  const Conversation& row = stored.value;
  EXPECT_EQ(row.id, tea);
  EXPECT_EQ(row.title, "Tea");
  EXPECT_EQ(row.title_source, TitleSource::user);
  EXPECT_EQ(row.model, "builtin");
  EXPECT_EQ(row.metadata, R"({ "b" : 1.50, "a":[] })");
  EXPECT_EQ(row.created_at, clock_.now_ms());
  EXPECT_EQ(row.updated_at, clock_.now_ms());
  EXPECT_EQ(row.message_count, 0);
  EXPECT_FALSE(row.is_archived || row.is_pinned || row.folder || row.head_id || row.deleted_at);
  EXPECT_THAT(row.tags, IsEmpty());
  EXPECT_EQ(row.rev, 1);
  EXPECT_EQ(row.seq, 1);
  EXPECT_EQ(show(find(tea)), show(row));
}

TEST_P(Conversations, WithoutATitleHasNoTitleSource) {
  EXPECT_EQ(create(tea).title_source, TitleSource::none);
}

TEST_P(Conversations, CreatingTheSameAgainGivesTheRowOfToday) {
  create(tea, "Tea");
  ConversationPatch patch;
  patch.title = "Green tea";
  store().write(ann, EditConversation{tea, patch}).value();
  const auto again = store().write(ann, chat(tea, "Tea")).value();
  EXPECT_TRUE(again.was_there);
  EXPECT_EQ(again.value.title, "Green tea");
  EXPECT_EQ(again.value.seq, 2);
}

TEST_P(Conversations, CreatingOtherwiseIsAConflict) {
  NewConversation fresh = chat(tea, "Tea");
  fresh.model = "m";
  store().write(ann, fresh).value();
  NewConversation other = fresh;
  other.title = "Coffee";
  EXPECT_EQ(error_of(store().write(ann, other)), Errc::id_conflict);
  other = fresh;
  other.model = std::nullopt;
  EXPECT_EQ(error_of(store().write(ann, other)), Errc::id_conflict);
  other.model = "";
  EXPECT_EQ(error_of(store().write(ann, other)), Errc::id_conflict);
  other = fresh;
  other.metadata = R"({"a":1})";
  EXPECT_EQ(error_of(store().write(ann, other)), Errc::id_conflict);
  EXPECT_EQ(find(tea).seq, 1);
}

TEST_P(Conversations, CreatingAnotherUsersIdIsNotFound) {
  create_for(bob, tea, "Tea");
  EXPECT_EQ(error_of(store().write(ann, chat(tea, "Tea"))), Errc::not_found);
  EXPECT_EQ(create(bread).seq, 1);
}

TEST_P(Conversations, CreatingBeyondTheLimitIsTooLarge) {
  StoreLimits limits;
  limits.conversations_per_user_max = 1;
  open(limits);
  create(tea);
  EXPECT_EQ(error_of(store().write(ann, chat(bread))), Errc::too_large);
  ConversationUpsert upsert;
  upsert.id = bread;
  EXPECT_EQ(error_of(store().write(ann, upsert)), Errc::too_large);
  ConversationMerge merge;
  merge.conversation.id = bread;
  EXPECT_EQ(error_of(store().write(ann, merge)), Errc::too_large);
  create_for(bob, bread);
}

TEST_P(Conversations, FindingAMissingOrForeignOneIsTheSameError) {
  create_for(bob, tea);
  const auto foreign = find_conversation(store(), ann, tea);
  const auto missing = find_conversation(store(), ann, bread);
  ASSERT_FALSE(foreign || missing);
  EXPECT_EQ(foreign.error().code, Errc::not_found);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_EQ(foreign.error().detail, missing.error().detail);
}

TEST_P(Conversations, APatchChangesWhatItNames) {
  create(tea, "Tea");
  clock_.advance(10);
  ConversationPatch patch;
  patch.title = "Green";
  patch.is_archived = true;
  patch.is_pinned = true;
  patch.folder = "kitchen";
  patch.tags = std::vector<std::string>{"hot", "a \"quoted\"\n\ttag", "hot"};
  patch.model = "m";
  const auto row = store().write(ann, EditConversation{tea, patch}).value();
  EXPECT_EQ(row.title, "Green");
  EXPECT_TRUE(row.is_archived && row.is_pinned);
  EXPECT_EQ(row.folder, "kitchen");
  EXPECT_THAT(row.tags, ElementsAre("hot", "a \"quoted\"\n\ttag", "hot"));
  EXPECT_EQ(row.model, "m");
  EXPECT_EQ(row.rev, 2);
  EXPECT_EQ(row.seq, 2);
  EXPECT_EQ(row.updated_at, row.created_at);
  EXPECT_EQ(show(find(tea)), show(row));

  ConversationPatch back;
  back.folder = std::optional<std::string>();
  back.model = std::optional<std::string>();
  back.tags = std::vector<std::string>();
  back.is_archived = false;
  const auto after = store().write(ann, EditConversation{tea, back}).value();
  EXPECT_FALSE(after.folder || after.model || after.is_archived);
  EXPECT_TRUE(after.is_pinned);
  EXPECT_THAT(after.tags, IsEmpty());
  EXPECT_EQ(after.rev, 3);
}

TEST_P(Conversations, APatchThatChangesNothingLeavesRevAndSeq) {
  create(tea, "Tea");
  ConversationPatch patch;
  patch.title = "Tea";
  patch.is_pinned = false;
  patch.folder = std::optional<std::string>();
  EXPECT_EQ(show(store().write(ann, EditConversation{tea, patch}).value()), show(find(tea)));
  EXPECT_EQ(find(tea).rev, 1);
  EXPECT_EQ(find(tea).seq, 1);
}

TEST_P(Conversations, APatchWithAnOldRevIsRefused) {
  create(tea);
  ConversationPatch patch;
  patch.is_pinned = true;
  EXPECT_EQ(error_of(store().write(ann, EditConversation{tea, patch, 2})),
            Errc::precondition_failed);
  EXPECT_EQ(store().write(ann, EditConversation{tea, patch, 1}).value().rev, 2);
  EXPECT_EQ(error_of(store().write(ann, EditConversation{tea, patch, 1})),
            Errc::precondition_failed);
}

TEST_P(Conversations, APatchFailsInOrder) {
  create_for(bob, bread);
  ConversationPatch patch;
  patch.head_id = id_of(1);
  EXPECT_EQ(error_of(store().write(ann, EditConversation{bread, patch, 1})), Errc::not_found);
  EXPECT_EQ(error_of(store().write(ann, EditConversation{tea, patch, 1})), Errc::not_found);
  create(tea);
  EXPECT_EQ(error_of(store().write(ann, EditConversation{tea, patch, 7})),
            Errc::precondition_failed);
  EXPECT_EQ(error_of(store().write(ann, EditConversation{tea, patch, 1})), Errc::invalid_field);
  store().write(ann, DeleteConversation{tea, Erase::later}).value();
  EXPECT_EQ(error_of(store().write(ann, EditConversation{tea, patch, 7})),
            Errc::conversation_deleted);
}

TEST_P(Conversations, APatchOfTheHeadTakesTheNewestLeafBelow) {
  create(tea);
  append_numbers(tea, 1, 3);                                          // 1 - 2 - 3
  append(said_under(id_of(1), id_of(4), tea, "4", Role::assistant));  // 1 - 4
  append(said_under(id_of(4), id_of(5), tea, "5"));                   // 1 - 4 - 5
  const auto head_after = [&](std::uint64_t number) {
    ConversationPatch patch;
    patch.head_id = id_of(number);
    return number_of(store().write(ann, EditConversation{tea, patch}).value().head_id.value());
  };
  EXPECT_EQ(head_after(2), 3U);
  EXPECT_THAT(path(tea), ElementsAre(1, 2, 3));
  EXPECT_EQ(head_after(4), 5U);
  EXPECT_THAT(path(tea), ElementsAre(1, 4, 5));
  EXPECT_EQ(head_after(3), 3U);
  EXPECT_EQ(head_after(1), 5U);
  const auto rev = find(tea).rev;
  head_after(1);
  EXPECT_EQ(find(tea).rev, rev);
}

TEST_P(Conversations, AHeadOfAnotherConversationIsInvalid) {
  create(tea);
  create(bread);
  append(said(id_of(1), bread, "1"));
  ConversationPatch patch;
  patch.head_id = id_of(1);
  EXPECT_EQ(error_of(store().write(ann, EditConversation{tea, patch})), Errc::invalid_field);
}

TEST_P(Conversations, AnEmptyTitleGivesItBack) {
  create(tea, "Tea");
  ConversationPatch patch;
  patch.title = "";
  auto row = store().write(ann, EditConversation{tea, patch}).value();
  EXPECT_EQ(row.title, "");
  EXPECT_EQ(row.title_source, TitleSource::none);
  append(said(id_of(1), tea, "I answer first", Role::assistant));
  append(said(id_of(2), tea, " \n "));
  append(said(id_of(3), tea, "What is tea?"));
  append(said(id_of(4), tea, "And coffee?"));
  EXPECT_EQ(find(tea).title, "What is tea?");
  patch.title = "Mine";
  EXPECT_EQ(store().write(ann, EditConversation{tea, patch}).value().title_source,
            TitleSource::user);
  patch.title = "";
  row = store().write(ann, EditConversation{tea, patch}).value();
  EXPECT_EQ(row.title, "What is tea?");
  EXPECT_EQ(row.title_source, TitleSource::excerpt);
}

TEST_P(Conversations, TheTitleThatItHasMadeByHandIsTheUsers) {
  create(tea);
  append(said(id_of(1), tea, "What is tea?"));
  ConversationPatch patch;
  patch.title = "What is tea?";
  const auto row = store().write(ann, EditConversation{tea, patch}).value();
  EXPECT_EQ(row.title_source, TitleSource::user);
  EXPECT_EQ(row.rev, 2);
}

TEST_P(Conversations, DeletedOnesAreFoundAndCanComeBack) {
  create(tea, "Tea");
  append(said(id_of(1), tea, "What is tea?"));
  const std::string before = show(find(tea));
  clock_.advance(5);
  const auto deleted = store().write(ann, DeleteConversation{tea, Erase::later}).value();
  EXPECT_EQ(deleted.deleted_at, clock_.now_ms());
  EXPECT_EQ(deleted.seq, 4);
  EXPECT_EQ(show(find(tea)), show(deleted));
  EXPECT_EQ(message(1).content, text_block("What is tea?"));
  clock_.advance(5);
  EXPECT_EQ(show(store().write(ann, DeleteConversation{tea, Erase::later}).value()), show(deleted));

  const auto restored = store().write(ann, RestoreConversation{tea}).value();
  EXPECT_FALSE(restored.deleted_at);
  EXPECT_EQ(restored.seq, 5);
  EXPECT_EQ(restored.rev, deleted.rev);
  EXPECT_EQ(restored.message_count, 1);
  EXPECT_EQ(show(store().write(ann, RestoreConversation{tea}).value()), show(restored));
  EXPECT_THAT(path(tea), ElementsAre(1));
}

TEST_P(Conversations, NothingCanBeAddedInTheTrash) {
  create(tea);
  append_numbers(tea, 1, 2);
  store().write(ann, DeleteConversation{tea, Erase::later}).value();
  EXPECT_EQ(error_of(store().write(ann, said(id_of(3), tea, "3"))), Errc::conversation_deleted);
  ConversationUpsert upsert;
  upsert.id = tea;
  EXPECT_EQ(error_of(store().write(ann, with_rev(upsert, 99))), Errc::conversation_deleted);
  BeginGeneration begin;
  begin.conversation_id = tea;
  begin.answers = {{id_of(9), "m"}};
  EXPECT_EQ(error_of(store().write(ann, begin)), Errc::conversation_deleted);
  EXPECT_EQ(error_of(path_page(store(), ann, tea, std::nullopt, std::nullopt, 5)),
            Errc::conversation_deleted);
  EXPECT_EQ(error_of(tree_page(store(), ann, tea, 1, 5)), Errc::conversation_deleted);
  EXPECT_TRUE(store().write(ann, chat(tea)).value().was_there);
}

TEST_P(Conversations, ErasedOnesLeaveOnlyTheirIds) {
  create(tea, "Tea");
  ConversationPatch patch;
  patch.folder = "secret";
  patch.tags = std::vector<std::string>{"secret"};
  store().write(ann, EditConversation{tea, patch}).value();
  append_numbers(tea, 1, 2);
  BeginGeneration begin;
  begin.conversation_id = tea;
  begin.answers = {{id_of(3), "m"}};
  store().write(ann, begin).value();
  const std::int64_t seq = find(tea).seq;
  clock_.advance(5);
  const auto erased = store().write(ann, DeleteConversation{tea, Erase::now}).value();
  EXPECT_EQ(erased.title, "");
  EXPECT_EQ(erased.title_source, TitleSource::none);
  EXPECT_EQ(erased.metadata, "{}");
  EXPECT_FALSE(erased.folder || erased.head_id);
  EXPECT_THAT(erased.tags, IsEmpty());
  EXPECT_EQ(erased.message_count, 0);
  EXPECT_EQ(erased.deleted_at, clock_.now_ms());
  EXPECT_EQ(erased.seq, seq + 1);
  EXPECT_EQ(show(find(tea)), show(erased));

  EXPECT_EQ(error_of(store().write(ann, RestoreConversation{tea})), Errc::not_found);
  EXPECT_EQ(error_of(find_message(store(), ann, id_of(1))), Errc::not_found);
  FinishAnswer state;
  state.id = id_of(3);
  EXPECT_EQ(error_of(store().write(ann, state)), Errc::not_found);
  EXPECT_EQ(interrupt_unfinished(store()).value(), 0);
  EXPECT_THAT(scan_words(store(), ann, "message", 10).value(), IsEmpty());
  ConversationFilter trash;
  trash.in_trash = true;
  EXPECT_THAT(list(), IsEmpty());
  EXPECT_THAT(list(trash), IsEmpty());

  EXPECT_EQ(show(store().write(ann, DeleteConversation{tea, Erase::now}).value()), show(erased));
  EXPECT_EQ(show(store().write(ann, DeleteConversation{tea, Erase::later}).value()), show(erased));
  EXPECT_TRUE(store().write(ann, chat(tea, "Other")).value().was_there);
  EXPECT_EQ(error_of(store().write(ann, said(id_of(1), tea, "message 1"))),
            Errc::conversation_deleted);
  create(bread);
  EXPECT_EQ(error_of(store().write(ann, said(id_of(1), bread, "message 1"))), Errc::id_conflict);
}

TEST_P(Conversations, ErasingFromTheTrashKeepsTheTimeOfDeleting) {
  create(tea);
  const auto deleted = store().write(ann, DeleteConversation{tea, Erase::later}).value();
  clock_.advance(5);
  const auto erased = store().write(ann, DeleteConversation{tea, Erase::now}).value();
  EXPECT_EQ(erased.deleted_at, deleted.deleted_at);
  EXPECT_EQ(erased.seq, deleted.seq + 1);
}

TEST_P(Conversations, DeletingAndRestoringAForeignOneIsNotFound) {
  create_for(bob, tea);
  EXPECT_EQ(error_of(store().write(ann, DeleteConversation{tea, Erase::now})), Errc::not_found);
  EXPECT_EQ(error_of(store().write(ann, RestoreConversation{tea})), Errc::not_found);
  EXPECT_FALSE(find_conversation(store(), bob, tea).value().deleted_at);
}

}  // namespace
}  // namespace threadkeep::test
