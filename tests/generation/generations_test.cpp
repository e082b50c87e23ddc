// Answers as they run, are watched, stopped and found again.
#include "generation/generations_fixture.h"

namespace threadkeep::test {
namespace {

TEST_F(GenerationsTest, AnAnswerIsStreamedStoredAndAnnouncedOnlyThen) {
  const auto request = ask("What is rust?");
  const auto watcher = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->start(user_, request, watcher));
  EXPECT_EQ(row(request.answer_ids[0]).status, MessageStatus::reserved);
  models_.say_text(0, "Iron ");
  models_.say_text(0, "oxide.");
  models_.say(0, llm::Usage{3, 2, std::nullopt, std::nullopt});
  models_.finish(0);
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  EXPECT_EQ(watcher->names(), (std::vector<std::string>{"message", "message", "title", "delta",
                                                        "delta", "block", "status", "end"}));
  EXPECT_EQ(watcher->text_of(request.answer_ids[0]), "Iron oxide.");
  const Message answer = row(request.answer_ids[0]);
  EXPECT_EQ(answer.status, MessageStatus::complete);
  EXPECT_EQ(answer.content, R"([{"type":"text","text":"Iron oxide."}])");
  EXPECT_EQ(answer.usage, R"({"inputTokens":3,"outputTokens":2})");
  EXPECT_EQ(models_.live_count(), 0U);
}

TEST_F(GenerationsTest, ARetryJoinsTheSameAnswerAndAsksTheModelOnce) {
  const auto request = ask("once");
  const auto first = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->start(user_, request, first));
  models_.say_text(0, "one");
  const auto second = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->start(user_, request, second));
  models_.say_text(0, " two");
  models_.finish(0);
  ASSERT_TRUE(becomes_true([&] { return first->has_ended() && second->has_ended(); }));
  EXPECT_EQ(models_.count(), 1U);
  EXPECT_EQ(second->text_of(request.answer_ids[0]), "one two");
}

// Whoever finds the rows of an answer that another caller has stored and not yet launched.
TEST_F(GenerationsTest, RetriesAtTheSameMomentJoinTheAnswerThatIsBeingStarted) {
  constexpr std::size_t callers = 4;
  for (std::size_t round = 0; round < 200; ++round) {
    std::vector<GenerationRequest> requests(callers, ask("together"));
    for (std::size_t i = 1; i < callers; ++i) requests[i].answer_ids = {ids_.next()};
    std::vector<std::shared_ptr<Recorder>> watchers;
    for (std::size_t i = 0; i < callers; ++i) watchers.push_back(std::make_shared<Recorder>());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < callers; ++i) {
      threads.emplace_back(
          [&, i] { EXPECT_TRUE(generations_->start(user_, requests[i], watchers[i])); });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(models_.count(), round + 1);
    models_.say_text(round, "all of it");
    models_.finish(round);
    const MessageId answer = *store_
                                  ->read([&](const Reader& reader) {
                                    return reader.conversations().find(user_, conversation_);
                                  })
                                  .value()
                                  .head_id;
    for (const auto& watcher : watchers) {
      ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
      ASSERT_EQ(watcher->text_of(answer), "all of it") << "in round " << round;
    }
  }
}

TEST_F(GenerationsTest, AWatcherThatLeavesStopsNothing) {
  const auto request = ask("go on");
  const auto watcher = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->start(user_, request, watcher));
  watcher->leave();
  models_.say_text(0, "still ");
  models_.say_text(0, "here");
  models_.finish(0);
  ASSERT_TRUE(
      becomes_true([&] { return row(request.answer_ids[0]).status == MessageStatus::complete; }));
  EXPECT_EQ(plain_text(row(request.answer_ids[0]).content, 100), "still here");
}

