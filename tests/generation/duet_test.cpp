// Two models that talk to each other: turns, what each is told, and how it ends.
#include "generation/duet.h"

#include "generation/generations_fixture.h"

namespace threadkeep::test {
namespace {

class Duets : public GenerationsTest {
 protected:
  GenerationRequest duet(std::int64_t turns,
                         const std::array<std::string, 2>& models = {"a", "b"}) {
    GenerationRequest request = ask("Talk about tea.", {});
    request.duet = DuetRequest{models, turns};
    request.answer_ids = {ids_.next()};
    return request;
  }
  std::shared_ptr<Recorder> start(const GenerationRequest& request) {
    auto watcher = std::make_shared<Recorder>();
    EXPECT_TRUE(generations_->start(user_, request, watcher));
    return watcher;
  }
  // The model of this turn (0, 1, ...) says it; then the next one is asked.
  void say_turn(std::size_t call, const std::string& text) {
    ASSERT_TRUE(becomes_true([&] { return models_.count() == call + 1; }));
    models_.say_text(call, text);
    models_.finish(call);
  }
  std::vector<Message> path() {
    std::vector<Message> rows;
    const auto page = store_->read([&](const Reader& reader) {
      const auto row = reader.conversations().find(user_, conversation_).value();
      return reader.messages().path_page(user_, conversation_, *row.head_id, std::nullopt, 200,
                                         Deleted::left_out);
    });
    for (const auto& entry : page.value().messages) rows.push_back(entry.message);
    return rows;
  }
  static std::string told(const llm::Request& request) {
    std::string text;
    for (const llm::Turn& turn : request.turns) {
      text += std::string(role_name(turn.role)) + ": ";
      text += plain_text(turn.content, 1'000) + "\n";
    }
    return text;
  }
};

TEST_F(Duets, EachModelHearsTheOtherAsTheUser) {
  const auto watcher = start(duet(3));
  say_turn(0, "A1");
  say_turn(1, "B2");
  say_turn(2, "A3");
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  EXPECT_EQ(models_.count(), 3U);
  EXPECT_EQ(told(models_.request(0)), "user: Talk about tea.\n");
  EXPECT_EQ(told(models_.request(1)), "user: Talk about tea.\nuser: A1\n");
  EXPECT_EQ(told(models_.request(2)), "user: Talk about tea.\nassistant: A1\nuser: B2\n");
  for (std::size_t i = 0; i < 3; ++i) EXPECT_FALSE(models_.request(i).continues);
  const std::vector<Message> rows = path();
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[1].model, "a");
  EXPECT_EQ(rows[2].model, "b");
  EXPECT_EQ(rows[3].model, "a");
  EXPECT_EQ(rows[2].metadata, R"({"duet":{"turn":2,"turns":3,"models":["a","b"]}})");
  for (const Message& row : rows) EXPECT_EQ(row.status, MessageStatus::complete);
}

TEST_F(Duets, OneModelCanTalkToItself) {
  const auto watcher = start(duet(3, {"m", "m"}));
  say_turn(0, "one");
  say_turn(1, "two");
  say_turn(2, "three");
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  EXPECT_EQ(told(models_.request(2)), "user: Talk about tea.\nassistant: one\nuser: two\n");
}

TEST_F(Duets, TheOtherHearsTheWordsAndNotTheThoughts) {
  const auto watcher = start(duet(2));
  models_.say(0, llm::ReasoningDelta{"secret"});
  models_.say(0, llm::ReasoningEnded{"signature"});
  say_turn(0, "A1");
  say_turn(1, "B2");
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  EXPECT_EQ(models_.request(1).turns.back().content, R"([{"type":"text","text":"A1"}])");
}

// Whoever looks at the rows finds an unfinished answer until the end.
TEST_F(Duets, AnAnswerIsUnfinishedAtEveryMoment) {
  std::atomic<bool> is_over = false;
  std::atomic<int> gaps = 0;
  const auto watcher = start(duet(20));
  std::thread looker([&] {
    while (!is_over) {
      const auto rows = path();
      if (is_final(rows.back().status) && rows.size() < 21) ++gaps;
    }
  });
  for (std::size_t i = 0; i < 20; ++i) say_turn(i, "turn");
  EXPECT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  is_over = true;
  looker.join();
  EXPECT_EQ(gaps, 0);
  EXPECT_EQ(path().size(), 21U);
}

TEST_F(Duets, StoppingAnAnswerStopsTheDuet) {
  const auto request = duet(9);
  const auto watcher = start(request);
  say_turn(0, "A1");
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  models_.say_text(1, "B2, beg");
  // By the id of an answer that is finished: a client may not have heard of the next one yet.
  EXPECT_EQ(generations_->cancel(user_, request.answer_ids[0])->status, MessageStatus::complete);
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  const auto rows = path();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[2].status, MessageStatus::cancelled);
  EXPECT_EQ(rows[2].content, R"([{"type":"text","text":"B2, beg"}])");
  EXPECT_EQ(models_.count(), 2U);
  EXPECT_EQ(models_.live_count(), 0U);
}

TEST_F(Duets, StopsAtWhateverMomentItIsStopped) {
  for (std::size_t round = 0; round < 50; ++round) {
    const std::size_t before = models_.count();
    const auto request = duet(50);
    const auto watcher = start(request);
    models_.say_text(before, "A1");
    std::thread stopper([&] { EXPECT_TRUE(generations_->cancel(user_, request.answer_ids[0])); });
    models_.finish(before);
    stopper.join();
    ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
    for (const Message& row : path()) EXPECT_TRUE(is_final(row.status));
    EXPECT_LE(models_.count(), before + 2);
    EXPECT_EQ(models_.live_count(), 0U);
  }
}

TEST_F(Duets, AFailureEndsIt) {
  const auto watcher = start(duet(5));
  say_turn(0, "A1");
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  llm::Failed failed;
  failed.failure.kind = llm::Failure::Kind::overloaded;
  models_.say(1, failed);
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  EXPECT_EQ(path().back().status, MessageStatus::error);
  EXPECT_EQ(models_.count(), 2U);
}

TEST_F(Duets, AnAnswerWithoutWordsEndsIt) {
  const auto watcher = start(duet(5));
  models_.say(0, llm::ReasoningDelta{"hm"});
  models_.finish(0);
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  EXPECT_EQ(path().size(), 2U);
}

TEST_F(Duets, GoesOnWhereItEnded) {
  auto watcher = start(duet(1));
  say_turn(0, "A1");
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  GenerationRequest more = duet(2);
  more.question.reset();
  more.answer_to = path().back().id;
  watcher = start(more);
  say_turn(1, "B2");
  say_turn(2, "A3");
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  EXPECT_EQ(told(models_.request(1)), "user: Talk about tea.\nuser: A1\n");
  const auto rows = path();
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[2].model, "b");
  EXPECT_EQ(rows[3].metadata, R"({"duet":{"turn":3,"turns":3,"models":["a","b"]}})");
}

