// Running answers over a MemoryStore, with a model that says what the test tells it to.
#include "generation/generations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "domain/content.h"
#include "domain/wire.h"
#include "json/json.h"
#include "store/memory/memory_store.h"
#include "tools/search_conversations.h"

namespace threadkeep {
namespace {

using namespace std::chrono_literals;

template <class Condition>
bool becomes_true(Condition condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

// Calls are kept in the order in which they were started; the test speaks for the model.
class ScriptedModels final : public llm::Models {
 public:
  struct Started {
    std::string model;
    llm::Request request;
    std::function<void(llm::Event)> on_event;
    bool is_live = true;
  };

  std::vector<llm::ModelRow> list() override { return {}; }
  bool knows(std::string_view) const override { return true; }
  std::unique_ptr<llm::Call> start(std::string_view id, llm::Request request,
                                   std::function<void(llm::Event)> on_event) override {
    const std::lock_guard lock(mutex_);
    auto started = std::make_shared<Started>();
    started->model = std::string(id);
    started->request = std::move(request);
    started->on_event = std::move(on_event);
    started_.push_back(started);
    return std::make_unique<Handle>(*this, started);
  }

  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return started_.size();
  }
  std::size_t live_count() const {
    const std::lock_guard lock(mutex_);
    std::size_t live = 0;
    for (const auto& started : started_) live += started->is_live ? 1 : 0;
    return live;
  }
  llm::Request request(std::size_t index) const {
    const std::lock_guard lock(mutex_);
    return started_.at(index)->request;
  }
  void say(std::size_t index, llm::Event event) {
    std::function<void(llm::Event)> on_event;
    {
      const std::lock_guard lock(mutex_);
      if (!started_.at(index)->is_live) return;
      on_event = started_.at(index)->on_event;
    }
    on_event(std::move(event));
  }
  void say_text(std::size_t index, const std::string& text) { say(index, llm::TextDelta{text}); }
  void finish(std::size_t index) { say(index, llm::Finished{}); }

 private:
  class Handle final : public llm::Call {
   public:
    Handle(ScriptedModels& models, std::shared_ptr<Started> started)
        : models_(models), started_(std::move(started)) {}
    ~Handle() override {
      const std::lock_guard lock(models_.mutex_);
      started_->is_live = false;
      started_->on_event = nullptr;
    }

   private:
    ScriptedModels& models_;
    std::shared_ptr<Started> started_;
  };
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Started>> started_;
};

// Keeps what it sees, as a client would.
class Recorder final : public Watcher {
 public:
  bool on_event(const GenerationEvent& event) override {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
    return !leaves_;
  }
  bool on_quiet() override {
    const std::lock_guard lock(mutex_);
    ++quiet_count_;
    return !leaves_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    leaves_ = true;
  }
  bool has_ended() const {
    const std::lock_guard lock(mutex_);
    return !events_.empty() && std::holds_alternative<GenerationEvent::End>(events_.back().what);
  }
  int quiet_count() const {
    const std::lock_guard lock(mutex_);
    return quiet_count_;
  }
  std::vector<GenerationEvent> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  // The text of an answer as a client puts it together: rows replace, deltas append, blocks replace
  // their block.
  std::string text_of(const MessageId& id) const {
    std::map<std::size_t, std::string> blocks;
    for (const GenerationEvent& event : events()) {
      if (const auto* stored = std::get_if<GenerationEvent::MessageStored>(&event.what)) {
        if (stored->message.id != id) continue;
        blocks.clear();
        const auto content = json::Document::parse(stored->message.content, json::Mode::strict);
        for (const json::Value block : content->root().items())
          blocks.emplace(blocks.size(), std::string(block["text"].string()));
      } else if (const auto* delta = std::get_if<GenerationEvent::Delta>(&event.what)) {
        if (delta->message_id == id) blocks[delta->index] += delta->text;
      } else if (const auto* done = std::get_if<GenerationEvent::BlockFinished>(&event.what)) {
        if (done->message_id != id) continue;
        const auto block = json::Document::parse(done->block, json::Mode::strict);
        blocks[done->index] = std::string(block->root()["text"].string());
      }
    }
    std::string text;
    for (const auto& [index, block] : blocks) text += block;
    return text;
  }
  std::vector<std::string> names() const {
    static const char* const names[] = {"message", "delta", "block", "status", "title", "end"};
    std::vector<std::string> seen;
    for (const GenerationEvent& event : events()) seen.emplace_back(names[event.what.index()]);
    return seen;
  }
  // The status that was told last.
  std::optional<MessageStatus> status() const {
    std::optional<MessageStatus> last;
    for (const GenerationEvent& event : events()) {
      if (const auto* changed = std::get_if<GenerationEvent::StatusChanged>(&event.what))
        last = changed->status;
    }
    return last;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<GenerationEvent> events_;
  int quiet_count_ = 0;
  bool leaves_ = false;
};

// Everything that an event says.
std::string spelled(const GenerationEvent& event) {
  std::string out = event.position.generation.text() + "-" + std::to_string(event.position.number) +
                    " " + std::to_string(event.what.index());
  if (const auto* stored = std::get_if<GenerationEvent::MessageStored>(&event.what))
    out += message_json(stored->message);
  if (const auto* delta = std::get_if<GenerationEvent::Delta>(&event.what))
    out += delta->message_id.text() + std::to_string(delta->index) + delta->text;
  if (const auto* done = std::get_if<GenerationEvent::BlockFinished>(&event.what))
    out += done->message_id.text() + std::to_string(done->index) + done->block;
  if (const auto* changed = std::get_if<GenerationEvent::StatusChanged>(&event.what))
    out += changed->message_id.text() + std::string(status_name(changed->status));
  if (const auto* title = std::get_if<TitleChanged>(&event.what)) out += title->title;
  return out;
}

class GenerationsTest : public ::testing::Test {
 protected:
  GenerationsTest()
      : ids_(system_clock()),
        store_(make_memory_store(system_clock(), ids_)),
        user_(store_->local_user()) {
    tools_.add(tools::search_conversations(*store_));
    NewConversation conversation;
    conversation.id = conversation_;
    EXPECT_TRUE(store_->write(user_, conversation));
    restart({});
  }