TEST_F(GenerationsTest, ResumingAfterAnyEventHasNoGapAndNoRepeat) {
  const auto request = ask("resume");
  const auto whole = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->start(user_, request, whole));
  for (int i = 0; i < 20; ++i) models_.say_text(0, "w" + std::to_string(i) + " ");
  models_.finish(0);
  ASSERT_TRUE(becomes_true([&] { return whole->has_ended(); }));
  const auto events = whole->events();
  for (std::size_t cut = 1; cut <= events.size(); ++cut) {
    const auto rest = std::make_shared<Recorder>();
    ASSERT_TRUE(generations_->attach(user_, request.answer_ids[0], events[cut - 1].position, rest));
    // A stream always ends with the end, also of one who has seen it.
    const std::size_t from = std::min(cut, events.size() - 1);
    ASSERT_EQ(rest->events().size(), events.size() - from) << cut;
    for (std::size_t i = from; i < events.size(); ++i)
      EXPECT_EQ(spelled(rest->events()[i - from]), spelled(events[i]));
    EXPECT_TRUE(rest->has_ended());
  }
}

TEST_F(GenerationsTest, AttachingInTheMiddleGivesTheRowAndThenWhatFollows) {
  const auto request = ask("late");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  models_.say_text(0, "early ");
  const auto late = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->attach(user_, request.answer_ids[0], std::nullopt, late));
  EXPECT_EQ(late->text_of(request.answer_ids[0]), "early ");
  models_.say_text(0, "bird");
  models_.finish(0);
  ASSERT_TRUE(becomes_true([&] { return late->has_ended(); }));
  EXPECT_EQ(late->text_of(request.answer_ids[0]), "early bird");
}

TEST_F(GenerationsTest, CancelKeepsTheTextAndIsHarmlessAgain) {
  const auto request = ask("stop");
  const auto watcher = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->start(user_, request, watcher));
  models_.say_text(0, "half of");
  const auto cancelled = generations_->cancel(user_, request.answer_ids[0]);
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->status, MessageStatus::cancelled);
  EXPECT_EQ(plain_text(cancelled->content, 100), "half of");
  EXPECT_EQ(models_.live_count(), 0U);
  EXPECT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  const auto again = generations_->cancel(user_, request.answer_ids[0]);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->seq, cancelled->seq);
}

TEST_F(GenerationsTest, TheFirstFinalStateStays) {
  const auto request = ask("race");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  models_.say_text(0, "done");
  models_.finish(0);
  ASSERT_TRUE(
      becomes_true([&] { return row(request.answer_ids[0]).status == MessageStatus::complete; }));
  EXPECT_EQ(generations_->cancel(user_, request.answer_ids[0])->status, MessageStatus::complete);
}

TEST_F(GenerationsTest, TextIsStoredWhileItStreams) {
  GenerationLimits limits;
  limits.checkpoint_ms = 30;
  restart(limits);
  const auto request = ask("checkpoint");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  models_.say_text(0, "a");
  EXPECT_TRUE(
      becomes_true([&] { return plain_text(row(request.answer_ids[0]).content, 100) == "a"; }));
  EXPECT_EQ(row(request.answer_ids[0]).status, MessageStatus::streaming);
  models_.say_text(0, "b");  // stored by the clock, without another event
  EXPECT_TRUE(
      becomes_true([&] { return plain_text(row(request.answer_ids[0]).content, 100) == "ab"; }));
}

TEST_F(GenerationsTest, AShortAnswerIsStoredByItsLengthAndALongOneByTheClock) {
  GenerationLimits limits;
  limits.checkpoint_ms = 600'000;
  restart(limits);
  const auto request = ask("by length");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  const auto stored = [&] {
    return plain_text(row(request.answer_ids[0]).content, 1U << 20).size();
  };
  models_.say_text(0, "a");  // the first one is not waited for
  EXPECT_TRUE(becomes_true([&] { return stored() == 1; }));
  std::size_t said = 1;
  while (said < limits.short_answer_bytes) {
    models_.say_text(0, std::string(limits.checkpoint_bytes, 'b'));
    said += limits.checkpoint_bytes;
    ASSERT_TRUE(becomes_true([&] { return stored() == said; })) << said;
  }
  models_.say_text(0, std::string(4 * limits.checkpoint_bytes, 'c'));
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(stored(), said);
}

TEST_F(GenerationsTest, AFailureOfTheModelKeepsTheTextAndSaysWhy) {
  const auto request = ask("fail");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  models_.say_text(0, "part");
  models_.say(
      0, llm::Failed{
             {llm::Failure::Kind::network, "The vendor closed the connection.", "", "", {}, {}}});
  ASSERT_TRUE(
      becomes_true([&] { return row(request.answer_ids[0]).status == MessageStatus::error; }));
  EXPECT_EQ(plain_text(row(request.answer_ids[0]).content, 100), "part");
  EXPECT_EQ(row(request.answer_ids[0]).error,
            R"({"type":"network","detail":"The vendor closed the connection."})");
}

