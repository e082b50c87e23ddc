// Appending messages: idempotency, places, conflicts, titles, what is stored.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/contract.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;

class Append : public Contract {};
INSTANTIATE_FOR_ALL_STORES(Append);

TEST_P(Append, StoresEveryFieldByteForByte) {
  create(tea);
  NewMessage fresh = said(id_of(1), tea, "");
  fresh.role = Role::tool;
  fresh.content =
      "[ {\"type\":\"text\",\"text\":\"a\\u00e9\\n 1.0 \"} ,{\"type\":\"x\", \"n\":1.50}]";
  fresh.status = MessageStatus::cancelled;
  fresh.model = "m";
  fresh.created_at = 12;
  fresh.token_count = 0;
  fresh.usage = R"({"inputTokens": 1})";
  fresh.error = R"({"type":"x","detail":"ü"})";
  fresh.metadata = R"({ "z":1, "a" : "four 四" })";
  const auto stored = store().write(ann, fresh).value();
  EXPECT_FALSE(stored.was_there);
  const Message& row = stored.value;
  EXPECT_EQ(row.id, fresh.id);
  EXPECT_EQ(row.conversation_id, tea);
  EXPECT_EQ(row.role, Role::tool);
  EXPECT_EQ(row.content, fresh.content);
  EXPECT_EQ(row.status, MessageStatus::cancelled);
  EXPECT_EQ(row.model, "m");
  EXPECT_EQ(row.created_at, 12);
  EXPECT_EQ(row.token_count, 0);
  EXPECT_EQ(row.usage, fresh.usage);
  EXPECT_EQ(row.error, fresh.error);
  EXPECT_EQ(row.metadata, fresh.metadata);
  EXPECT_EQ(row.position, 1);
  EXPECT_EQ(row.seq, 2);
  EXPECT_FALSE(row.parent_id || row.deleted_at);
  EXPECT_EQ(show(message(1)), show(row));
}

TEST_P(Append, ALargeContentComesBackAsItWas) {
  create(tea);
  std::string text;
  for (int i = 0; text.size() < 3'000'000; ++i) text += std::to_string(i) + " ";
  append(said(id_of(1), tea, text));
  EXPECT_EQ(message(1).content, text_block(text));
  const auto page = path_page(store(), ann, tea, std::nullopt, std::nullopt, 1).value();
  EXPECT_EQ(page.messages.front().message.content, text_block(text));
}

TEST_P(Append, WithoutATimeTakesThatOfTheCommit) {
  create(tea);
  clock_.advance(7);
  EXPECT_EQ(append(said(id_of(1), tea, "1")).created_at, clock_.now_ms());
}

TEST_P(Append, MovesHeadCountAndTimeOfTheConversation) {
  create(tea);
  clock_.advance(7);
  NewMessage old = said(id_of(1), tea, "1");
  old.created_at = 3;
  append(old);
  const Conversation row = find(tea);
  EXPECT_EQ(row.head_id, id_of(1));
  EXPECT_EQ(row.message_count, 1);
  EXPECT_EQ(row.updated_at, clock_.now_ms());
  EXPECT_EQ(row.rev, 1);
  EXPECT_EQ(row.seq, 3);
}

TEST_P(Append, AgainGivesTheFirstRow) {
  create(tea);
  const Message first = append(said(id_of(1), tea, "1"));
  append(said(id_of(2), tea, "2"));
  const std::string conversation = show(find(tea));
  clock_.advance(9);
  NewMessage again = said_under(AsRoot{}, id_of(1), tea, "1");
  again.metadata = R"({"other":true})";
  const auto stored = store().write(ann, again).value();
  EXPECT_TRUE(stored.was_there);
  EXPECT_EQ(show(stored.value), show(first));
  EXPECT_EQ(show(find(tea)), conversation);
}

TEST_P(Append, AgainWithTheSameBlocksWrittenOtherwiseIsTheSame) {
  create(tea);
  NewMessage fresh = said(id_of(1), tea, "");
  fresh.content = R"([{"type":"text","text":"a"}])";
  append(fresh);
  fresh.content = R"([ {"text":"a", "type":"text"} ])";
  const auto again = store().write(ann, fresh).value();
  EXPECT_TRUE(again.was_there);
  EXPECT_EQ(again.value.content, R"([{"type":"text","text":"a"}])");
}

