// Answers that use tools.
#include "generation/generations_fixture.h"

namespace threadkeep::test {
namespace {

TEST_F(GenerationsTest, AToolIsRunAndTheModelGoesOnWithItsResult) {
  NewMessage old;
  old.id = ids_.next();
  old.conversation_id = conversation_;
  old.content = text_content("The secret word is marmalade.");
  ASSERT_TRUE(store_->write(user_, old));
  auto request = ask("find marmalade");
  request.allowed_tools = {"search_conversations"};
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

TEST_F(GenerationsTest, OtherConversationsAreReadOnlyByAToolThatTheRequestAllows) {
  NewMessage old;
  old.id = ids_.next();
  old.conversation_id = conversation_;
  old.content = text_content("The secret word is marmalade.");
  ASSERT_TRUE(store_->write(user_, old));
  const auto names_offered = [&](std::size_t call) {
    std::vector<std::string> names;
    for (const llm::Tool& tool : models_.request(call).tools) names.push_back(tool.name);
    return names;
  };
  auto allowing = ask("find marmalade");
  allowing.allowed_tools = {"search_conversations"};
  ASSERT_TRUE(generations_->start(user_, allowing, std::make_shared<Recorder>()));
  EXPECT_EQ(names_offered(0), std::vector<std::string>{"search_conversations"});
  models_.finish(0);

  // It was allowed for those answers, not from then on; and a model that asks for it gets nothing.
  const auto request = ask("find marmalade");
  ASSERT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
  EXPECT_EQ(names_offered(1), std::vector<std::string>{});
  models_.say(1, llm::ToolUseBegun{"t1", "search_conversations"});
  models_.say(1, llm::ToolInputDelta{R"({"query":"secret"})"});
  models_.say(1, llm::ToolUseEnded{});
  models_.say(1, llm::Finished{llm::Finished::Reason::tool_use});
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 3; }));
  EXPECT_EQ(names_offered(2), std::vector<std::string>{});
  const std::string given = models_.request(2).turns.back().content;
  EXPECT_NE(given.find(R"("isError":true)"), std::string::npos) << given;
  EXPECT_EQ(given.find("marmalade"), std::string::npos) << given;
  models_.finish(2);
}

TEST_F(GenerationsTest, AModelThatNeverStopsUsingToolsIsStopped) {
  GenerationLimits limits;
  limits.tool_rounds_max = 3;
  restart(limits);
  auto request = ask("loop");
  request.allowed_tools = {"search_conversations"};
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
  slow.run = [&begun, released](const UserId&, const json::Value&, const std::stop_token&) {
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

}  // namespace
}  // namespace threadkeep::test