TEST_F(GenerationsTest, TextThatWasReasoningIsFiledAsSuch) {
  const auto request = ask("think");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  models_.say_text(0, "Hm. ");
  models_.say_text(0, "Four.");
  models_.say(0, llm::TextWasReasoning{});
  models_.say_text(0, "It is 4.");
  models_.finish(0);
  ASSERT_TRUE(
      becomes_true([&] { return row(request.answer_ids[0]).status == MessageStatus::complete; }));
  EXPECT_EQ(row(request.answer_ids[0]).content,
            R"([{"type":"reasoning","text":"Hm. Four."},{"type":"text","text":"It is 4."}])");
}

TEST_F(GenerationsTest, TheSignatureOfReasoningGoesBackToTheModelAfterATool) {
  auto request = ask("think and look");
  request.allowed_tools = {"search_conversations"};
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  models_.say(0, llm::ReasoningDelta{"Hm."});
  models_.say(0, llm::ReasoningEnded{"c2ln"});
  models_.say(0, llm::ToolUseBegun{"t1", "search_conversations"});
  models_.say(0, llm::ToolInputDelta{R"({"query":"x"})"});
  models_.say(0, llm::ToolUseEnded{});
  models_.say(0, llm::Finished{llm::Finished::Reason::tool_use});
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  const std::string sent = models_.request(1).turns.back().content;
  EXPECT_EQ(sent.find(R"([{"type":"reasoning","text":"Hm.","signature":"c2ln"},)"), 0U) << sent;
  models_.say_text(1, "Nothing.");
  models_.finish(1);
}

TEST_F(GenerationsTest, UsageOfAllRoundsIsAddedUp) {
  auto request = ask("count");
  request.allowed_tools = {"search_conversations"};
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  models_.say(0, llm::ToolUseBegun{"t1", "search_conversations"});
  models_.say(0, llm::ToolUseEnded{});
  models_.say(0, llm::Usage{10, 2, 4, std::nullopt});
  models_.say(0, llm::Finished{llm::Finished::Reason::tool_use});
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  models_.say_text(1, "Done.");
  models_.say(1, llm::Usage{20, 3, 15, 1});
  models_.finish(1);
  ASSERT_TRUE(
      becomes_true([&] { return row(request.answer_ids[0]).status == MessageStatus::complete; }));
  EXPECT_EQ(row(request.answer_ids[0]).usage,
            R"({"inputTokens":30,"outputTokens":5,"cachedInputTokens":19,"reasoningTokens":1})");
}

TEST_F(GenerationsTest, WhatItCostIsToldWhereEachRoundTellsIt) {
  using Cost = std::optional<std::int64_t>;
  std::size_t call = 0;
  const auto usage_of = [&](const std::vector<Cost>& costs) {
    auto request = ask("count");
    request.allowed_tools = {"search_conversations"};
    EXPECT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
    for (std::size_t round = 0; round < costs.size(); ++round, ++call) {
      EXPECT_TRUE(becomes_true([&] { return models_.count() > call; }));
      const bool is_last = round + 1 == costs.size();
      if (!is_last) use_tool(call, "t" + std::to_string(round), "search_conversations");
      if (is_last) models_.say_text(call, "Done.");
      models_.say(call, llm::Usage{1, 1, std::nullopt, std::nullopt, costs[round]});
      models_.finish(call);
    }
    EXPECT_TRUE(
        becomes_true([&] { return row(request.answer_ids[0]).status == MessageStatus::complete; }));
    return row(request.answer_ids[0]).usage.value_or("");
  };
  EXPECT_EQ(usage_of({7}), R"({"inputTokens":1,"outputTokens":1,"costNanoUsd":7})");
  EXPECT_EQ(usage_of({7, 0, 5}), R"({"inputTokens":3,"outputTokens":3,"costNanoUsd":12})");
  EXPECT_EQ(usage_of({7, std::nullopt, 5}), R"({"inputTokens":3,"outputTokens":3})");
  EXPECT_EQ(usage_of({std::nullopt, 5}), R"({"inputTokens":2,"outputTokens":2})");
}