  void restart(GenerationLimits limits) {
    generations_.reset();
    generations_ =
        std::make_unique<Generations>(*store_, models_, tools_, system_clock(), ids_, limits);
  }

  GenerationRequest ask(const std::string& question, std::vector<std::string> models = {"m"}) {
    GenerationRequest request;
    request.conversation_id = conversation_;
    request.question.emplace();
    request.question->id = ids_.next();
    request.question->conversation_id = conversation_;
    request.question->content = text_content(question);
    request.models = std::move(models);
    for (std::size_t i = 0; i < request.models.size(); ++i)
      request.answer_ids.push_back(ids_.next());
    return request;
  }
  void use_tool(std::size_t call, const std::string& id, const std::string& name) {
    models_.say(call, llm::ToolUseBegun{id, name});
    models_.say(call, llm::ToolUseEnded{});
  }
  Message row(const MessageId& id) {
    return store_->read([&](const Reader& reader) { return reader.messages().find(user_, id); })
        .value();
  }

  UlidMaker ids_;
  ScriptedModels models_;
  std::unique_ptr<Store> store_;
  tools::Registry tools_;
  UserId user_;
  ConversationId conversation_ = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").value();
  std::unique_ptr<Generations> generations_;
};

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
            R"({"type":"upstream","detail":"The vendor closed the connection."})");
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
  const auto request = ask("think and look");
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
  const auto request = ask("count");
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

TEST_F(GenerationsTest, AToolIsRunAndTheModelGoesOnWithItsResult) {
  NewMessage old;
  old.id = ids_.next();
  old.conversation_id = conversation_;
  old.content = text_content("The secret word is marmalade.");
  ASSERT_TRUE(store_->write(user_, old));
  const auto request = ask("find marmalade");
  const auto watcher = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->start(user_, request, watcher));
  models_.say(0, llm::ToolUseBegun{"t1", "search_conversations"});
  models_.say(0, llm::ToolInputDelta{R"({"query":"marmalade"})"});
  models_.say(0, llm::ToolUseEnded{});
  models_.say(0, llm::Finished{llm::Finished::Reason::tool_use});
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  const llm::Turn last = models_.request(1).turns.back();
  EXPECT_EQ(last.role, Role::assistant);
  EXPECT_NE(last.content.find("The secret word is marmalade."), std::string::npos);
  models_.say_text(1, "Found it.");
  models_.finish(1);
  ASSERT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  const auto content =
      json::Document::parse(row(request.answer_ids[0]).content, json::Mode::strict);
  ASSERT_EQ(content->root().size(), 3U);
  EXPECT_EQ(content->root().at(0)["type"].string(), "tool_use");
  EXPECT_EQ(content->root().at(1)["type"].string(), "tool_result");
  EXPECT_EQ(content->root().at(2)["text"].string(), "Found it.");
}

TEST_F(GenerationsTest, AModelThatNeverStopsUsingToolsIsStopped) {
  GenerationLimits limits;
  limits.tool_rounds_max = 3;
  restart(limits);
  const auto request = ask("loop");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  for (std::size_t round = 0; round < 10; ++round) {
    if (!becomes_true(
            [&] { return models_.count() > round || is_final(row(request.answer_ids[0]).status); }))
      break;
    if (is_final(row(request.answer_ids[0]).status)) break;
    models_.say(round, llm::ToolUseBegun{"t" + std::to_string(round), "search_conversations"});
    models_.say(round, llm::ToolInputDelta{R"({"query":"x"})"});
    models_.say(round, llm::ToolUseEnded{});
    models_.say(round, llm::Finished{llm::Finished::Reason::tool_use});
  }
  EXPECT_TRUE(
      becomes_true([&] { return row(request.answer_ids[0]).status == MessageStatus::complete; }));
  EXPECT_EQ(models_.count(), 4U);
}

// A search over a large history while another answer streams.
TEST_F(GenerationsTest, AToolThatHangsStallsNoOtherAnswerAndIsNotWaitedFor) {
  std::promise<void> release;
  std::promise<void> begun;
  const auto released = release.get_future().share();
  tools::RunnableTool slow;
  slow.offer.name = "slow";
  slow.run = [&](const UserId&, const json::Value&, const std::stop_token&) {
    begun.set_value();
    released.wait();
    return tools::ToolResult{R"("late")"};
  };
  tools_.add(std::move(slow));
  GenerationLimits limits;
  limits.checkpoint_ms = 20;
  restart(limits);
  const auto stalled = ask("use the slow tool");
  const auto watcher = std::make_shared<Recorder>();
  ASSERT_TRUE(generations_->start(user_, stalled, watcher));
  use_tool(0, "t1", "slow");
  models_.say(0, llm::Finished{llm::Finished::Reason::tool_use});
  ASSERT_EQ(begun.get_future().wait_for(5s), std::future_status::ready);

  const auto other = ask("go on");
  ASSERT_TRUE(generations_->start(user_, other, std::make_shared<Recorder>()));
  models_.say_text(1, "a");
  EXPECT_TRUE(becomes_true([&] { return plain_text(row(other.answer_ids[0]).content, 9) == "a"; }));
  models_.say_text(1, "b");  // stored by the clock
  EXPECT_TRUE(
      becomes_true([&] { return plain_text(row(other.answer_ids[0]).content, 9) == "ab"; }));

  const auto cancelled = generations_->cancel(user_, stalled.answer_ids[0]);
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->status, MessageStatus::cancelled);
  EXPECT_TRUE(becomes_true([&] { return watcher->has_ended(); }));
  release.set_value();
}

