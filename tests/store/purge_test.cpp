// The trash, what is erased from it, and when even the ids are forgotten.
#include "store/contract.h"
#include "store/replica.h"

namespace threadkeep::test {
namespace {

using testing::IsEmpty;

constexpr UnixMs day_ms = 24 * 3'600 * 1'000;

class Purge : public Contract {
 protected:
  void days(int count) { clock_.advance(count * day_ms); }
  Purged purge() { return purge_trash(store(), clock_.now_ms()).value(); }
  void remove(const ConversationId& id, Erase erase = Erase::later) {
    store().write(ann, DeleteConversation{id, erase}).value();
  }
};
INSTANTIATE_FOR_ALL_STORES(Purge);

TEST_P(Purge, ErasesWhatHasBeenInTheTrashForThirtyDays) {
  create(tea, "Tea");
  append_numbers(tea, 1, 2);
  remove(tea);
  days(1);
  create(bread);
  remove(bread);
  days(29);
  clock_.advance(-1);
  EXPECT_EQ(purge().erased, 0);
  EXPECT_EQ(find(tea).title, "Tea");
  clock_.advance(1);
  const std::int64_t seq = read_changes(store(), ann, std::nullopt, 500).value().next.seq;
  EXPECT_EQ(purge().erased, 1);
  EXPECT_EQ(find(tea).title, "");
  EXPECT_EQ(error_of(find_message(store(), ann, id_of(1))), Errc::not_found);
  EXPECT_EQ(error_of(store().write(ann, RestoreConversation{tea})), Errc::not_found);
  EXPECT_TRUE(store().write(ann, RestoreConversation{bread}));
  const ChangePage page = read_changes(store(), ann, FeedPlace{1, seq, 0}, 500).value();
  EXPECT_EQ(page.tombstones.at(0).id, tea);
  EXPECT_EQ(purge().erased, 0);
}

TEST_P(Purge, ALiveOneIsNeverErased) {
  create(tea, "Tea");
  remove(tea);
  store().write(ann, RestoreConversation{tea}).value();
  days(1'000);
  const Purged purged = purge();
  EXPECT_EQ(purged.erased + purged.forgotten, 0);
  EXPECT_EQ(find(tea).title, "Tea");
}

TEST_P(Purge, TheIdsAreForgottenAfterFourHundredDays) {
  create(tea);
  append_numbers(tea, 1, 3);
  append(said_under(id_of(1), id_of(4), tea, "fork"));
  create(bread);
  remove(tea, Erase::now);
  days(399);
  EXPECT_EQ(purge().forgotten, 0);
  EXPECT_TRUE(store().write(ann, chat(tea, "Again")).value().was_there);
  days(1);
  EXPECT_EQ(purge().forgotten, 1);
  EXPECT_EQ(error_of(find_conversation(store(), ann, tea)), Errc::not_found);
  // The ids are free again, also for another user.
  EXPECT_FALSE(store().write(bob, chat(tea, "Mine")).value().was_there);
  append(said(id_of(1), bread, "again"));
  EXPECT_EQ(purge().forgotten, 0);
}

TEST_P(Purge, APlaceBehindWhatIsForgottenCannotGoOn) {
  create(tea);    // 1
  create(bread);  // 2
  const FeedPlace early = read_changes(store(), ann, std::nullopt, 1).value().next;
  remove(tea, Erase::now);  // 3
  create(id_of(102));       // 4
  days(400);
  EXPECT_EQ(early.seq, 1);
  EXPECT_TRUE(read_changes(store(), ann, early, 5));
  purge();
  EXPECT_EQ(error_of(read_changes(store(), ann, early, 5)), Errc::resync_required);
  EXPECT_EQ(error_of(read_changes(store(), ann, FeedPlace{1, 2, 0}, 5)), Errc::resync_required);
  EXPECT_TRUE(read_changes(store(), ann, FeedPlace{1, 3, 0}, 5));
  EXPECT_TRUE(read_changes(store(), ann, FeedPlace{1, 4, 0}, 5));
}

TEST_P(Purge, WhoBeginsFromNothingMayBeBehindIt) {
  for (std::uint64_t number = 0; number < 8; ++number) create(id_of(100 + number));
  remove(tea, Erase::now);
  days(400);
  purge();
  Replica replica(ann);
  EXPECT_TRUE(replica.pull(store(), 2));
  EXPECT_LT(replica.place()->seq, 9);
  EXPECT_EQ(replica.place()->horizon, 9);
  // Not any more when something else is forgotten while it is on its way.
  Replica late = replica;
  replica.pull_all(store(), 2);
  EXPECT_EQ(replica.difference(store()), "");
  remove(bread, Erase::now);
  days(400);
  purge();
  EXPECT_EQ(error_of(read_changes(store(), ann, late.place(), 2)), Errc::resync_required);
  late.pull_all(store(), 2);
  EXPECT_EQ(late.difference(store()), "");
}

TEST_P(Purge, AnOperationIsKnownForFourHundredDays) {
  const PushOperation operation{id_of(900), chat(tea)};
  EXPECT_FALSE(store().write(ann, Push{1, {operation}}).value().at(0)->was_there);
  remove(tea, Erase::now);
  days(399);
  purge();
  EXPECT_TRUE(store().write(ann, Push{1, {operation}}).value().at(0)->was_there);
  days(1);
  const Purged purged = purge();
  EXPECT_EQ(purged.operations, 1);
  EXPECT_FALSE(store().write(ann, Push{1, {operation}}).value().at(0)->was_there);
}

TEST_P(Purge, OthersKeepTheirs) {
  create(tea);
  create_for(bob, bread, "Bread");
  remove(tea);
  days(30);
  purge();
  EXPECT_EQ(find_conversation(store(), bob, bread).value().title, "Bread");
  EXPECT_EQ(read_changes(store(), bob, std::nullopt, 5).value().next.seq, 1);
}

}  // namespace
}  // namespace threadkeep::test