TEST_F(GenerationsTest, SeveralModelsGiveSiblings) {
  const auto request = ask("both", {"a", "b"});
  const auto watcher = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->start(user_, request, watcher));
  models_.say_text(0, "from a");
  models_.say_text(1, "from b");
  models_.finish(1);
  EXPECT_FALSE(watcher->has_ended());
  models_.finish(0);
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  EXPECT_EQ(watcher->text_of(request.answer_ids[1]), "from b");
  EXPECT_EQ(row(request.answer_ids[0]).parent_id, row(request.answer_ids[1]).parent_id);
}

TEST_F(GenerationsTest, AnAnswerThatWasCutSaysByWhat) {
  const auto request = ask("long", {"a", "b", "c"});
  const auto watcher = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->start(user_, request, watcher));
  for (std::size_t i = 0; i < 3; ++i) models_.say_text(i, "half of");
  use_tool(0, "t1", "search_conversations");
  models_.say(0, llm::Finished{llm::Finished::Reason::length});
  models_.say(1, llm::Finished{llm::Finished::Reason::content_filter});
  models_.say(2, llm::Finished{llm::Finished::Reason::stop});
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  EXPECT_EQ(row(request.answer_ids[0]).metadata, R"({"finishReason":"length"})");
  EXPECT_EQ(row(request.answer_ids[1]).metadata, R"({"finishReason":"content_filter"})");
  EXPECT_EQ(row(request.answer_ids[2]).metadata, "{}");
  // The tool that it asked for last was not run, and that is said too.
  EXPECT_EQ(models_.count(), 3U);
  EXPECT_NE(row(request.answer_ids[0]).content.find(R"("isError":true)"), std::string::npos);
  for (std::size_t i = 0; i < 3; ++i) {
    const Message stored = row(request.answer_ids[i]);
    EXPECT_EQ(stored.status, MessageStatus::complete);
    restart({});
    const auto later = std::make_shared<Recorder>();
    ASSERT_TRUE(generations_->attach(user_, request.answer_ids[i], std::nullopt, later));
    for (const auto& seen : {watcher, later}) {
      for (const GenerationEvent& event : seen->events()) {
        const auto* changed = std::get_if<GenerationEvent::StatusChanged>(&event.what);
        if (changed == nullptr || changed->message_id != request.answer_ids[i]) continue;
        EXPECT_EQ(changed->finish_reason, finish_reason(stored));
      }
    }
  }
}

TEST_F(GenerationsTest, StopLeavesInterruptedAnswersWithTheirText) {
  const auto request = ask("shutdown");
  const auto watcher = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->start(user_, request, watcher));
  models_.say_text(0, "so far");
  generations_->stop(1'000);
  EXPECT_EQ(row(request.answer_ids[0]).status, MessageStatus::interrupted);
  EXPECT_EQ(plain_text(row(request.answer_ids[0]).content, 100), "so far");
  EXPECT_TRUE(watcher->has_ended());
  EXPECT_FALSE(generations_->start(user_, ask("no more"), std::make_shared<Recorder>()));
}

TEST_F(GenerationsTest, AnInterruptedAnswerIsContinuedAsItsChild) {
  const auto request = ask("continue");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  models_.say_text(0, "first half");
  generations_->stop(1'000);
  restart({});
  GenerationRequest more;
  more.conversation_id = conversation_;
  more.answer_to = request.answer_ids[0];
  more.models = {"m"};
  more.answer_ids = {ids_.next()};
  ASSERT_TRUE(generations_->start(user_, more, std::make_shared<Recorder>()));
  EXPECT_TRUE(models_.request(1).continues);
  EXPECT_EQ(row(more.answer_ids[0]).parent_id, request.answer_ids[0]);
}

TEST_F(GenerationsTest, AfterARestartAnAnswerIsReplayedFromTheStore) {
  const auto request = ask("replay");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  models_.say_text(0, "kept");
  models_.finish(0);
  ASSERT_TRUE(
      becomes_true([&] { return row(request.answer_ids[0]).status == MessageStatus::complete; }));
  restart({});
  const auto watcher = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->attach(user_, request.answer_ids[0], std::nullopt, watcher));
  EXPECT_EQ(watcher->names(), (std::vector<std::string>{"message", "status", "end"}));
  EXPECT_EQ(watcher->text_of(request.answer_ids[0]), "kept");
}

