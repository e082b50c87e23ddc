// PUT of a whole chat: the given list becomes the active path, and nothing is erased.
#include "store/contract.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Upsert : public Contract {
 protected:
  // A listed message: questions have odd numbers. Fresh ids are 1000, 1001, ...
  UpsertMessage listed(std::optional<std::uint64_t> id, const std::string& text) {
    UpsertMessage message;
    if (id) message.id = id_of(*id);
    message.fresh_id = id_of(next_fresh_++);
    message.content = text_block(text);
    return message;
  }
  Stored<Conversation> put(const std::vector<UpsertMessage>& messages,
                           std::optional<std::int64_t> if_rev = std::nullopt) {
    ConversationUpsert upsert;
    upsert.id = tea;
    upsert.messages = messages;
    return store().write(ann, with_rev(upsert, if_rev)).value();
  }
  std::uint64_t next_fresh_ = 1000;
};
INSTANTIATE_FOR_ALL_STORES(Upsert);

TEST_P(Upsert, CreatesTheConversationWithItsMessages) {
  ConversationUpsert upsert;
  upsert.id = tea;
  upsert.model = "m";
  UpsertMessage first = listed(1, "What is tea?");
  first.created_at = 5;
  first.metadata = R"({"a":1})";
  first.model = "x";
  UpsertMessage second = listed(std::nullopt, "A drink.");
  second.role = Role::assistant;
  second.status = MessageStatus::interrupted;
  upsert.messages = {first, second};
  const auto stored = store().write(ann, upsert).value();
  EXPECT_FALSE(stored.was_there);
  EXPECT_EQ(stored.value.title, "What is tea?");
  EXPECT_EQ(stored.value.title_source, TitleSource::excerpt);
  EXPECT_EQ(stored.value.model, "m");
  EXPECT_EQ(stored.value.message_count, 2);
  EXPECT_EQ(stored.value.rev, 1);
  EXPECT_EQ(stored.value.seq, 3);
  EXPECT_EQ(stored.value.head_id, id_of(1001));
  EXPECT_EQ(show(find(tea)), show(stored.value));
  EXPECT_EQ(message(1).created_at, 5);
  EXPECT_EQ(message(1).metadata, R"({"a":1})");
  EXPECT_EQ(message(1).model, "x");
  EXPECT_EQ(message(1001).status, MessageStatus::interrupted);
  EXPECT_EQ(message(1001).role, Role::assistant);
  EXPECT_THAT(path(tea), ElementsAre(1, 1001));
}

TEST_P(Upsert, ACreatedTitleIsTheUsers) {
  ConversationUpsert upsert;
  upsert.id = tea;
  upsert.title = "Tea";
  upsert.messages = {listed(1, "What is tea?")};
  const auto stored = store().write(ann, upsert).value();
  EXPECT_EQ(stored.value.title, "Tea");
  EXPECT_EQ(stored.value.title_source, TitleSource::user);
  EXPECT_TRUE(store().write(ann, chat(tea, "Tea")).value().was_there);
}

TEST_P(Upsert, TheSameAgainChangesNothing) {
  put({listed(1, "1"), listed(std::nullopt, "2"), listed(3, "3")});
  const std::string before = show(find(tea));
  clock_.advance(9);
  const auto again = put({listed(1, "1"), listed(std::nullopt, "2"), listed(3, "3")});
  EXPECT_TRUE(again.was_there);
  EXPECT_EQ(show(find(tea)), before);
  EXPECT_EQ(show(again.value), before);
}

TEST_P(Upsert, ALongerListAppends) {
  put({listed(1, "1"), listed(2, "2")});
  clock_.advance(9);
  const auto more =
      put({listed(1, "1"), listed(2, "2"), listed(3, "3"), listed(std::nullopt, "4")});
  EXPECT_TRUE(more.was_there);
  EXPECT_THAT(path(tea), ElementsAre(1, 2, 3, 1005));
  EXPECT_EQ(more.value.rev, 2);
  EXPECT_EQ(more.value.message_count, 4);
  EXPECT_EQ(more.value.updated_at, clock_.now_ms());
  EXPECT_EQ(more.value.seq, 6);
}