TEST_P(Append, AgainUnderAParentThatIsItsOwnChildByNowIsTheSame) {
  create(tea);
  append_numbers(tea, 1, 2);
  EXPECT_TRUE(
      store().write(ann, said_under(id_of(2), id_of(1), tea, "message 1")).value().was_there);
  EXPECT_TRUE(
      store().write(ann, said_under(id_of(1), id_of(1), tea, "message 1")).value().was_there);
}

TEST_P(Append, AgainWhileTheConversationIsInTheTrashIsTheSame) {
  create(tea);
  append_numbers(tea, 1, 1);
  store().write(ann, DeleteConversation{tea, Erase::later}).value();
  EXPECT_TRUE(store().write(ann, said(id_of(1), tea, "message 1")).value().was_there);
  EXPECT_EQ(error_of(store().write(ann, said(id_of(1), tea, "other"))), Errc::conversation_deleted);
}

TEST_P(Append, TheSameIdWithOtherWordsOrRoleIsAConflict) {
  create(tea);
  append_numbers(tea, 1, 1);
  EXPECT_EQ(error_of(store().write(ann, said(id_of(1), tea, "other"))), Errc::id_conflict);
  EXPECT_EQ(error_of(store().write(ann, said(id_of(1), tea, "message 1", Role::system))),
            Errc::id_conflict);
  EXPECT_EQ(find(tea).message_count, 1);
}

TEST_P(Append, AnIdOfAnotherConversationIsAConflict) {
  create(tea);
  create(bread);
  append(said(id_of(1), tea, "same"));
  EXPECT_EQ(error_of(store().write(ann, said(id_of(1), bread, "same"))), Errc::id_conflict);
}

TEST_P(Append, AnotherUsersMessageIdIsFree) {
  create(tea);
  create_for(bob, bread);
  append(said(id_of(1), tea, "Ann's"));
  const auto stored = store().write(bob, said(id_of(1), bread, "Bob's")).value();
  EXPECT_FALSE(stored.was_there);
  EXPECT_EQ(message(1).content, text_block("Ann's"));
  EXPECT_EQ(find_message(store(), bob, id_of(1)).value().content, text_block("Bob's"));
}

TEST_P(Append, AMissingOrForeignConversationIsNotFound) {
  create_for(bob, bread);
  EXPECT_EQ(error_of(store().write(ann, said(id_of(1), tea, "1"))), Errc::not_found);
  EXPECT_EQ(error_of(store().write(ann, said(id_of(1), bread, "1"))), Errc::not_found);
  EXPECT_EQ(find_conversation(store(), bob, bread).value().message_count, 0);
}

TEST_P(Append, UnderTheHeadFollowsTheHead) {
  create(tea);
  append_numbers(tea, 1, 3);
  EXPECT_EQ(message(1).parent_id, std::nullopt);
  EXPECT_EQ(message(2).parent_id, id_of(1));
  EXPECT_EQ(message(3).parent_id, id_of(2));
}

TEST_P(Append, UnderAMessageMakesASibling) {
  create(tea);
  append_numbers(tea, 1, 3);
  const Message sibling = append(said_under(id_of(1), id_of(4), tea, "4"));
  EXPECT_EQ(sibling.parent_id, id_of(1));
  EXPECT_EQ(sibling.position, 4);
  EXPECT_THAT(path(tea), ElementsAre(1, 4));
  EXPECT_THAT(tree(tea), ElementsAre(1, 2, 3, 4));
  append(said(id_of(5), tea, "5"));
  EXPECT_THAT(path(tea), ElementsAre(1, 4, 5));
}

TEST_P(Append, AsRootMakesAnotherFirstMessage) {
  create(tea);
  append(said_under(AsRoot{}, id_of(1), tea, "1"));
  append(said_under(AsRoot{}, id_of(2), tea, "2"));
  append(said_under(id_of(1), id_of(3), tea, "3"));
  EXPECT_EQ(message(2).parent_id, std::nullopt);
  EXPECT_THAT(path(tea), ElementsAre(1, 3));
}

TEST_P(Append, AParentMustBeAnotherMessageOfTheConversation) {
  create(tea);
  create(bread);
  create_for(bob, id_of(102));
  append(said(id_of(1), tea, "1"));
  append(said(id_of(2), bread, "2"));
  store().write(bob, said(id_of(3), id_of(102), "3")).value();
  const auto fail_under = [&](std::uint64_t parent, std::uint64_t id) {
    return error_of(store().write(ann, said_under(id_of(parent), id_of(id), tea, "x")));
  };
  EXPECT_EQ(fail_under(9, 9), Errc::parent_invalid);
  EXPECT_EQ(fail_under(2, 9), Errc::parent_invalid);
  EXPECT_EQ(fail_under(8, 9), Errc::parent_unknown);
  EXPECT_EQ(fail_under(3, 9), Errc::parent_unknown);
  EXPECT_EQ(find(tea).seq, 4);  // Ann's fourth change; none after it
}