// Two processes on one database: this one reads what the other one stores.
TEST_F(GenerationsTest, AnAnswerThatAnotherProcessWritesIsFollowedToItsEnd) {
  Generations other(*store_, models_, tools_, system_clock(), ids_, {.checkpoint_ms = 20});
  const auto request = ask("elsewhere");
  ASSERT_TRUE(other.start(user_, request, std::make_shared<Recorder>()));
  const auto watcher = std::make_shared<Recorder>();
  const MessageId answer = request.answer_ids[0];
  ASSERT_TRUE(generations_->attach(user_, answer, std::nullopt, watcher));
  EXPECT_EQ(watcher->names(), std::vector<std::string>{"message"});
  models_.say_text(0, "first ");
  ASSERT_TRUE(becomes_true([&] { return watcher->text_of(answer) == "first "; }));
  EXPECT_FALSE(watcher->has_ended());
  models_.say_text(0, "second");
  models_.finish(0);
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  EXPECT_EQ(watcher->text_of(answer), "first second");
  const auto names = watcher->names();
  EXPECT_EQ(names[names.size() - 2], "status");
  EXPECT_EQ(names.back(), "end");
}

TEST_F(GenerationsTest, AnAnswerThatWasEndedElsewhereIsLetGo) {
  const auto request = ask("Tell me more.");
  const auto watcher = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->start(user_, request, watcher));
  models_.say_text(0, "It began ");
  ASSERT_TRUE(becomes_true([&] { return row(request.answer_ids[0]).content != "[]"; }));
  Generations other(*store_, models_, tools_, system_clock(), ids_);
  const auto stopped = other.cancel(user_, request.answer_ids[0]);
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->status, MessageStatus::cancelled);
  models_.say_text(0, "and went on");
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  EXPECT_EQ(models_.live_count(), 0U);
  EXPECT_EQ(watcher->text_of(request.answer_ids[0]), "It began ");
  EXPECT_EQ(row(request.answer_ids[0]).status, MessageStatus::cancelled);
  EXPECT_EQ(watcher->names()[watcher->names().size() - 2], "status");
  EXPECT_EQ(watcher->status(), MessageStatus::cancelled);
}

TEST_F(GenerationsTest, WhatWasStoredFirstIsAnnouncedByTheOneThatComesLate) {
  const auto request = ask("Tell me more.");
  const auto watcher = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->start(user_, request, watcher));
  Generations other(*store_, models_, tools_, system_clock(), ids_);
  ASSERT_TRUE(other.cancel(user_, request.answer_ids[0]));
  models_.finish(0);
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  EXPECT_EQ(watcher->names()[watcher->names().size() - 2], "status");
  EXPECT_EQ(watcher->status(), MessageStatus::cancelled);
}

TEST_F(GenerationsTest, AnotherUserFindsNothing) {
  const auto request = ask("mine");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  const UserId other = ids_.next();
  const auto attached = generations_->attach(other, request.answer_ids[0], std::nullopt,
                                             std::make_shared<Recorder>());
  ASSERT_FALSE(attached);
  EXPECT_EQ(attached.error().code, Errc::not_found);
  EXPECT_EQ(generations_->cancel(other, request.answer_ids[0]).error().code, Errc::not_found);
}

TEST_F(GenerationsTest, APositionOfAnotherGenerationIsRefused) {
  const auto request = ask("ids");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  const EventPosition elsewhere{ids_.next(), 1};
  const auto attached =
      generations_->attach(user_, request.answer_ids[0], elsewhere, std::make_shared<Recorder>());
  ASSERT_FALSE(attached);
  EXPECT_EQ(attached.error().code, Errc::not_found);
}