TEST_P(Upsert, AShorterListMovesTheHeadAndErasesNothing) {
  put({listed(1, "1"), listed(2, "2"), listed(3, "3")});
  const auto before = find(tea);
  clock_.advance(9);
  const auto shorter = put({listed(1, "1"), listed(2, "2")});
  EXPECT_EQ(shorter.value.head_id, id_of(2));
  EXPECT_EQ(shorter.value.message_count, 3);
  EXPECT_EQ(shorter.value.rev, 2);
  EXPECT_EQ(shorter.value.seq, before.seq + 1);
  EXPECT_EQ(shorter.value.updated_at, before.updated_at);
  EXPECT_THAT(tree(tea), ElementsAre(1, 2, 3));
  EXPECT_THAT(path(tea), ElementsAre(1, 2));
  put({listed(1, "1"), listed(2, "2"), listed(3, "3")});
  EXPECT_THAT(path(tea), ElementsAre(1, 2, 3));
}

TEST_P(Upsert, AnEmptyListLeavesTheHead) {
  put({listed(1, "1"), listed(2, "2")});
  const std::string before = show(find(tea));
  EXPECT_TRUE(put({}).was_there);
  EXPECT_EQ(show(find(tea)), before);
}

TEST_P(Upsert, AnEmptyListCreatesAnEmptyConversation) {
  const auto stored = put({});
  EXPECT_FALSE(stored.was_there);
  EXPECT_FALSE(stored.value.head_id);
  EXPECT_THAT(tree(tea), IsEmpty());
}

TEST_P(Upsert, AKnownIdWithOtherWordsBecomesASibling) {
  put({listed(1, "1"), listed(2, "2"), listed(3, "3")});
  const auto edited = put({listed(1, "1"), listed(2, "two"), listed(3, "3")});
  // 2 with other words and what follows it are new rows: 3 lives under the old 2.
  EXPECT_THAT(path(tea), ElementsAre(1, 1004, 1005));
  EXPECT_EQ(edited.value.message_count, 5);
  EXPECT_EQ(message(2).content, text_block("2"));
  EXPECT_EQ(message(1004).parent_id, id_of(1));
}

TEST_P(Upsert, TheSameEditAgainAddsNothing) {
  put({listed(1, "1"), listed(2, "2"), listed(3, "3")});
  put({listed(1, "1"), listed(2, "two"), listed(3, "3")});
  const std::string before = show(find(tea));
  for (int i = 0; i < 3; ++i) put({listed(1, "1"), listed(2, "two"), listed(3, "3")});
  EXPECT_EQ(show(find(tea)), before);
  EXPECT_THAT(tree(tea), ElementsAre(1, 2, 3, 1004, 1005));
}

TEST_P(Upsert, AKnownIdFromElsewhereIsTakenForItsEqualThere) {
  put({listed(1, "1"), listed(2, "2"), listed(3, "3")});
  put({listed(1, "1"), listed(3, "3")});  // 3 lives under 2: a new row under 1
  EXPECT_THAT(path(tea), ElementsAre(1, 1004));
  put({listed(1, "1"), listed(2, "2"), listed(3, "3")});
  put({listed(1, "1"), listed(3, "3")});  // and now that row is found
  EXPECT_THAT(path(tea), ElementsAre(1, 1004));
  EXPECT_EQ(find(tea).message_count, 4);
}

TEST_P(Upsert, AMessageWithoutIdIsTakenForTheNewestEqualChild) {
  create(tea);
  append(said(id_of(1), tea, "1"));
  append(said_under(id_of(1), id_of(2), tea, "same"));
  append(said_under(id_of(1), id_of(3), tea, "same"));
  append(said_under(id_of(1), id_of(4), tea, "other"));
  put({listed(1, "1"), listed(std::nullopt, "same")});
  EXPECT_THAT(path(tea), ElementsAre(1, 3));
  put({listed(1, "1"), listed(2, "same")});
  EXPECT_THAT(path(tea), ElementsAre(1, 2));
  EXPECT_EQ(find(tea).message_count, 4);
}

TEST_P(Upsert, TheRoleIsPartOfWhatIsEqual) {
  put({listed(1, "1")});
  UpsertMessage answer = listed(1, "1");
  answer.role = Role::assistant;
  put({answer});
  EXPECT_THAT(path(tea), ElementsAre(1001));
  EXPECT_EQ(find(tea).message_count, 2);
}

TEST_P(Upsert, ANewIdIsAppendedAlsoWhenAnEqualIsThere) {
  put({listed(1, "1"), listed(2, "same")});
  put({listed(1, "1"), listed(9, "same")});
  EXPECT_THAT(path(tea), ElementsAre(1, 9));
  EXPECT_EQ(find(tea).message_count, 3);
}

