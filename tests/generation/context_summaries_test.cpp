// Conversations that grow too long for their model: what it is given then.
#include "generation/context_summaries.h"

#include <gtest/gtest.h>

#include "domain/context_summary.h"
#include "generation/context.h"
#include "generation/generations_fixture.h"
#include "generation/summary_plan.h"

namespace threadkeep::test {
namespace {

constexpr std::string_view asks_for_summary = "You keep a conversation short.";
const std::string padding(900, 'a');  // 300 tokens, as they are estimated

std::string words_of(const llm::Turn& turn) { return plain_text(turn.content, 1U << 20); }

bool is_for_summary(const llm::Request& request) {
  return !request.turns.empty() && words_of(request.turns[0]).starts_with(asks_for_summary);
}

std::string all_words(const llm::Request& request) {
  std::string all;
  for (const llm::Turn& turn : request.turns) all += turn.content + "\n";
  return all;
}

std::size_t count_of(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++count;
  return count;
}

// A model "m" that reads 2,880 tokens at once; a question with its answer takes some 650.
class ContextSummariesTest : public GenerationsTest {
 protected:
  ContextSummariesTest() {
    models_.set_context_tokens("m", 5'760);
    begin_anew({});
  }
  ~ContextSummariesTest() override { end_with_process(); }

  // As a server that starts: what was in memory is gone.
  void begin_anew(SummaryLimits limits) {
    generations_.reset();
    summaries_ = std::make_unique<ContextSummaries>(*store_, models_, limits);
    generations_ = std::make_unique<Generations>(*store_, models_, tools_, system_clock(), ids_,
                                                 GenerationLimits{}, summaries_.get());
  }
  void end_with_process() {
    generations_.reset();
    summaries_.reset();
  }

  static std::string question_words(int number) {
    return "Question" + std::to_string(number) + ".";
  }
  static std::string answer_words(int number) { return "Answer" + std::to_string(number) + "."; }

  // The index of the newest call that is an answer, or a summary.
  std::size_t newest(bool is_summary) {
    std::size_t found = models_.count();
    EXPECT_TRUE(becomes_true([&] {
      for (std::size_t i = models_.count(); i > handled_; --i) {
        if (is_for_summary(models_.request(i - 1)) == is_summary) {
          found = i - 1;
          return true;
        }
      }
      return false;
    }));
    return found;
  }

  GenerationRequest request_of(int number, std::optional<MessageId> parent = std::nullopt) {
    GenerationRequest request = ask(question_words(number) + padding);
    if (parent) request.question->place = *parent;
    return request;
  }
  // Asks, answers, and returns the answer's id.
  MessageId turn(int number, std::optional<MessageId> parent = std::nullopt) {
    const GenerationRequest request = request_of(number, parent);
    EXPECT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
    return finish(request.answer_ids[0], answer_words(number) + padding);
  }
  MessageId finish(const MessageId& answer, const std::string& words) {
    last_call_ = newest(false);
    handled_ = last_call_ + 1;
    models_.say_text(last_call_, words);
    models_.finish(last_call_);
    EXPECT_TRUE(becomes_true([&] { return row(answer).status == MessageStatus::complete; }));
    return answer;
  }
  void summarise(const std::string& words) {
    const std::size_t call = newest(true);
    ASSERT_LT(call, models_.count());
    handled_ = std::max(handled_, call + 1);
    summary_call_ = call;
    models_.say_text(call, words);
    models_.finish(call);
    ASSERT_TRUE(
        becomes_true([&] { return models_.live_count() == 0 || models_.count() > call + 1; }));
    std::this_thread::sleep_for(60ms);  // it is kept a moment after it was said
  }
  bool nobody_is_asked() {
    const std::size_t before = models_.count();
    std::this_thread::sleep_for(200ms);
    return models_.count() == before;
  }
  llm::Request last_request() { return models_.request(last_call_); }
  // Up to the turn before the whole conversation does not fit any more.
  MessageId fill() {
    MessageId last = turn(1);
    for (int number = 2; number <= 4; ++number) last = turn(number);
    return last;
  }

  std::unique_ptr<ContextSummaries> summaries_;
  std::size_t handled_ = 0;
  std::size_t last_call_ = 0;
  std::size_t summary_call_ = 0;
};

TEST_F(ContextSummariesTest, AModelIsGivenASummaryInThePlaceOfWhatDoesNotFit) {
  fill();
  summarise("They spoke of tea.");
  const std::string asked = all_words(models_.request(summary_call_));
  EXPECT_NE(asked.find(question_words(1)), std::string::npos);
  EXPECT_EQ(asked.find(question_words(4)), std::string::npos) << "the newest stays as it is";
  EXPECT_EQ(models_.request(summary_call_).tools.size(), 0U);

  const MessageId answer = turn(5);
  const llm::Request given = last_request();
  EXPECT_EQ(count_of(all_words(given), "They spoke of tea."), 1U);
  EXPECT_EQ(given.turns[0].role, Role::user);
  EXPECT_NE(words_of(given.turns[0]).find("in short"), std::string::npos);
  EXPECT_EQ(all_words(given).find(question_words(1)), std::string::npos);
  for (const std::string& words : {question_words(4), answer_words(4), question_words(5)})
    EXPECT_EQ(count_of(all_words(given), words), 1U) << words;
  // It stands in the answer that was given it.
  const auto kept = context_summary_of(row(answer));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->text, "They spoke of tea.");
  EXPECT_EQ(kept->model, "m");
  EXPECT_EQ(plain_text(row(answer).content, 100), (answer_words(5) + padding).substr(0, 100));
  const std::string metadata = row(answer).metadata;
  EXPECT_NE(metadata.find(R"("contextInShort":true)"), std::string::npos) << metadata;
  EXPECT_NE(metadata.find("contextFrom"), std::string::npos) << metadata;
}

TEST_F(ContextSummariesTest, ALongConversationIsGivenEachWordOnceAtTheMost) {
  NewMessage system;
  system.id = ids_.next();
  system.conversation_id = conversation_;
  system.role = Role::system;
  system.content = text_content("Be brief.");
  ASSERT_TRUE(store_->write(user_, system));
  int summaries = 0;
  for (int number = 1; number <= 24; ++number) {
    turn(number);
    const llm::Request given = last_request();
    const std::string words = all_words(given);
    EXPECT_EQ(words_of(given.turns[0]), "Be brief.");
    EXPECT_EQ(count_of(words, question_words(number)), 1U);
    if (number > 1) {
      EXPECT_EQ(count_of(words, answer_words(number - 1)), 1U);
    }
    for (int i = 1; i < number; ++i)
      EXPECT_LE(count_of(words, question_words(i)) + count_of(words, "<" + std::to_string(i) + ">"),
                1U)
          << i << " in " << number;
    EXPECT_LE(count_of(words, "Summary"), 1U) << number;
    std::int64_t tokens = 0;
    for (const llm::Turn& one : given.turns) tokens += generation::estimated_tokens(one.content);
    EXPECT_LE(tokens, 2'880) << number;
    // Whatever is asked in the background now is answered before the next question.
    std::this_thread::sleep_for(120ms);
    if (models_.count() > handled_) {
      std::string all;
      for (int i = 1; i <= number; ++i) {
        const std::string asked = all_words(models_.request(models_.count() - 1));
        if (count_of(asked, question_words(i)) + count_of(asked, "<" + std::to_string(i) + ">") > 0)
          all += "<" + std::to_string(i) + ">";
      }
      summarise("Summary of " + all);
      ++summaries;
    }
  }
  EXPECT_GE(summaries, 3);
  // All of the beginning is in the newest summary, one made of the other.
  turn(25);
  const std::string words = all_words(last_request());
  for (int i = 1; i <= 24; ++i)
    EXPECT_EQ(count_of(words, question_words(i)) + count_of(words, "<" + std::to_string(i) + ">"),
              1U)
        << i;
}

TEST_F(ContextSummariesTest, WhatWasNotUsedBeforeTheEndIsMadeAgain) {
  fill();
  summarise("They spoke of tea.");
  end_with_process();
  begin_anew({});
  const MessageId answer = turn(5);
  EXPECT_EQ(all_words(last_request()).find("tea"), std::string::npos);
  EXPECT_FALSE(context_summary_of(row(answer)));
  EXPECT_EQ(row(answer).metadata.find("contextInShort"), std::string::npos);
  EXPECT_NE(row(answer).metadata.find("contextFrom"), std::string::npos) << "left out, and said";
  summarise("The first half, for all of it is more than the model reads at once.");
  EXPECT_EQ(all_words(models_.request(models_.count() - 1)).find(question_words(1)),
            std::string::npos);
  summarise("They spoke of tea again.");
  turn(6);
  EXPECT_EQ(count_of(all_words(last_request()), "They spoke of tea again."), 1U);
}

TEST_F(ContextSummariesTest, WhatAnAnswerKeepsIsThereAfterAStart) {
  fill();
  summarise("They spoke of tea.");
  const MessageId answer = turn(5);
  ASSERT_TRUE(context_summary_of(row(answer)));
  end_with_process();
  begin_anew({});
  const MessageId next = turn(6);
  EXPECT_EQ(count_of(all_words(last_request()), "They spoke of tea."), 1U);
  EXPECT_FALSE(context_summary_of(row(next))) << "it is kept once";
  EXPECT_NE(row(next).metadata.find(R"("contextInShort":true)"), std::string::npos);
}

TEST_F(ContextSummariesTest, EachBranchIsGivenWhatItIsAbout) {
  const MessageId first = turn(1);
  MessageId last = first;
  for (int number = 2; number <= 4; ++number) last = turn(number, last);
  summarise("The first branch.");
  const MessageId with = turn(5, last);
  ASSERT_TRUE(context_summary_of(row(with)));
  // Another branch that forks before what it is about ends.
  MessageId other = first;
  for (int number = 12; number <= 14; ++number) {
    other = turn(number, other);
    EXPECT_EQ(all_words(last_request()).find("The first branch."), std::string::npos);
  }
  summarise("The second branch.");
  turn(15, other);
  EXPECT_EQ(count_of(all_words(last_request()), "The second branch."), 1U);
  EXPECT_EQ(all_words(last_request()).find("The first branch."), std::string::npos);
  // Back on the first one.
  turn(6, with);
  EXPECT_EQ(count_of(all_words(last_request()), "The first branch."), 1U);
  EXPECT_EQ(all_words(last_request()).find("The second branch."), std::string::npos);
}

TEST_F(ContextSummariesTest, AnotherAnswerToTheSameQuestionIsGivenItToo) {
  fill();
  summarise("They spoke of tea.");
  const MessageId answer = turn(5);
  GenerationRequest again;
  again.conversation_id = conversation_;
  again.answer_to = row(answer).parent_id;
  again.models = {"m", "wide"};
  again.answer_ids = {ids_.next(), ids_.next()};
  models_.set_context_tokens("wide", 100'000);
  ASSERT_TRUE(generations_->start(user_, again, std::make_shared<Recorder>()));
  ASSERT_TRUE(becomes_true([&] { return models_.count() == handled_ + 2; }));
  const llm::Request narrow = models_.request(handled_);
  const llm::Request wide = models_.request(handled_ + 1);
  EXPECT_EQ(count_of(all_words(narrow), "They spoke of tea."), 1U);
  EXPECT_EQ(all_words(wide).find("tea"), std::string::npos) << "it reads all of it";
  EXPECT_EQ(count_of(all_words(wide), question_words(1)), 1U);
  for (const std::size_t call : {handled_, handled_ + 1}) {
    models_.say_text(call, "Yes.");
    models_.finish(call);
  }
  for (const MessageId& id : again.answer_ids)
    ASSERT_TRUE(becomes_true([&] { return row(id).status == MessageStatus::complete; }));
  EXPECT_TRUE(context_summary_of(row(again.answer_ids[0])));
  EXPECT_FALSE(context_summary_of(row(again.answer_ids[1])));
  EXPECT_EQ(row(again.answer_ids[1]).metadata, "{}");
}

TEST_F(ContextSummariesTest, ADeletedMessageIsGivenToNobodyInShort) {
  fill();
  summarise("They spoke of tea.");
  const MessageId answer = turn(5);
  const auto kept = context_summary_of(row(answer));
  ASSERT_TRUE(kept);
  ASSERT_TRUE(nobody_is_asked()) << "what there is, is enough";
  ASSERT_TRUE(store_->write(user_, DeleteMessages{conversation_, std::vector<MessageId>{kept->from},
                                                  Erase::later, std::nullopt}));
  turn(6, answer);
  EXPECT_EQ(all_words(last_request()).find("tea"), std::string::npos);
  summarise("The first half of something else.");
  summarise("They spoke of something else.");
  turn(7);
  EXPECT_EQ(count_of(all_words(last_request()), "They spoke of something else."), 1U);
}

TEST_F(ContextSummariesTest, AnAnswerThatWasCutGoesOnWithIt) {
  fill();
  summarise("They spoke of tea.");
  const auto request = request_of(5);
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  const std::size_t call = newest(false);
  handled_ = call + 1;
  models_.say_text(call, "Half of");
  ASSERT_TRUE(generations_->cancel(user_, request.answer_ids[0]));
  GenerationRequest more;
  more.conversation_id = conversation_;
  more.answer_to = request.answer_ids[0];
  more.models = {"m"};
  more.answer_ids = {ids_.next()};
  ASSERT_TRUE(generations_->start(user_, more, std::make_shared<Recorder>()));
  finish(more.answer_ids[0], " it.");
  const llm::Request given = last_request();
  EXPECT_TRUE(given.continues);
  EXPECT_EQ(given.turns.back().content, text_content("Half of"));
  EXPECT_EQ(count_of(all_words(given), "They spoke of tea."), 1U);
  EXPECT_FALSE(context_summary_of(row(more.answer_ids[0])));
}

TEST_F(ContextSummariesTest, AnAnswerWithoutAWordOfItsOwnIsNone) {
  fill();
  summarise("They spoke of tea.");
  const auto request = request_of(5);
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  const std::size_t call = newest(false);
  handled_ = call + 1;
  models_.say(call, llm::Failed{});
  ASSERT_TRUE(
      becomes_true([&] { return row(request.answer_ids[0]).status == MessageStatus::error; }));
  turn(6, request.answer_ids[0]);
  const llm::Request given = last_request();
  EXPECT_EQ(given.turns.back().role, Role::user);
  for (const llm::Turn& one : given.turns) EXPECT_NE(one.content, "[]");
  EXPECT_EQ(count_of(all_words(given), "They spoke of tea."), 1U);
}

TEST_F(ContextSummariesTest, ToolsRunAsEverAndTheModelIsGivenItEachTime) {
  fill();
  summarise("They spoke of tea.");
  auto request = request_of(5);
  request.allowed_tools = {"search_conversations"};
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  const std::size_t call = newest(false);
  handled_ = call + 1;
  models_.say(call, llm::ToolUseBegun{"t1", "search_conversations"});
  models_.say(call, llm::ToolInputDelta{R"({"query":"marmalade"})"});
  models_.say(call, llm::ToolUseEnded{});
  models_.say(call, llm::Finished{llm::Finished::Reason::tool_use});
  finish(request.answer_ids[0], "Nothing.");
  const llm::Request given = last_request();
  EXPECT_EQ(count_of(all_words(given), "They spoke of tea."), 1U);
  EXPECT_EQ(given.turns.back().role, Role::assistant);
  EXPECT_EQ(given.turns.back().content.find("context_summary"), std::string::npos);
  EXPECT_TRUE(context_summary_of(row(request.answer_ids[0])));
}

TEST_F(ContextSummariesTest, WhatCannotBeMadeLeavesTheOldestOut) {
  SummaryLimits limits;
  limits.pause_min = 300ms;
  begin_anew(limits);
  fill();
  const std::size_t call = newest(true);
  handled_ = call + 1;
  models_.say(call, llm::Failed{});
  ASSERT_TRUE(becomes_true([&] { return models_.live_count() == 0; }));
  const MessageId answer = turn(5);
  EXPECT_FALSE(context_summary_of(row(answer)));
  EXPECT_NE(row(answer).metadata.find("contextFrom"), std::string::npos);
  EXPECT_TRUE(nobody_is_asked()) << "it is left alone for a while";
  std::this_thread::sleep_for(200ms);
  // Nothing, and more than it may be: neither is a summary.
  turn(6);
  summarise("  \n ");
  std::this_thread::sleep_for(700ms);
  turn(7);
  summarise(std::string(2'500, 'x'));
  turn(8);
  EXPECT_EQ(all_words(last_request()).find("xxx"), std::string::npos);
}

TEST_F(ContextSummariesTest, NobodyWaitsForItAndOneIsMadeAtATime) {
  fill();
  const std::size_t call = newest(true);
  const MessageId answer = turn(5);
  EXPECT_FALSE(context_summary_of(row(answer)));
  EXPECT_TRUE(nobody_is_asked());
  const auto began = std::chrono::steady_clock::now();
  summaries_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_FALSE(models_.live_count() > 0) << call;
  turn(6);
  EXPECT_TRUE(nobody_is_asked());
}

TEST_F(ContextSummariesTest, DuetsAndTheBuiltInModelHaveNone) {
  models_.set_context_tokens("builtin", 1'000);
  const auto request = [&] {
    auto asked = request_of(1);
    asked.models = {"builtin"};
    return asked;
  }();
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  finish(request.answer_ids[0], padding + padding + padding);
  EXPECT_TRUE(nobody_is_asked());
  GenerationRequest duet;
  duet.conversation_id = conversation_;
  duet.answer_to = request.answer_ids[0];
  duet.duet = DuetRequest{{"m", "n"}, 2};
  duet.answer_ids = {ids_.next()};
  models_.set_context_tokens("n", 2'000);
  ASSERT_TRUE(generations_->start(user_, duet, std::make_shared<Recorder>()));
  for (int turns = 0; turns < 2; ++turns) {
    const std::size_t call = newest(false);
    handled_ = call + 1;
    models_.say_text(call, padding + padding + padding);
    models_.finish(call);
  }
  EXPECT_TRUE(becomes_true([&] { return models_.live_count() == 0; }));
  EXPECT_TRUE(nobody_is_asked());
}

TEST(SummaryPlan, LeavesTheNewestThirdAndBeginsWithTheUser) {
  std::vector<llm::Turn> turns;
  for (int i = 0; i < 9; ++i) turns.push_back({i % 2 == 1 ? Role::assistant : Role::user, "[]"});
  turns[0].role = Role::system;
  turns[1].role = Role::user;
  turns[2].role = Role::assistant;
  for (std::size_t i = 1; i < turns.size(); ++i)
    turns[i].role = i % 2 == 1 ? Role::user : Role::assistant;
  generation::Fill fill;
  fill.tokens = std::vector<std::int64_t>(8, 100);
  EXPECT_EQ(generation::turns_to_summarise(fill, 2'000, turns, 1), std::nullopt)
      << "it is not full";
  EXPECT_EQ(generation::turns_to_summarise(fill, 1'000, turns, 1), 6U);
  fill.opening_tokens = 500;
  EXPECT_EQ(generation::turns_to_summarise(fill, 1'800, turns, 1), 2U);
  fill.in_short = 4;
  fill.summary_tokens = 100;
  EXPECT_EQ(generation::turns_to_summarise(fill, 1'800, turns, 1), std::nullopt);
  // One that is longer than all that can be read stays whole, and all before it is in short.
  fill.tokens.back() = 5'000;
  EXPECT_EQ(generation::turns_to_summarise(fill, 1'800, turns, 1), 7U);
  EXPECT_EQ(generation::turns_to_summarise({}, 1'800, {}, 0), std::nullopt);
}

TEST(SummaryPlan, AsksForNoMoreThanTheModelReads) {
  Prompt prompt;
  for (int i = 0; i < 6; ++i) {
    prompt.turns.push_back({i % 2 == 0 ? Role::user : Role::assistant,
                            text_content(std::to_string(i) + std::string(3'000, 'a'))});
  }
  const auto question = generation::summary_question(prompt, 0, 6, "", 3'000);
  EXPECT_EQ(question.end, 2U);
  const auto next = generation::summary_question(prompt, 2, 6, "Before.", 3'000);
  EXPECT_EQ(next.end, 4U);
  EXPECT_EQ(count_of(all_words(next.request), "Before."), 1U);
  prompt.turns[0].content = text_content("0 begins" + std::string(90'000, '!'));
  const auto cut = generation::summary_question(prompt, 0, 6, "", 3'000);
  EXPECT_EQ(cut.end, 1U);
  EXPECT_NE(all_words(cut.request).find("0 begins"), std::string::npos);
  std::int64_t tokens = 0;
  for (const llm::Turn& turn : cut.request.turns)
    tokens += generation::estimated_tokens(turn.content);
  EXPECT_LE(tokens, 3'000);
}

}  // namespace
}  // namespace threadkeep::test