// EventSource comes back by itself when the server has closed the stream.
TEST_F(GenerationsTest, WhoHasSeenTheEndGetsTheEndAlsoAfterTheServerWasStartedAgain) {
  const auto request = ask("seen");
  const auto whole = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->start(user_, request, whole));
  models_.say_text(0, "all");
  models_.finish(0);
  ASSERT_TRUE(becomes_true([&] { return whole->has_ended(); }));
  const EventPosition end = whole->events().back().position;
  for (int life = 0; life < 2; ++life) {
    const auto again = std::make_shared<Recorder>();
    ASSERT_TRUE(generations_->attach(user_, request.answer_ids[0], end, again));
    EXPECT_EQ(again->names(), std::vector<std::string>{"end"});
    EXPECT_EQ(again->events().back().position, end);
    restart({});
  }
}

// The process that writes an answer numbers its events; what another one has shown of its row has
// no number there.
TEST_F(GenerationsTest, WhoFollowedElsewhereAndComesHereSeesNothingTwice) {
  Generations other(*store_, models_, tools_, system_clock(), ids_);
  const auto request = ask("moves");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  for (int i = 0; i < 10; ++i) models_.say_text(0, "w" + std::to_string(i) + " ");
  const MessageId answer = request.answer_ids[0];
  ASSERT_TRUE(becomes_true([&] {
    return plain_text(row(answer).content, 100).ends_with("w9 ") ||
           plain_text(row(answer).content, 100).ends_with("w9");
  }));
  const auto there = std::make_shared<Recorder>();
  ASSERT_TRUE(other.attach(user_, answer, std::nullopt, there));
  const auto here = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->attach(user_, answer, there->events().back().position, here));
  EXPECT_EQ(here->names(), std::vector<std::string>{"message"});
  models_.finish(0);
}

// Its clock stands still, so that it never looks of its own accord.
TEST_F(GenerationsTest, NewsOfWhatAnotherProcessWroteIsReadOn) {
  class SetClock final : public Clock {
   public:
    UnixMs now_ms() const override { return now; }
    std::atomic<UnixMs> now = 1'000'000;
  };
  SetClock clock;
  Generations other(*store_, models_, tools_, clock, ids_);
  store_->set_commit_listener([&](const UserId& user, std::int64_t) {
    clock.now += 1'000;
    other.hear_of(user);
  });
  const auto request = ask("far away");
  const MessageId answer = request.answer_ids[0];
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  const auto there = std::make_shared<Recorder>();
  ASSERT_TRUE(other.attach(user_, answer, std::nullopt, there));
  std::string said;
  for (const std::string word : {"one ", "two ", "three "}) {
    models_.say_text(0, word);
    said += word;
    EXPECT_TRUE(becomes_true([&] { return there->text_of(answer) == said; })) << said;
  }
  models_.finish(0);
  EXPECT_TRUE(becomes_true([&] { return there->has_ended(); }));
  store_->set_commit_listener(nullptr);
}

TEST_F(GenerationsTest, WatchersOfASilentModelAreToldThatTheLineIsOpen) {
  GenerationLimits limits;
  limits.quiet = 30ms;
  restart(limits);
  const auto request = ask("think");
  const auto first = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->start(user_, request, first));
  models_.say_text(0, "begin ");
  const auto resumed = std::make_shared<Recorder>();
  ASSERT_TRUE(
      generations_->attach(user_, request.answer_ids[0], first->events().back().position, resumed));
  Generations other(*store_, models_, tools_, system_clock(), ids_, limits);
  const auto following = std::make_shared<Recorder>();
  ASSERT_TRUE(other.attach(user_, request.answer_ids[0], std::nullopt, following));
  for (const auto& watcher : {first, resumed, following})
    EXPECT_TRUE(becomes_true([&] { return watcher->quiet_count() >= 2; }));
  EXPECT_TRUE(resumed->events().empty());
  resumed->leave();
  EXPECT_TRUE(becomes_true([&] { return resumed.use_count() == 1; }));
}

