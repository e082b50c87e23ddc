// What a model is told of calls that waited for the person, and that nothing is run without a
// trace.
#include "generation/decisions.h"

#include "generation/generations_fixture.h"

namespace threadkeep::test {
namespace {

using generation::CallNote;

constexpr const char* call_a = R"({"type":"tool_use","id":"a","name":"x","input":{"n":1}})";
constexpr const char* call_b = R"({"type":"tool_use","id":"b","name":"y","input":{}})";
constexpr const char* result_a = R"({"type":"tool_result","toolUseId":"a","content":"one"})";

std::string list(std::initializer_list<std::string> blocks) {
  std::string content = "[";
  for (const std::string& block : blocks) content += (content == "[" ? "" : ",") + block;
  return content + "]";
}

struct Settled {
  std::vector<llm::Turn> turns;
  std::vector<MessageId> messages;
};
Settled settle(std::vector<llm::Turn> turns, std::vector<CallNote> notes, bool is_decided = false) {
  UlidMaker ids(system_clock());
  std::vector<MessageId> messages;
  for (std::size_t i = 0; i < turns.size(); ++i) messages.push_back(ids.next());
  generation::settle_calls(turns, messages, notes, is_decided);
  EXPECT_EQ(turns.size(), messages.size());
  for (const llm::Turn& turn : turns)
    EXPECT_TRUE(json::Document::parse(turn.content, json::Mode::strict)) << turn.content;
  return {std::move(turns), std::move(messages)};
}
std::size_t blocks_in(const llm::Turn& turn) {
  return json::Document::parse(turn.content, json::Mode::strict)->root().size();
}

const CallNote waits{true, std::nullopt};
CallNote carries_out(std::vector<Decision> decisions) { return {false, std::move(decisions)}; }

TEST(Decisions, CallsWithoutAResultAreOpen) {
  const auto calls = generation::open_calls(list({call_a, call_b, result_a, call_a}));
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0].id, "b");
  EXPECT_EQ(calls[1].input, R"({"n":1})");
}

TEST(Decisions, AnAnswerAndTheOneThatCarriesItOutAreOneTurn) {
  const Settled path =
      settle({{Role::user, "[]"},
              {Role::assistant, list({call_a})},
              {Role::assistant, list({result_a, R"({"type":"text","text":"Done."})"})}},
             {{}, waits, carries_out({Decision::allow})});
  ASSERT_EQ(path.turns.size(), 2U);
  EXPECT_EQ(path.turns[1].content, list({call_a, result_a, R"({"type":"text","text":"Done."})"}));
}

TEST(Decisions, WhatWasStartedAndHasNoResultIsSaidToBeUnknown) {
  const Settled path = settle({{Role::assistant, list({call_a, call_b})}, {Role::assistant, "[]"}},
                              {waits, carries_out({Decision::allow, Decision::deny})});
  ASSERT_EQ(path.turns.size(), 1U);
  EXPECT_EQ(blocks_in(path.turns[0]), 4U);
  EXPECT_NE(path.turns[0].content.find("outcome is not known"), std::string::npos);
  EXPECT_NE(path.turns[0].content.find("did not allow"), std::string::npos);
}

TEST(Decisions, CallsThatArePassedOverGetAResultAndThoseBeingDecidedDoNot) {
  const std::vector<llm::Turn> turns = {{Role::assistant, list({call_a})}, {Role::user, "[]"}};
  EXPECT_EQ(blocks_in(settle(turns, {waits, {}}).turns[0]), 2U);
  EXPECT_EQ(blocks_in(settle({turns[0]}, {waits}).turns[0]), 2U);
  EXPECT_EQ(blocks_in(settle({turns[0]}, {waits}, true).turns[0]), 1U);
}

TEST(Decisions, TheAnswerThatCarriesOutHasOneIdForEachAnswer) {
  UlidMaker ids(system_clock());
  const MessageId one = ids.next(), other = ids.next();
  EXPECT_EQ(generation::deciding_answer(one), generation::deciding_answer(one));
  EXPECT_NE(generation::deciding_answer(one), generation::deciding_answer(other));
  EXPECT_NE(generation::deciding_answer(one), one);
}

