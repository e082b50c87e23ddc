#include "tools/runner.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <stdexcept>

namespace threadkeep::tools {
namespace {

using namespace std::chrono_literals;

const UserId ann = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").value();

RunnableTool tool(std::string name, std::function<ToolResult(const std::stop_token&)> run,
                  std::chrono::milliseconds time_max = 10s) {
  RunnableTool made;
  made.offer = {std::move(name), "for a test", R"({"type":"object"})"};
  made.time_max = time_max;
  made.run = [run = std::move(run)](const UserId&, const json::Value&,
                                    const std::stop_token& stop) { return run(stop); };
  return made;
}

// Waits until it is asked to stop: ten seconds at most, so that a broken runner ends the test.
ToolResult wait_for_stop(const std::stop_token& stop) {
  for (int i = 0; i < 2'000 && !stop.stop_requested(); ++i) std::this_thread::sleep_for(5ms);
  return {R"("late")"};
}

ToolResult result_of(Runner& runner, const std::string& name, const std::string& input = "{}") {
  std::promise<ToolResult> promise;
  runner.run({ann, name, input}, [&](ToolResult result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

TEST(Runner, AToolGetsTheUserAndTheInputAndItsResultComesBack) {
  Registry registry;
  RunnableTool echo;
  echo.offer.name = "echo";
  echo.run = [](const UserId& user, const json::Value& input, const std::stop_token&) {
    return ToolResult{json::quoted(user.text() + " " + std::string(input["say"].string()))};
  };
  registry.add(std::move(echo));
  Runner runner(registry);
  const ToolResult result = result_of(runner, "echo", R"({"say":"tea"})");
  EXPECT_EQ(result.content, R"("01ARZ3NDEKTSV4RRFFQ69G5FAV tea")");
  EXPECT_FALSE(result.is_error);
}

TEST(Runner, WhatCannotBeRunIsAResultThatSaysSo) {
  Registry registry;
  registry.add(tool("throws", [](const auto&) -> ToolResult { throw std::runtime_error("no"); }));
  registry.add(tool("shouts", [](const auto&) { return ToolResult{std::string(2'000, 'a')}; }));
  Runner runner(registry, {.result_bytes_max = 1'000});
  EXPECT_EQ(result_of(runner, "nobody").content, R"("There is no tool with that name.")");
  EXPECT_EQ(result_of(runner, "throws", "[1]").content, R"("The input is no JSON object.")");
  EXPECT_EQ(result_of(runner, "throws", "{").content, R"("The input is no JSON object.")");
  EXPECT_EQ(result_of(runner, "throws").content, R"("The tool failed.")");
  const ToolResult shouted = result_of(runner, "shouts");
  EXPECT_EQ(shouted.content, R"("The result is longer than an answer can hold.")");
  EXPECT_TRUE(shouted.is_error);
}

TEST(Runner, ToolsOfServersThatWaitHoldUpNoToolOfOurs) {
  Registry registry;
  registry.add(tool("ours", [](const auto&) { return ToolResult{R"("here")"}; }));
  std::vector<RunnableTool> theirs;
  theirs.push_back(tool("theirs", wait_for_stop));
  registry.replace({"server", ToolServer::State::ready, {}, {}}, std::move(theirs));
  Runner runner(registry, {.threads = 1, .server_threads = 8});
  for (int i = 0; i < 20; ++i) runner.run({ann, "theirs", "{}"}, [](const ToolResult&) {});
  EXPECT_EQ(result_of(runner, "ours").content, R"("here")");
}

TEST(Registry, AServerThatIsAwayKeepsItsToolsButDoesNotOfferThem) {
  Registry registry;
  std::vector<RunnableTool> first;
  first.push_back(tool("a", wait_for_stop));
  first.push_back(tool("b", wait_for_stop));
  registry.replace({"server", ToolServer::State::ready, {}, {}}, std::move(first));
  EXPECT_EQ(registry.offers({}).size(), 2U);
  registry.note({"server", ToolServer::State::away, "It does not answer.", {}});
  EXPECT_TRUE(registry.offers({}).empty());
  const RunnableToolPtr held = registry.find("a");
  ASSERT_TRUE(held);
  std::vector<RunnableTool> second;
  second.push_back(tool("c", wait_for_stop));
  registry.replace({"server", ToolServer::State::ready, {}, {}}, std::move(second));
  ASSERT_EQ(registry.all().size(), 1U);
  EXPECT_EQ(held->offer.name, "a");
  ASSERT_EQ(registry.servers().size(), 1U);
  EXPECT_EQ(registry.servers().front().reason, "");
}

TEST(Runner, AToolWhoseTimeIsOverIsAskedToStop) {
  Registry registry;
  std::promise<void> stopped;
  registry.add(tool(
      "hangs",
      [&](const std::stop_token& stop) {
        const ToolResult result = wait_for_stop(stop);
        stopped.set_value();
        return result;
      },
      20ms));
  Runner runner(registry);
  const ToolResult result = result_of(runner, "hangs");
  EXPECT_TRUE(result.is_error);
  EXPECT_EQ(result.content, R"("The tool took too long and was stopped.")");
  EXPECT_EQ(stopped.get_future().wait_for(5s), std::future_status::ready);
}

// Tools that take every thread and do not listen.
TEST(Runner, WhoWaitsForAThreadWaitsNoLongerThanItsTime) {
  Registry registry;
  std::promise<void> release;
  const auto released = release.get_future().share();
  registry.add(tool(
      "deaf", [&](const auto&) { return released.wait(), ToolResult{R"("late")"}; }, 20ms));
  registry.add(tool(
      "quick", [](const auto&) { return ToolResult{R"("quick")"}; }, 20ms));
  Runner runner(registry, {.threads = 1, .unfinished_max = 2});
  EXPECT_TRUE(result_of(runner, "deaf").is_error);
  EXPECT_EQ(result_of(runner, "quick").content, R"("The tool took too long and was stopped.")");
  EXPECT_EQ(result_of(runner, "nobody").content, R"("There is no tool with that name.")");
  EXPECT_EQ(result_of(runner, "quick").content,
            R"("Too many tools are running. Try again later.")");
  release.set_value();
}

TEST(Runner, WhatIsCancelledIsNotDoneAndNotBegun) {
  Registry registry;
  std::atomic<int> runs = 0;
  std::promise<void> begun;
  registry.add(tool("waits", [&](const std::stop_token& stop) {
    ++runs;
    begun.set_value();
    return wait_for_stop(stop);
  }));
  registry.add(tool("quick", [](const auto&) { return ToolResult{R"("quick")"}; }));
  std::atomic<int> done = 0;
  Runner runner(registry, {.threads = 1});
  std::stop_source first = runner.run({ann, "waits", "{}"}, [&](const ToolResult&) { ++done; });
  std::stop_source second = runner.run({ann, "waits", "{}"}, [&](const ToolResult&) { ++done; });
  begun.get_future().wait();
  second.request_stop();
  first.request_stop();
  EXPECT_EQ(result_of(runner, "quick").content, R"("quick")");
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(done, 0);
}

TEST(Runner, ItsEndStopsWhatRuns) {
  Registry registry;
  std::promise<void> begun;
  registry.add(tool("waits", [&](const std::stop_token& stop) {
    begun.set_value();
    return wait_for_stop(stop);
  }));
  std::atomic<int> done = 0;
  const auto before = std::chrono::steady_clock::now();
  {
    Runner runner(registry);
    runner.run({ann, "waits", "{}"}, [&](const ToolResult&) { ++done; });
    begun.get_future().wait();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - before, 8s);
  EXPECT_EQ(done, 0);
}

}  // namespace
}  // namespace threadkeep::tools