TEST_F(Duets, ARetryJoinsIt) {
  const auto request = duet(2);
  const auto first = start(request);
  say_turn(0, "A1");
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  const auto second = start(request);
  say_turn(1, "B2");
  ASSERT_TRUE(becomes_true([&] { return first->has_ended() && second->has_ended(); }));
  const auto third = start(request);
  EXPECT_TRUE(third->has_ended());
  EXPECT_EQ(models_.count(), 2U);
  const MessageId last = path().back().id;
  for (const auto& watcher : {first, second, third}) {
    EXPECT_EQ(watcher->text_of(request.answer_ids[0]), "A1");
    EXPECT_EQ(watcher->text_of(last), "B2");
  }
}

// Who comes for an answer gets it and what follows, not what was said before.
TEST_F(Duets, IsWatchedFromTheAnswerOnThatIsNamed) {
  const auto watcher = start(duet(3));
  say_turn(0, "A1");
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  const Message second = path().back();
  const auto late = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->attach(user_, second.id, std::nullopt, late));
  say_turn(1, "B2");
  say_turn(2, "A3");
  ASSERT_TRUE(becomes_true([&] { return late->has_ended(); }));
  const auto rows = path();
  EXPECT_EQ(late->text_of(rows[1].id), "");
  EXPECT_EQ(late->text_of(rows[2].id), "B2");
  EXPECT_EQ(late->text_of(rows[3].id), "A3");
}

TEST_F(Duets, EndsWhenThePersonSpeaksUp) {
  const auto watcher = start(duet(9));
  say_turn(0, "A1");
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  GenerationRequest question = ask("Wait.");
  question.question->place = path()[1].id;
  start(question);
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  EXPECT_EQ(watcher->status(), MessageStatus::cancelled);
  EXPECT_EQ(models_.count(), 3U);
}

TEST_F(Duets, OfADeletedConversationEndsAfterItsAnswer) {
  const auto watcher = start(duet(5));
  store_->write(user_, DeleteConversation{conversation_, Erase::later}).value();
  say_turn(0, "A1");
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  EXPECT_EQ(watcher->status(), MessageStatus::complete);
  EXPECT_EQ(models_.count(), 1U);
}

TEST_F(Duets, IsInterruptedByAStop) {
  const auto watcher = start(duet(5));
  say_turn(0, "A1");
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  models_.say_text(1, "B2");
  generations_->stop(2'000);
  EXPECT_TRUE(watcher->has_ended());
  EXPECT_EQ(path().back().status, MessageStatus::interrupted);
  EXPECT_EQ(path().size(), 3U);
}

TEST_F(Duets, KeepsItsTurnWhereAnAnswerWasCut) {
  const auto watcher = start(duet(2));
  models_.say_text(0, "A1");
  models_.say(0, llm::Finished{llm::Finished::Reason::length});
  say_turn(1, "B2");
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  const Message first = path()[1];
  EXPECT_EQ(finish_reason(first), FinishReason::length);
  EXPECT_EQ(generation::duet_turn_of(first)->last, 2);
}

}  // namespace
}  // namespace threadkeep::test