// After an edited root the tree begins with another system message than the path.
TEST_F(GenerationsTest, SystemMessagesComeFromThePathOfTheAnswerAndOnce) {
  GenerationLimits limits;
  limits.context_bytes_max = 300;
  restart(limits);
  const auto say = [&](Role role, Place place, const std::string& text) {
    NewMessage message;
    message.id = ids_.next();
    message.conversation_id = conversation_;
    message.role = role;
    message.place = place;
    message.content = text_content(text);
    return store_->write(user_, message).value().value.id;
  };
  say(Role::system, AsRoot{}, "the first instructions");
  say(Role::user, UnderHead{}, "an old question");
  const MessageId root = say(Role::system, AsRoot{}, "the edited instructions");
  const MessageId second = say(Role::system, root, std::string(150, 's'));
  const auto short_one = ask("short");
  ASSERT_TRUE(generations_->start(user_, short_one, std::make_shared<Recorder>()));
  const std::vector<llm::Turn> all = models_.request(0).turns;
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].content, text_content("the edited instructions"));
  models_.finish(0);

  auto long_one = ask(std::string(200, 'q'));
  long_one.question->place = second;
  ASSERT_TRUE(generations_->start(user_, long_one, std::make_shared<Recorder>()));
  const std::vector<llm::Turn> cut = models_.request(1).turns;
  ASSERT_EQ(cut.size(), 3U);
  EXPECT_EQ(cut[0].content, text_content("the edited instructions"));
  EXPECT_EQ(cut[1].content, text_content(std::string(150, 's')));
  EXPECT_EQ(cut[2].role, Role::user);

  // The second one still fits: it is not given twice.
  auto fits = ask(std::string(50, 'q'));
  fits.question->place = second;
  ASSERT_TRUE(generations_->start(user_, fits, std::make_shared<Recorder>()));
  EXPECT_EQ(models_.request(2).turns.size(), 3U);
}

// Also in the rounds after a tool; a model that remembers a tool that it has no more gets nothing.
TEST_F(GenerationsTest, ModelsAreAskedAsTheConversationIsSet) {
  GenerationLimits limits;
  limits.context_bytes_max = 300;
  restart(limits);
  EditConversation edit{conversation_, {}};
  edit.patch.settings.system = "Be brief.";
  edit.patch.settings.temperature = 0.5;
  edit.patch.settings.max_tokens = 100;
  edit.patch.settings.effort = Effort::low;
  edit.patch.settings.tools = std::vector<std::string>{};
  ASSERT_TRUE(store_->write(user_, edit));
  auto request = ask(std::string(400, 'q'));
  request.allowed_tools = {"search_conversations"};
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  models_.say(0, llm::ToolUseBegun{"t1", "search_conversations"});
  models_.say(0, llm::ToolInputDelta{R"({"query":"q"})"});
  models_.say(0, llm::ToolUseEnded{});
  models_.say(0, llm::Finished{llm::Finished::Reason::tool_use});
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  for (const std::size_t round : {0U, 1U}) {
    const llm::Request asked = models_.request(round);
    EXPECT_EQ(asked.turns.front().role, Role::system);
    EXPECT_EQ(asked.turns.front().content, text_content("Be brief."));
    EXPECT_EQ(asked.settings.temperature, 0.5);
    EXPECT_EQ(asked.settings.output_tokens_max, 100);
    EXPECT_EQ(asked.settings.effort, Effort::low);
    EXPECT_TRUE(asked.tools.empty());
  }
  const std::string given = models_.request(1).turns.back().content;
  EXPECT_NE(given.find("leave this tool out"), std::string::npos) << given;
  models_.finish(1);
}

TEST_F(GenerationsTest, ModelsGetThePathAndNotTheOtherBranches) {
  const auto first = ask("first question");
  ASSERT_TRUE(generations_->start(user_, first, std::make_shared<Recorder>()));
  models_.say_text(0, "first answer");
  models_.finish(0);
  ASSERT_TRUE(
      becomes_true([&] { return row(first.answer_ids[0]).status == MessageStatus::complete; }));
  GenerationRequest again;
  again.conversation_id = conversation_;
  again.answer_to = first.question->id;
  again.models = {"m"};
  again.answer_ids = {ids_.next()};
  ASSERT_TRUE(generations_->start(user_, again, std::make_shared<Recorder>()));
  ASSERT_EQ(models_.request(1).turns.size(), 1U);
  EXPECT_EQ(models_.request(1).turns[0].content, text_content("first question"));
  EXPECT_FALSE(models_.request(1).continues);
}

}  // namespace
}  // namespace threadkeep::test
