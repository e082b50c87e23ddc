// Messages that are deleted alone: what stays, what is shown, and what never comes back.
#include "store/contract.h"
#include "store/replica.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr UnixMs day_ms = 24 * 3'600 * 1'000;
using Numbers = std::vector<std::uint64_t>;

class DeletedMessages : public Contract {
 protected:
  static ChosenMessages chosen(const Numbers& numbers) {
    std::vector<MessageId> ids;
    for (const std::uint64_t number : numbers) ids.push_back(id_of(number));
    return ids;
  }
  Result<Conversation> run(const ChosenMessages& which, Erase erase = Erase::later,
                           std::optional<UnixMs> edited_at = std::nullopt) {
    return store().write(ann, DeleteMessages{tea, which, erase, edited_at});
  }
  Conversation remove(const Numbers& numbers, Erase erase = Erase::later,
                      std::optional<UnixMs> edited_at = std::nullopt) {
    return run(chosen(numbers), erase, edited_at).value();
  }
  Conversation restore(const Numbers& numbers, std::optional<UnixMs> edited_at = std::nullopt) {
    return store().write(ann, RestoreMessages{tea, chosen(numbers), edited_at}).value();
  }
  Numbers listed() {
    return numbers_of(
        path_page(store(), ann, tea, std::nullopt, std::nullopt, 100, Deleted::listed).value());
  }
  Numbers trash() { return numbers_of(trash_page(store(), ann, tea, 1, 100).value()); }
  Siblings siblings_of(std::uint64_t number) {
    const MessagePage page = tree_page(store(), ann, tea, 1, 100).value();
    for (const MessageInTree& row : page.messages) {
      if (row.message.id == id_of(number)) return row.siblings;
    }
    throw std::runtime_error("no such message is shown");
  }
};
INSTANTIATE_FOR_ALL_STORES(DeletedMessages);

TEST_P(DeletedMessages, ThePathSkipsOneAndKeepsWhatStandsUnderIt) {
  create(tea);
  append_numbers(tea, 1, 4);
  const Conversation row = remove({2});
  EXPECT_EQ(row.message_count, 3);
  EXPECT_EQ(row.head_id, id_of(4));
  EXPECT_THAT(path(tea), ElementsAre(1, 3, 4));
  EXPECT_THAT(tree(tea), ElementsAre(1, 3, 4));
  EXPECT_THAT(listed(), ElementsAre(1, 2, 3, 4));
  // Its place is what it was.
  EXPECT_EQ(message(3).parent_id, id_of(2));
  EXPECT_THAT(trash(), ElementsAre(2));
  EXPECT_EQ(message(2).content, text_block("message 2"));
  EXPECT_EQ(siblings_of(3).count, 1);
}

TEST_P(DeletedMessages, TheHeadMovesToWhatIsLeft) {
  create(tea);
  append_numbers(tea, 1, 4);
  EXPECT_EQ(remove({4}).head_id, id_of(3));
  EXPECT_EQ(remove({2, 3}).head_id, id_of(1));
  const Conversation row = remove({1});
  EXPECT_EQ(row.head_id, std::nullopt);
  EXPECT_EQ(row.message_count, 0);
  EXPECT_THAT(path(tea), IsEmpty());
  append(said(id_of(5), tea, "anew"));
  EXPECT_THAT(path(tea), ElementsAre(5));
  EXPECT_EQ(message(5).parent_id, std::nullopt);
}

TEST_P(DeletedMessages, TheHeadMovesToTheOtherAnswer) {
  create(tea);
  append_numbers(tea, 1, 2);
  append(said_under(id_of(1), id_of(3), tea, "other answer", Role::assistant));
  EXPECT_EQ(remove({3}).head_id, id_of(2));
  EXPECT_THAT(path(tea), ElementsAre(1, 2));
  EXPECT_EQ(siblings_of(2).count, 1);
}

TEST_P(DeletedMessages, WhatStoodUnderItCountsAmongTheChildrenAbove) {
  create(tea);
  append_numbers(tea, 1, 3);  // 3 under 2
  append(said_under(id_of(1), id_of(4), tea, "other answer", Role::assistant));
  remove({2});
  EXPECT_THAT(numbers_of(siblings_of(4).ids), ElementsAre(3, 4));
  EXPECT_THAT(numbers_of(siblings_of(3).ids), ElementsAre(3, 4));
  // So that the branch can still be chosen.
  const auto page = path_page(store(), ann, tea, id_of(3), std::nullopt, 10).value();
  EXPECT_THAT(numbers_of(page), ElementsAre(1, 3));
}