TEST_P(Upsert, AnIdThatIsListedTwiceIsUsedOnce) {
  put({listed(1, "1"), listed(1, "1"), listed(1, "again")});
  EXPECT_THAT(path(tea), ElementsAre(1, 1001, 1002));
}

TEST_P(Upsert, AnIdOfAnotherConversationIsAConflictAndChangesNothing) {
  create(bread);
  append(said(id_of(5), bread, "5"));
  put({listed(1, "1")});
  const std::string before = show(find(tea));
  ConversationUpsert upsert;
  upsert.id = tea;
  upsert.title = "New";
  upsert.messages = {listed(1, "1"), listed(2, "2"), listed(5, "5")};
  EXPECT_EQ(error_of(store().write(ann, upsert)), Errc::id_conflict);
  EXPECT_EQ(show(find(tea)), before);
  EXPECT_THAT(tree(tea), ElementsAre(1));
  EXPECT_EQ(error_of(find_message(store(), ann, id_of(2))), Errc::not_found);
  upsert.id = id_of(102);
  EXPECT_EQ(error_of(store().write(ann, upsert)), Errc::id_conflict);
  EXPECT_EQ(error_of(find_conversation(store(), ann, id_of(102))), Errc::not_found);
  append(said(id_of(2), tea, "2"));
  EXPECT_EQ(message(2).seq, 6);  // the refused calls took no number
}

TEST_P(Upsert, BeyondTheLimitIsTooLarge) {
  StoreLimits limits;
  limits.messages_per_conversation_max = 2;
  open(limits);
  put({listed(1, "1")});
  ConversationUpsert upsert;
  upsert.id = tea;
  upsert.messages = {listed(1, "1"), listed(2, "2"), listed(3, "3")};
  EXPECT_EQ(error_of(store().write(ann, upsert)), Errc::too_large);
  EXPECT_THAT(tree(tea), ElementsAre(1));
}

TEST_P(Upsert, WithAnOldRevIsRefused) {
  ConversationUpsert upsert;
  upsert.id = tea;
  EXPECT_EQ(error_of(store().write(ann, with_rev(upsert, 1))), Errc::precondition_failed);
  put({listed(1, "1")});
  put({listed(1, "1"), listed(2, "2")}, 1);
  EXPECT_EQ(find(tea).rev, 2);
  upsert.messages = {listed(1, "1"), listed(3, "3")};
  EXPECT_EQ(error_of(store().write(ann, with_rev(upsert, 1))), Errc::precondition_failed);
  EXPECT_THAT(path(tea), ElementsAre(1, 2));
}

TEST_P(Upsert, AForeignConversationIsLikeAMissingOne) {
  create_for(bob, tea);
  ConversationUpsert upsert;
  upsert.id = tea;
  upsert.messages = {listed(1, "1")};
  EXPECT_EQ(error_of(store().write(ann, upsert)), Errc::not_found);
  EXPECT_EQ(error_of(store().write(ann, with_rev(upsert, 1))), Errc::precondition_failed);
  EXPECT_EQ(find_conversation(store(), bob, tea).value().message_count, 0);
}

TEST_P(Upsert, TakesATitleAsAPatchDoes) {
  put({listed(1, "What is tea?")});
  ConversationUpsert upsert;
  upsert.id = tea;
  upsert.title = "What is tea?";
  auto row = store().write(ann, upsert).value().value;
  EXPECT_EQ(row.title_source, TitleSource::excerpt);  // as it came: nobody wrote it
  EXPECT_EQ(row.rev, 1);
  upsert.title = "Tea";
  row = store().write(ann, upsert).value().value;
  EXPECT_EQ(row.title, "Tea");
  EXPECT_EQ(row.title_source, TitleSource::user);
  EXPECT_EQ(row.rev, 2);
  upsert.title = "";
  row = store().write(ann, upsert).value().value;
  EXPECT_EQ(row.title, "What is tea?");
  EXPECT_EQ(row.title_source, TitleSource::excerpt);
  EXPECT_EQ(store().write(ann, upsert).value().value.rev, 3);
}

TEST_P(Upsert, TakesAModel) {
  put({});
  ConversationUpsert upsert;
  upsert.id = tea;
  upsert.model = "m";
  EXPECT_EQ(store().write(ann, upsert).value().value.model, "m");
  upsert.model = std::nullopt;
  EXPECT_EQ(store().write(ann, upsert).value().value.model, "m");
  upsert.model = std::optional<std::string>();
  EXPECT_EQ(store().write(ann, upsert).value().value.model, std::nullopt);
}

}  // namespace
}  // namespace threadkeep::test