class ConfirmedToolTest : public GenerationsTest {
 protected:
  // A tool that remembers the row of its answer as it was when it ran.
  void add_tool(tools::Access access) {
    tools::RunnableTool tool;
    tool.offer = {"s__act", "acts", R"({"type":"object"})"};
    tool.access = access;
    tool.run = [this](const UserId&, const json::Value&, const std::stop_token&) {
      seen_.push_back(row(*answer_).content);
      return tools::ToolResult{R"("acted")"};
    };
    std::vector<tools::RunnableTool> all;
    all.push_back(std::move(tool));
    tools_.replace({"s", tools::ToolServer::State::ready, {}, {}}, std::move(all));
  }
  void ask_for_tool() {
    const auto request = ask("use it");
    answer_ = request.answer_ids[0];
    ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
    models_.say(0, llm::ToolUseBegun{"t1", "s__act"});
    // What is new so soon after a checkpoint is not in the next one yet.
    models_.say(0, llm::ToolInputDelta{R"({"n":7})"});
    models_.say(0, llm::ToolUseEnded{});
    models_.say(0, llm::Finished{llm::Finished::Reason::tool_use});
  }

  std::optional<MessageId> answer_;
  std::vector<std::string> seen_;
};

TEST_F(ConfirmedToolTest, WaitsForThePersonAndRunsOnce) {
  add_tool(tools::Access::when_confirmed);
  ask_for_tool();
  ASSERT_TRUE(becomes_true([&] { return is_final(row(*answer_).status); }));
  EXPECT_EQ(finish_reason(row(*answer_)), FinishReason::confirmation);
  EXPECT_TRUE(seen_.empty());
  const DecisionRequest request{*answer_, {{"t1", Decision::allow_in_conversation}}, {}};
  const auto decided = generations_->decide(user_, request);
  ASSERT_TRUE(decided);
  EXPECT_FALSE(decided->was_there);
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  models_.finish(1);
  ASSERT_TRUE(becomes_true([&] { return is_final(row(decided->message.id).status); }));
  const auto again = generations_->decide(user_, request);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->was_there);
  EXPECT_EQ(again->message.id, decided->message.id);
  EXPECT_EQ(seen_.size(), 1U);
  const auto conversation = store_->read(
      [&](const Reader& reader) { return reader.conversations().find(user_, conversation_); });
  EXPECT_EQ(conversation->settings.allowed_tools, std::vector<std::string>{"s__act"});
  EXPECT_EQ(generations_->decide(user_, {decided->message.id, {{"t1", Decision::allow}}, {}})
                .error()
                .code,
            Errc::nothing_to_decide);
}

// The settings of the conversation give the leave as well as the request does, but none to read
// other conversations.
TEST_F(ConfirmedToolTest, ThatTheConversationAllowsIsOfferedUnlessItReadsOthers) {
  for (const auto& [access, is_offered] :
       {std::pair{tools::Access::when_allowed, true}, {tools::Access::when_named, false}}) {
    add_tool(access);
    const std::size_t call = models_.count();
    const auto before = ask("not yet");
    ASSERT_TRUE(generations_->start(user_, before, std::make_shared<Recorder>()));
    EXPECT_TRUE(models_.request(call).tools.empty());
    models_.finish(call);
    ASSERT_TRUE(becomes_true([&] { return is_final(row(before.answer_ids[0]).status); }));
    EditConversation edit;
    edit.id = conversation_;
    edit.patch.settings.allowed_tools = std::vector<std::string>{"s__act", "not_there"};
    ASSERT_TRUE(store_->write(user_, edit));
    const auto allowed = ask("now");
    ASSERT_TRUE(generations_->start(user_, allowed, std::make_shared<Recorder>()));
    EXPECT_EQ(models_.request(call + 1).tools.size(), is_offered ? 1U : 0U);
    models_.finish(call + 1);
    ASSERT_TRUE(becomes_true([&] { return is_final(row(allowed.answer_ids[0]).status); }));
    edit.patch.settings.allowed_tools = std::optional<std::vector<std::string>>();
    ASSERT_TRUE(store_->write(user_, edit));
  }
}

// What a tool of another server does cannot be taken back: its use is stored before it is run.
TEST_F(ConfirmedToolTest, ThatRunsAtOnceIsRunAfterItsUseIsStored) {
  add_tool(tools::Access::always);
  ask_for_tool();
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  ASSERT_EQ(seen_.size(), 1U);
  EXPECT_NE(seen_[0].find(R"({"n":7})"), std::string::npos) << seen_[0];
  EXPECT_NE(models_.request(1).turns.back().content.find("acted"), std::string::npos);
  models_.finish(1);
}

}  // namespace
}  // namespace threadkeep::test