TEST_P(DeletedMessages, ABranchGoesWithAllThatStandsUnderItAndComesBackAsItWent) {
  create(tea);
  append_numbers(tea, 1, 6);
  append(said_under(id_of(4), id_of(7), tea, "again"));
  remove({5});
  clock_.advance(1);
  const Conversation row = run(Branch{id_of(3)}).value();
  EXPECT_EQ(row.message_count, 2);
  EXPECT_EQ(row.head_id, id_of(2));
  EXPECT_THAT(trash(), ElementsAre(3, 4, 5, 6, 7));
  clock_.advance(1);
  const Conversation back = store().write(ann, RestoreMessages{tea, Branch{id_of(3)}, {}}).value();
  EXPECT_EQ(back.message_count, 6);
  EXPECT_EQ(back.head_id, id_of(7));
  EXPECT_THAT(trash(), ElementsAre(5));  // that was deleted before, and alone
}

TEST_P(DeletedMessages, WhatIsRestoredIsShown) {
  create(tea);
  append_numbers(tea, 1, 4);
  remove({2});
  EXPECT_EQ(restore({2}).head_id, id_of(4));
  EXPECT_THAT(path(tea), ElementsAre(1, 2, 3, 4));
  remove({3, 4});
  append(said(id_of(5), tea, "another way"));
  EXPECT_EQ(restore({3, 4}).head_id, id_of(4));
  EXPECT_THAT(path(tea), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(find(tea).message_count, 5);
}

TEST_P(DeletedMessages, WhatAnotherDeviceAppendsUnderOneStays) {
  create(tea);
  append_numbers(tea, 1, 4);
  run(Branch{id_of(3)}).value();
  append(said_under(id_of(4), id_of(5), tea, "late"));
  EXPECT_EQ(message(5).parent_id, id_of(4));
  EXPECT_THAT(path(tea), ElementsAre(1, 2, 5));
  EXPECT_EQ(find(tea).message_count, 3);
}

TEST_P(DeletedMessages, TheLaterOfDeletingAndRestoringStays) {
  clock_.advance(1'000'000);
  const UnixMs now = clock_.now_ms();
  create(tea);
  append_numbers(tea, 1, 2);
  restore({2}, now - 10);
  remove({2}, Erase::later, now - 20);  // arrives later, was done before
  EXPECT_THAT(path(tea), ElementsAre(1, 2));
  remove({2}, Erase::now, now - 20);
  EXPECT_THAT(path(tea), ElementsAre(1, 2));
  remove({2}, Erase::later, now - 5);
  restore({2}, now - 6);
  EXPECT_THAT(path(tea), ElementsAre(1));
  // A clock that is ahead does not win for ever.
  restore({2}, now + day_ms);
  remove({2});
  EXPECT_THAT(path(tea), ElementsAre(1));
}

TEST_P(DeletedMessages, WhoAsksAgainChangesNothing) {
  create(tea);
  append_numbers(tea, 1, 2);
  const std::int64_t seq = remove({2}).seq;
  EXPECT_EQ(remove({2}).seq, seq);
  const std::int64_t back = restore({2}).seq;
  EXPECT_EQ(restore({2}).seq, back);
  EXPECT_EQ(find(tea).rev, 1);
}

TEST_P(DeletedMessages, TheListIsNotMovedByIt) {
  create(tea);
  append_numbers(tea, 1, 2);
  const UnixMs updated_at = find(tea).updated_at;
  clock_.advance(1'000);
  EXPECT_EQ(remove({2}).updated_at, updated_at);
}

TEST_P(DeletedMessages, ForEverTheWordsAreGoneAndThePlaceStays) {
  create(tea);
  append_numbers(tea, 1, 3);
  remove({2}, Erase::now);
  const Message erased = message(2);
  EXPECT_EQ(erased.content, "[]");
  EXPECT_TRUE(erased.is_erased);
  EXPECT_EQ(erased.position, 2);
  EXPECT_THAT(trash(), IsEmpty());
  restore({2});
  EXPECT_THAT(path(tea), ElementsAre(1, 3));
  EXPECT_TRUE(message(2).is_erased);
}

TEST_P(DeletedMessages, NothingBringsOneBackThatWasDeletedForEver) {
  create(tea);
  append_numbers(tea, 1, 3);
  remove({2}, Erase::now);
  const NewMessage same = said_under(id_of(1), id_of(2), tea, "message 2", Role::assistant);
  const auto again = store().write(ann, same).value();
  EXPECT_TRUE(again.was_there);
  EXPECT_EQ(again.value.content, "[]");
  ConversationMerge merge;
  merge.conversation.id = tea;
  NewMessage first = said_under(AsRoot{}, id_of(1), tea, "message 1");
  first.created_at = 1;
  NewMessage second = same;
  second.created_at = 1;
  merge.messages = {first, second};
  const Merged merged = store().write(ann, merge).value();
  EXPECT_EQ(merged.messages_added, 0);
  EXPECT_EQ(merged.messages_deleted, 1);
  EXPECT_THAT(path(tea), ElementsAre(1, 3));
}

TEST_P(DeletedMessages, AChatThatIsPutWholeDoesNotBringOneBack) {
  create(tea);
  append_numbers(tea, 1, 3);
  remove({2});
  ConversationUpsert upsert;
  upsert.id = tea;
  for (std::uint64_t number = 1; number <= 4; ++number) {
    UpsertMessage listed;
    listed.id = id_of(number);
    listed.fresh_id = id_of(90 + number);
    listed.role = number % 2 == 1 ? Role::user : Role::assistant;
    listed.content = text_block("message " + std::to_string(number));
    upsert.messages.push_back(listed);
  }
  store().write(ann, upsert).value();
  EXPECT_THAT(path(tea), ElementsAre(1, 3, 4));
  // Nor does one that lists what is shown make anything twice.
  upsert.messages.erase(upsert.messages.begin() + 1);
  EXPECT_TRUE(store().write(ann, upsert).value().was_there);
  EXPECT_THAT(tree(tea), ElementsAre(1, 3, 4));
}

TEST_P(DeletedMessages, AnAnswerThatIsWrittenEndsWithWhatItHas) {
  create(tea);
  append(said(id_of(1), tea, "question"));
  store().write(ann, BeginGeneration{tea, {}, id_of(1), {{id_of(2), "m"}}}).value();
  ASSERT_TRUE(store().write(ann, checkpoint_of(id_of(2), text_block("half of it"), 20)));
  remove({2});
  EXPECT_EQ(message(2).status, MessageStatus::cancelled);
  EXPECT_EQ(message(2).content, text_block("half of it"));
  EXPECT_EQ(error_of(store().write(ann, checkpoint_of(id_of(2), text_block("more"), 20))),
            Errc::already_final);
  FinishAnswer end;
  end.id = id_of(2);
  EXPECT_EQ(error_of(store().write(ann, end)), Errc::already_final);
  restore({2});
  EXPECT_THAT(path(tea), ElementsAre(1, 2));
}

TEST_P(DeletedMessages, NothingAnswersADeletedQuestion) {
  create(tea);
  append_numbers(tea, 1, 3);
  remove({3});
  const auto begun = store().write(ann, BeginGeneration{tea, {}, id_of(3), {{id_of(4), "m"}}});
  EXPECT_EQ(error_of(begun), Errc::parent_unknown);
}

TEST_P(DeletedMessages, NoSearchFindsOneInTheTrash) {
  create(tea);
  append(said(id_of(1), tea, "bergamot"));
  append(said(id_of(2), tea, "other", Role::assistant));
  remove({1});
  EXPECT_THAT(scan_words(store(), ann, "bergamot", 5).value(), IsEmpty());
  restore({1});
  EXPECT_EQ(scan_words(store(), ann, "bergamot", 5).value().size(), 1U);
}

TEST_P(DeletedMessages, AnExcerptTitleKeepsNoWordsOfOne) {
  create(tea);
  append(said(id_of(1), tea, "a secret"));
  append(said(id_of(2), tea, "no", Role::assistant));
  append(said(id_of(3), tea, "weather"));
  EXPECT_EQ(find(tea).title, "a secret");
  EXPECT_EQ(remove({1}).title, "weather");
  EXPECT_EQ(restore({1}).title, "a secret");
  EXPECT_EQ(remove({1, 3}).title, "");
}

TEST_P(DeletedMessages, ThirtyDaysLaterItIsErased) {
  create(tea);
  append_numbers(tea, 1, 3);
  remove({2});
  Replica replica(ann);
  replica.pull_all(store(), 10);
  clock_.advance(30 * day_ms - 1);
  EXPECT_EQ(purge_trash(store(), clock_.now_ms()).value().messages, 0);
  clock_.advance(1);
  EXPECT_EQ(purge_trash(store(), clock_.now_ms()).value().messages, 1);
  EXPECT_TRUE(message(2).is_erased);
  EXPECT_EQ(message(2).content, "[]");
  EXPECT_THAT(path(tea), ElementsAre(1, 3));
  replica.pull_all(store(), 10);
  EXPECT_EQ(replica.difference(store()), "");
  EXPECT_EQ(purge_trash(store(), clock_.now_ms()).value().messages, 0);
}

TEST_P(DeletedMessages, EveryDeviceHearsOfIt) {
  create(tea);
  append_numbers(tea, 1, 4);
  Replica replica(ann);
  replica.pull_all(store(), 2);
  run(Branch{id_of(2)}).value();
  replica.pull_all(store(), 1);
  EXPECT_EQ(replica.difference(store()), "");
  restore({3});
  remove({4}, Erase::now);
  replica.pull_all(store(), 1);
  EXPECT_EQ(replica.difference(store()), "");
}

TEST_P(DeletedMessages, GoWithTheirConversation) {
  create(tea);
  append_numbers(tea, 1, 3);
  remove({2});
  store().write(ann, DeleteConversation{tea, Erase::later}).value();
  EXPECT_EQ(error_of(run(chosen({1}))), Errc::conversation_deleted);
  store().write(ann, RestoreConversation{tea}).value();
  EXPECT_THAT(path(tea), ElementsAre(1, 3));
  store().write(ann, DeleteConversation{tea, Erase::now}).value();
  EXPECT_EQ(error_of(find_message(store(), ann, id_of(2))), Errc::not_found);
  Replica replica(ann);
  replica.pull_all(store(), 10);
  EXPECT_EQ(replica.difference(store()), "");
}

TEST_P(DeletedMessages, UnknownIdsArePassedOver) {
  create(tea);
  append_numbers(tea, 1, 2);
  create(bread);
  append(said(id_of(50), bread, "elsewhere"));
  remove({2, 50, 77});
  EXPECT_THAT(path(tea), ElementsAre(1));
  EXPECT_THAT(path(bread), ElementsAre(50));
  EXPECT_EQ(error_of(run(chosen({50, 77}))), Errc::not_found);
  EXPECT_EQ(error_of(store().write(bob, DeleteMessages{tea, chosen({1}), Erase::now, {}})),
            Errc::not_found);
}

TEST_P(DeletedMessages, APushRunsThemOnce) {
  create(tea);
  append_numbers(tea, 1, 2);
  const PushOperation deletion{id_of(900), DeleteMessages{tea, chosen({2}), Erase::later, 5}};
  const PushOperation undo{id_of(901), RestoreMessages{tea, chosen({2}), 6}};
  ASSERT_TRUE(store().write(ann, Push{1, {deletion, undo}}).value().at(1));
  EXPECT_THAT(path(tea), ElementsAre(1, 2));
  EXPECT_TRUE(store().write(ann, Push{1, {deletion}}).value().at(0)->was_there);
  EXPECT_THAT(path(tea), ElementsAre(1, 2));
  const PushOperation other{id_of(900), DeleteMessages{tea, chosen({1}), Erase::later, 5}};
  EXPECT_EQ(error_of(store().write(ann, Push{1, {other}}).value().at(0)), Errc::id_conflict);
}

TEST_P(DeletedMessages, PagesGoOnOverThem) {
  create(tea);
  append_numbers(tea, 1, 30);
  run(Branch{id_of(1)}).value();
  restore({1, 2, 29, 30});
  Numbers met;
  std::optional<Position> from;
  do {
    const MessagePage page = path_page(store(), ann, tea, std::nullopt, from, 4).value();
    const Numbers numbers = numbers_of(page);
    met.insert(met.begin(), numbers.begin(), numbers.end());
    from = page.next;
  } while (from);
  EXPECT_THAT(met, ElementsAre(1, 2, 29, 30));
}

}  // namespace
}  // namespace threadkeep::test