TEST_F(GenerationsTest, AToolWhoseTimeIsOverGivesTheModelAResultThatSaysSo) {
  tools::RunnableTool slow;
  slow.offer.name = "slow";
  slow.time_max = 20ms;
  slow.run = [](const UserId&, const json::Value&, const std::stop_token& stop) {
    while (!stop.stop_requested()) std::this_thread::sleep_for(1ms);
    return tools::ToolResult{R"("late")"};
  };
  tools_.add(std::move(slow));
  const auto request = ask("use the slow tool");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  use_tool(0, "t1", "slow");
  models_.say(0, llm::Finished{llm::Finished::Reason::tool_use});
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  EXPECT_NE(models_.request(1).turns.back().content.find(
                R"({"type":"tool_result","toolUseId":"t1","content":"The tool took too long and )"
                R"(was stopped.","isError":true})"),
            std::string::npos);
}

TEST_F(GenerationsTest, ResultsOfOneRoundAreStoredInTheOrderOfTheUses) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  for (const char* name : {"first", "second"}) {
    tools::RunnableTool tool;
    tool.offer.name = name;
    tool.run = [&release, released, name](const UserId&, const json::Value&,
                                          const std::stop_token&) {
      if (name == std::string_view("second")) release.set_value();
      released.wait();
      return tools::ToolResult{json::quoted(name)};
    };
    tools_.add(std::move(tool));
  }
  const auto request = ask("both");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  use_tool(0, "t1", "first");  // returns after the second
  use_tool(0, "t2", "second");
  models_.say(0, llm::Finished{llm::Finished::Reason::tool_use});
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  EXPECT_EQ(models_.request(1).turns.back().content,
            R"([{"type":"tool_use","id":"t1","name":"first","input":{}},)"
            R"({"type":"tool_use","id":"t2","name":"second","input":{}},)"
            R"({"type":"tool_result","toolUseId":"t1","content":"first"},)"
            R"({"type":"tool_result","toolUseId":"t2","content":"second"}])");
}

TEST_F(GenerationsTest, BeyondAsManyToolsAsMayBeUsedTheResultSaysSo) {
  std::atomic<int> runs = 0;
  tools::RunnableTool counts;
  counts.offer.name = "counts";
  counts.run = [&](const UserId&, const json::Value&, const std::stop_token&) {
    ++runs;
    return tools::ToolResult{"{}"};
  };
  tools_.add(std::move(counts));
  GenerationLimits limits;
  limits.tool_uses_per_round_max = 3;
  limits.tool_uses_max = 5;
  restart(limits);
  const auto request = ask("many");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  const auto errors_in = [&](std::size_t call) {
    const std::string content = models_.request(call).turns.back().content;
    const auto parsed = json::Document::parse(content, json::Mode::strict);
    int errors = 0;
    for (const json::Value block : parsed->root().items())
      errors += block["isError"].boolean().value_or(false) ? 1 : 0;
    return errors;
  };
  for (std::size_t round = 0; round < 2; ++round) {
    for (int use = 0; use < 4; ++use)
      use_tool(round, "t" + std::to_string(round) + std::to_string(use), "counts");
    models_.say(round, llm::Finished{llm::Finished::Reason::tool_use});
    ASSERT_TRUE(becomes_true([&] { return models_.count() == round + 2; }));
  }
  EXPECT_EQ(runs, 5);
  EXPECT_EQ(errors_in(1), 1);
  EXPECT_EQ(errors_in(2), 3);
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
}  // namespace threadkeep