TEST_P(Append, AFullConversationIsTooLarge) {
  StoreLimits limits;
  limits.messages_per_conversation_max = 3;
  open(limits);
  create(tea);
  append_numbers(tea, 1, 3);
  EXPECT_EQ(error_of(store().write(ann, said(id_of(4), tea, "4"))), Errc::too_large);
  EXPECT_TRUE(store().write(ann, said(id_of(3), tea, "message 3")).value().was_there);
  EXPECT_EQ(error_of(store().write(ann, said_under(id_of(8), id_of(4), tea, "4"))),
            Errc::parent_unknown);
}

TEST_P(Append, TheFirstUserMessageWithWordsGivesTheTitle) {
  create(tea);
  append(said(id_of(1), tea, "You are helpful.", Role::system));
  append(said(id_of(2), tea, "  "));
  EXPECT_EQ(find(tea).title_source, TitleSource::none);
  append(said(id_of(3), tea, "What is\n tea?"));
  EXPECT_EQ(find(tea).title, "What is tea?");
  EXPECT_EQ(find(tea).title_source, TitleSource::excerpt);
  append(said(id_of(4), tea, "And coffee?"));
  EXPECT_EQ(find(tea).title, "What is tea?");
  EXPECT_EQ(find(tea).rev, 1);
}

TEST_P(Append, AGivenTitleStays) {
  create(tea, "Tea");
  append(said(id_of(1), tea, "What is tea?"));
  EXPECT_EQ(find(tea).title, "Tea");
  EXPECT_EQ(find(tea).title_source, TitleSource::user);
}

TEST_P(Append, NumbersRiseByOneForEachUserInTheOrderOfCommits) {
  create(tea);                // 1
  create_for(bob, bread);     // Bob's 1
  append_numbers(tea, 1, 2);  // 2 3, 4 5
  EXPECT_EQ(message(1).seq, 2);
  EXPECT_EQ(message(2).seq, 4);
  EXPECT_EQ(find(tea).seq, 5);
  EXPECT_EQ(store().write(bob, said(id_of(1), bread, "1")).value().value.seq, 2);
}

TEST_P(Append, DoneIsCalledOnceInTheOrderOfTheCallsFromOtherThreads) {
  create(tea);
  constexpr int count = 200;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::uint64_t> done;
  const std::thread::id caller = std::this_thread::get_id();
  std::atomic<int> running = 0;
  std::atomic<int> wrong = 0;
  for (std::uint64_t i = 1; i <= count; ++i) {
    // Every tenth one fails: it keeps its place in the order.
    const auto conversation = i % 10 == 0 ? bread : tea;
    store().write(ann, said(id_of(i), conversation, "x"), [&, i](Result<Stored<Message>> result) {
      EXPECT_EQ(result.has_value(), i % 10 != 0);
      // Of one user there are never two at once.
      if (running.fetch_add(1) != 0 || std::this_thread::get_id() == caller) ++wrong;
      const std::lock_guard lock(mutex);
      done.push_back(i);
      running.fetch_sub(1);
      changed.notify_one();
    });
  }
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return done.size() == count; });
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
  EXPECT_EQ(wrong, 0);
  lock.unlock();
  EXPECT_EQ(tree(tea).size(), 180U);
}

TEST_P(Append, WhatWasAskedForIsDoneBeforeTheStoreEnds) {
  create(tea);
  int done = 0;
  for (std::uint64_t i = 1; i <= 50; ++i) {
    store().write(ann, said(id_of(i), tea, "x"), [&](auto result) { done += result ? 1 : 0; });
  }
  store_.reset();
  EXPECT_EQ(done, 50);
}

TEST_P(Append, AMessageThatIsMissingOrForeignIsNotFound) {
  create_for(bob, bread);
  store().write(bob, said(id_of(1), bread, "1")).value();
  EXPECT_EQ(error_of(find_message(store(), ann, id_of(1))), Errc::not_found);
  EXPECT_EQ(error_of(find_message(store(), ann, id_of(2))), Errc::not_found);
  EXPECT_EQ(error_of(find_message(store(), id_of(77), id_of(1))), Errc::not_found);
}

}  // namespace
}  // namespace threadkeep::test
