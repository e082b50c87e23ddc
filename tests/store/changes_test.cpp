// The change feed: Sync::changes, the epoch, and what the commit listener is told.
#include <condition_variable>
#include <mutex>

#include "store/contract.h"
#include "store/replica.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Changes : public Contract {
 protected:
  ChangePage changes(std::int64_t seq, int limit = 500) {
    return read_changes(store(), ann, FeedPlace{present_epoch(store()).value(), seq, 0}, limit)
        .value();
  }
  ChangePage changes_from_nothing(int limit = 500) {
    return read_changes(store(), ann, std::nullopt, limit).value();
  }
  Errc error_at(std::int64_t seq, std::int64_t epoch = 1) {
    return error_of(read_changes(store(), ann, FeedPlace{epoch, seq, 0}, 5));
  }
};
INSTANTIATE_FOR_ALL_STORES(Changes);

std::vector<std::int64_t> seqs(const ChangePage& page) {
  std::vector<std::int64_t> numbers;
  for (const Conversation& row : page.conversations) numbers.push_back(row.seq);
  for (const Message& row : page.messages) numbers.push_back(row.seq);
  for (const Tombstone& row : page.tombstones) numbers.push_back(row.seq);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

TEST_P(Changes, AUserWhoHasNothingGetsAnEmptyPage) {
  const ChangePage page = changes_from_nothing();
  EXPECT_EQ(page.epoch, 1);
  EXPECT_THAT(seqs(page), IsEmpty());
  EXPECT_EQ(page.next.seq, 0);
  EXPECT_FALSE(page.has_more);
  EXPECT_FALSE(read_changes(store(), ann, page.next, 5).value().has_more);
}

TEST_P(Changes, EachRowComesOnceAtItsLatestNumber) {
  create(tea, "Tea");
  append_numbers(tea, 1, 3);
  const ChangePage page = changes_from_nothing();
  EXPECT_THAT(seqs(page), ElementsAre(2, 4, 6, 7));
  ASSERT_EQ(page.messages.size(), 3U);
  for (std::uint64_t number = 1; number <= 3; ++number) {
    EXPECT_EQ(show(page.messages[number - 1]), show(message(number)));
  }
  EXPECT_EQ(show(page.conversations.at(0)), show(find(tea)));
  EXPECT_EQ(page.next.seq, 7);
  EXPECT_THAT(seqs(changes(7)), IsEmpty());
  append_numbers(tea, 4, 4);
  EXPECT_THAT(seqs(changes(7)), ElementsAre(8, 9));
}

TEST_P(Changes, AMessageOfAForkHasItsParent) {
  create(tea);
  append_numbers(tea, 1, 3);
  append(said_under(id_of(1), id_of(4), tea, "other"));
  append(said_under(AsRoot{}, id_of(5), tea, "first"));
  const ChangePage page = changes(7, 1);  // begins in the middle of the conversation
  ASSERT_EQ(page.messages.size(), 1U);
  EXPECT_EQ(page.messages[0].parent_id, id_of(1));
  EXPECT_EQ(changes(9).messages.at(0).parent_id, std::nullopt);
  EXPECT_EQ(changes(2).messages.at(0).parent_id, id_of(1));
}

TEST_P(Changes, APageNeverEndsInsideATransaction) {
  ConversationUpsert upsert;
  upsert.id = tea;
  for (std::uint64_t number = 1; number <= 9; ++number) {
    upsert.messages.push_back({id_of(number), id_of(50 + number), Role::user, text_block("x"),
                               MessageStatus::complete, std::nullopt, std::nullopt, "{}"});
  }
  create(bread);                       // 1
  store().write(ann, upsert).value();  // 2 .. 11
  create(id_of(102));                  // 12
  for (const int limit : {2, 3, 7, 10}) {
    const ChangePage page = changes(0, limit);
    EXPECT_EQ(page.next.seq, 11) << limit;
    EXPECT_TRUE(page.has_more);
    EXPECT_EQ(seqs(page).size(), 11U);
  }
  EXPECT_EQ(changes(0, 1).next.seq, 1);
  EXPECT_FALSE(changes(11, 1).has_more);
  // Where some of its rows have moved on, the rest of them still comes together.
  append(said(id_of(20), tea, "more"));  // 13, 14
  EXPECT_EQ(changes(1, 3).next.seq, 10);
}

TEST_P(Changes, ALongImportIsCutIntoPages) {
  ConversationMerge merge;
  merge.conversation.id = tea;
  constexpr std::uint64_t count = 3'000;
  for (std::uint64_t number = 1; number <= count; ++number) {
    NewMessage fresh = said(id_of(number), tea, "x");
    fresh.place = number == 1 ? Place(AsRoot{}) : Place(id_of(number - 1));
    fresh.created_at = 5;
    merge.messages.push_back(fresh);
  }
  store().write(ann, merge).value();
  const ChangePage page = changes(0, 10);
  EXPECT_LE(page.messages.size(), 1'010U);
  EXPECT_TRUE(page.has_more);
  Replica replica(ann);
  replica.pull_all(store(), 10);
  EXPECT_EQ(replica.difference(store()), "");
  EXPECT_EQ(replica.messages().size(), count);
}

TEST_P(Changes, APageEndsWhereItHasManyBytes) {
  create(tea);
  const std::string megabyte(1'000'000, 'x');
  for (std::uint64_t number = 1; number <= 9; ++number) append(said(id_of(number), tea, megabyte));
  const ChangePage page = changes(0, 500);
  EXPECT_EQ(page.messages.size(), 5U);
  EXPECT_TRUE(page.has_more);
  EXPECT_EQ(changes(page.next.seq, 500).messages.size(), 4U);
}

TEST_P(Changes, TheTrashIsShownAndWhatIsErasedLeavesATombstone) {
  create(tea, "Tea");
  append_numbers(tea, 1, 2);
  store().write(ann, DeleteConversation{tea, Erase::later}).value();
  ChangePage page = changes(5);
  ASSERT_EQ(page.conversations.size(), 1U);
  EXPECT_TRUE(page.conversations[0].deleted_at);
  store().write(ann, DeleteConversation{tea, Erase::now}).value();
  page = changes(6);
  EXPECT_THAT(page.conversations, IsEmpty());
  ASSERT_EQ(page.tombstones.size(), 1U);
  EXPECT_EQ(page.tombstones[0].id, tea);
  EXPECT_EQ(page.tombstones[0].seq, 7);
  page = changes_from_nothing();
  EXPECT_THAT(page.messages, IsEmpty());
  EXPECT_EQ(page.tombstones.size(), 1U);
}

TEST_P(Changes, AnAnswerIsShownWhileItIsWritten) {
  create(tea);
  BeginGeneration begin;
  begin.conversation_id = tea;
  begin.question = said(id_of(1), tea, "What is tea?");
  begin.answers = {{id_of(2), "m"}};
  store().write(ann, begin).value();
  std::int64_t seq = changes_from_nothing().next.seq;
  CheckpointAnswer step = checkpoint_of(id_of(2), text_block("A"), 4);
  step.announce = CheckpointAnswer::Announce::no;
  EXPECT_TRUE(store().write(ann, step));
  EXPECT_THAT(seqs(changes(seq)), IsEmpty());
  EXPECT_TRUE(store().write(ann, checkpoint_of(id_of(2), text_block("A le"), 4)));
  ChangePage page = changes(seq);
  EXPECT_EQ(page.messages.at(0).content, text_block("A le"));
  EXPECT_EQ(page.messages[0].status, MessageStatus::streaming);
  seq = page.next.seq;
  FinishAnswer end;
  end.id = id_of(2);
  EXPECT_TRUE(store().write(ann, end));
  page = changes(seq, 1);
  EXPECT_EQ(page.messages.size(), 1U);
  EXPECT_EQ(page.conversations.size(), 1U);  // the same transaction
}

TEST_P(Changes, OnlyOnesOwnAreShown) {
  create(tea);
  create_for(bob, bread);
  EXPECT_EQ(changes_from_nothing().conversations.size(), 1U);
  EXPECT_EQ(changes_from_nothing().conversations[0].id, tea);
}

TEST_P(Changes, APlaceOfAnotherHistoryIsRefused) {
  create(tea);
  EXPECT_EQ(error_at(2), Errc::resync_required);     // ahead
  EXPECT_EQ(error_at(1, 2), Errc::resync_required);  // of another epoch
  EXPECT_EQ(error_at(0, 0), Errc::resync_required);
  EXPECT_FALSE(changes(1).has_more);
}

TEST_P(Changes, AnEpochOnlyGrowsAndEndsAllPlaces) {
  clock_.set(5'000);
  create(tea);
  const ChangePage before = changes_from_nothing();
  EXPECT_EQ(bump_epoch(store(), 0).value(), 5);  // the time in seconds
  EXPECT_EQ(bump_epoch(store(), 0).value(), 6);
  EXPECT_EQ(bump_epoch(store(), 77).value(), 78);
  EXPECT_EQ(present_epoch(store()).value(), 78);
  EXPECT_EQ(error_of(read_changes(store(), ann, before.next, 5)), Errc::resync_required);
  EXPECT_EQ(changes_from_nothing().epoch, 78);
}

TEST_P(Changes, TheFloorIsWhatAllHistoriesSinceShare) {
  create(tea);                     // ann 1
  create_for(bob, bread);          // bob 1
  bump_epoch(store(), 1).value();  // 2 or the time: begins at ann 1, bob 1
  const std::int64_t second = present_epoch(store()).value();
  append_numbers(tea, 1, 2);  // ann 5
  bump_epoch(store(), 0).value();
  const std::int64_t third = present_epoch(store()).value();
  create(id_of(102));
  EXPECT_EQ(resume_floor(store(), ann, 1).value(), 1);
  EXPECT_EQ(resume_floor(store(), ann, second).value(), 5);
  EXPECT_EQ(resume_floor(store(), bob, second).value(), 1);
  EXPECT_EQ(resume_floor(store(), ann, third + 1).value(), 0);
  EXPECT_EQ(resume_floor(store(), ann, second + 1'000'000'000).value(), 0);  // of no history of it
  EXPECT_EQ(resume_floor(store(), id_of(3), 1).value(), 0);
  // A user who came later shares nothing with the epochs before.
  store().write(id_of(4), chat(id_of(400))).value();
  EXPECT_EQ(resume_floor(store(), id_of(4), second).value(), 0);
}

TEST_P(Changes, TheListenerIsToldTheLatestNumberAfterTheCommit) {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<UserId, std::int64_t> told;
  create(tea);
  store().set_commit_listener([&](const UserId& user, std::int64_t seq) {
    const std::lock_guard lock(mutex);
    EXPECT_GT(seq, told[user]);
    told[user] = seq;
    changed.notify_one();
  });
  const auto wait_for = [&](const UserId& user, std::int64_t seq) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return told[user] >= seq; });
    EXPECT_EQ(told[user], seq);
  };
  append_numbers(tea, 1, 1);
  wait_for(ann, 3);
  create_for(bob, bread);
  wait_for(bob, 1);
  for (std::uint64_t number = 2; number <= 50; ++number) {
    store().write(ann, said(id_of(number), tea, "x"), [](const Result<Stored<Message>>&) {});
  }
  append_numbers(tea, 51, 51);
  wait_for(ann, find(tea).seq);
  // A call that changes nothing tells nothing: the next one told is bob's.
  EXPECT_TRUE(store().write(ann, said(id_of(1), tea, "message 1")).value().was_there);
  EXPECT_FALSE(store().write(ann, said(id_of(1), tea, "otherwise")));
  store().set_commit_listener(nullptr);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(told[ann], find(tea).seq);
}

}  // namespace
}  // namespace threadkeep::test
