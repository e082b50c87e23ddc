// Push: operations that a device made while it could not reach the server.
#include "store/contract.h"

namespace threadkeep::test {
namespace {

using testing::SizeIs;

class Push : public Contract {
 protected:
  std::vector<Result<Pushed>> push(const std::vector<PushOperation>& operations) {
    return store().write(ann, threadkeep::Push{present_epoch(store()).value(), operations}).value();
  }
  Result<Pushed> push_one(const PushOperation& operation) { return push({operation}).at(0); }
};
INSTANTIATE_FOR_ALL_STORES(Push);

template <class What>
PushOperation operation(std::uint64_t id, What what) {
  return PushOperation{id_of(id), std::move(what)};
}
EditConversation rename(const ConversationId& id, const std::string& title) {
  EditConversation edit{id, {}};
  edit.patch.title = title;
  return edit;
}

TEST_P(Push, RunsInOrderAndAnswersTheRowsBehindEach) {
  NewMessage answer = said(id_of(2), tea, "A leaf.", Role::assistant);
  answer.status = MessageStatus::interrupted;
  answer.model = "m";
  answer.usage = R"({"outputTokens":3})";
  answer.error = R"({"type":"cut"})";
  answer.token_count = 3;
  answer.created_at = 7;
  NewConversation fresh = chat(tea);
  fresh.created_at = 5;
  const auto results = push({operation(900, fresh), operation(901, said(id_of(1), tea, "Tea?")),
                             operation(902, answer), operation(903, rename(tea, "Mine")),
                             operation(904, DeleteConversation{tea, Erase::later}),
                             operation(905, RestoreConversation{tea})});
  ASSERT_THAT(results, SizeIs(6));
  for (const auto& result : results) {
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_FALSE(result->was_there);
  }
  EXPECT_EQ(results[0]->conversation->created_at, 5);
  EXPECT_EQ(results[0]->conversation->updated_at, clock_.now_ms());
  EXPECT_EQ(results[1]->conversation->title, "Tea?");
  EXPECT_EQ(results[1]->message->id, id_of(1));
  EXPECT_EQ(show(*results[2]->message), show(message(2)));
  EXPECT_EQ(results[2]->message->status, MessageStatus::interrupted);
  EXPECT_EQ(results[2]->message->error, R"({"type":"cut"})");
  EXPECT_EQ(results[3]->conversation->title, "Mine");
  EXPECT_TRUE(results[4]->conversation->deleted_at);
  EXPECT_EQ(show(*results[5]->conversation), show(find(tea)));
  EXPECT_FALSE(find(tea).deleted_at);
}

// A few bytes that ask again for long messages: not all of them are given at once.
TEST_P(Push, OfRepeatsOnlySoManyBytesAreTold) {
  create(tea);
  const PushOperation first = operation(900, said(id_of(1), tea, std::string(3'000'000, 'x')));
  ASSERT_TRUE(push_one(first));
  std::vector<PushOperation> operations(100, first);
  operations.push_back(operation(901, rename(tea, "after them")));
  EXPECT_THAT(push(operations), SizeIs(2));
  EXPECT_NE(find(tea).title, "after them") << "the order of operations is kept";
  // What is sent itself is told whole, also when it is more.
  std::vector<PushOperation> fresh;
  for (std::uint64_t i = 0; i < 3; ++i)
    fresh.push_back(operation(910 + i, said(id_of(10 + i), tea, std::string(2'500'000, 'y'))));
  EXPECT_THAT(push(fresh), SizeIs(3));
}

// Each of many small operations tells its conversation, which may be long.
TEST_P(Push, ALongConversationIsNotToldAHundredTimes) {
  NewConversation fresh = chat(tea);
  fresh.metadata = R"({"x":")" + std::string(60'000, 'm') + R"("})";
  std::vector<PushOperation> operations{operation(900, fresh)};
  for (std::uint64_t i = 1; i < 100; ++i)
    operations.push_back(operation(900 + i, said(id_of(i), tea, "short")));
  const std::size_t told = push(operations).size();
  EXPECT_GT(told, 60U);
  EXPECT_LT(told, 80U);
  // What was left out is sent again, until it is through.
  operations.erase(operations.begin(), operations.begin() + static_cast<std::ptrdiff_t>(told));
  EXPECT_THAT(push(operations), SizeIs(operations.size()));
  EXPECT_EQ(find(tea).message_count, 99);
}

TEST_P(Push, ATimeOfMakingThatLiesAheadIsTakenAsNow) {
  NewConversation fresh = chat(tea);
  fresh.created_at = clock_.now_ms() + 1;
  EXPECT_EQ(push_one(operation(900, fresh))->conversation->created_at, clock_.now_ms());
}

TEST_P(Push, OneThatWasRunIsNotRunAgain) {
  push({operation(900, chat(tea)), operation(901, said(id_of(1), tea, "Tea?")),
        operation(902, DeleteConversation{tea, Erase::later})});
  store().write(ann, RestoreConversation{tea}).value();
  const std::string before = show(find(tea));
  const auto again = push({operation(900, chat(tea)), operation(901, said(id_of(1), tea, "Tea?")),
                           operation(902, DeleteConversation{tea, Erase::later})});
  for (const auto& result : again) {
    EXPECT_TRUE(result->was_there);
    EXPECT_EQ(show(*result->conversation), before);
  }
  EXPECT_EQ(show(*again[1]->message), show(message(1)));
  EXPECT_EQ(show(find(tea)), before);
  // Another user's operation may have the same id.
  EXPECT_FALSE(store()
                   .write(bob, threadkeep::Push{1, {operation(900, chat(bread))}})
                   .value()
                   .at(0)
                   ->was_there);
}

TEST_P(Push, AnotherOneUnderTheSameIdIsAConflict) {
  push({operation(900, chat(tea)), operation(901, said(id_of(1), tea, "Tea?")),
        operation(902, rename(tea, "Mine"))});
  const std::string before = show(find(tea));
  const auto results =
      push({operation(900, chat(bread)), operation(901, said(id_of(2), tea, "Tea?")),
            operation(901, said(id_of(1), tea, "Bread?")), operation(902, rename(tea, "Yours")),
            operation(902, DeleteConversation{tea, Erase::later}),
            operation(900, chat(tea, "Another title"))});
  for (const auto& result : results) EXPECT_EQ(error_of(result), Errc::id_conflict);
  EXPECT_EQ(show(find(tea)), before);
  EXPECT_EQ(error_of(find_conversation(store(), ann, bread)), Errc::not_found);
  EXPECT_EQ(error_of(find_message(store(), ann, id_of(2))), Errc::not_found);
}

TEST_P(Push, TheSameMessageAtAnotherPlaceIsTheSameOperation) {
  push({operation(900, chat(tea)), operation(901, said(id_of(1), tea, "Tea?")),
        operation(902, said(id_of(2), tea, "Leaf", Role::assistant))});
  NewMessage moved = said_under(AsRoot{}, id_of(2), tea, "Leaf", Role::assistant);
  moved.content = R"([ {"text" : "Le\u0061f", "type":"text"} ])";
  const auto again = push_one(operation(902, moved));
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_TRUE(again->was_there);
  EXPECT_EQ(again->message->parent_id, id_of(1));
}

TEST_P(Push, OneThatFailedMayBeSentAgainAndKeepsNoOther) {
  const auto results =
      push({operation(900, said(id_of(1), tea, "Tea?")), operation(901, chat(bread)),
            operation(902, rename(tea, "x")), operation(903, RestoreConversation{tea})});
  EXPECT_EQ(error_of(results[0]), Errc::not_found);
  EXPECT_TRUE(results[1]);
  EXPECT_EQ(error_of(results[2]), Errc::not_found);
  EXPECT_EQ(error_of(results[3]), Errc::not_found);
  create(tea);
  EXPECT_FALSE(push_one(operation(900, said(id_of(1), tea, "Tea?")))->was_there);
  EXPECT_EQ(error_of(push_one(operation(904, said(id_of(1), tea, "Other")))), Errc::id_conflict);
}

TEST_P(Push, AnotherUsersConversationIsNotFound) {
  create_for(bob, tea);
  const auto results =
      push({operation(900, chat(tea)), operation(901, said(id_of(1), tea, "Tea?")),
            operation(902, rename(tea, "x")), operation(903, DeleteConversation{tea, Erase::now}),
            operation(904, RestoreConversation{tea})});
  for (const auto& result : results) EXPECT_EQ(error_of(result), Errc::not_found);
  EXPECT_FALSE(find_conversation(store(), bob, tea).value().deleted_at);
}

TEST_P(Push, IsRefusedInAnotherEpoch) {
  EXPECT_EQ(error_of(store().write(ann, threadkeep::Push{2, {operation(900, chat(tea))}})),
            Errc::epoch_changed);
  const std::int64_t epoch = bump_epoch(store(), 0).value();
  EXPECT_EQ(error_of(store().write(ann, threadkeep::Push{1, {operation(900, chat(tea))}})),
            Errc::epoch_changed);
  EXPECT_EQ(error_of(find_conversation(store(), ann, tea)), Errc::not_found);
  EXPECT_TRUE(
      store().write(ann, threadkeep::Push{epoch, {operation(900, chat(tea))}}).value().at(0));
}

TEST_P(Push, ToTheFeedEachIsATransactionOfItsOwn) {
  push({operation(900, chat(tea)), operation(901, chat(bread)),
        operation(902, said(id_of(1), tea, "Tea?"))});
  EXPECT_EQ(read_changes(store(), ann, std::nullopt, 1).value().next.seq, 2);
  EXPECT_EQ(read_changes(store(), ann, FeedPlace{1, 2, 0}, 1).value().next.seq, 4);
}

TEST_P(Push, IsDurable) {
  push({operation(900, chat(tea))});
  if (GetParam() != Kind::memory) open();
  EXPECT_TRUE(push_one(operation(900, chat(tea)))->was_there);
  EXPECT_EQ(error_of(push_one(operation(900, chat(bread)))), Errc::id_conflict);
}

}  // namespace
}  // namespace threadkeep::test
