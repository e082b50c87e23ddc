// The tools that the server runs while a model answers.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "domain/conversation.h"
#include "json/json.h"
#include "llm/provider.h"

namespace threadkeep::tools {

struct ToolResult {
  std::string content;  // JSON: a string or an object
  bool is_error = false;
};
// A result that tells the model what went wrong, so that it can react.
ToolResult tool_error(std::string_view sentence);

// Whether a model may use a tool without having been allowed to.
enum class Access {
  always,
  // It shows a model what the person did not send to it: only for a request that names the tool.
  when_allowed,
};

// A tool as the registry holds it. `run` blocks and is called from several threads; `input` is an
// object, but may be anything inside. `stop` says that nobody waits for the result any more: a tool
// that can take long looks at it now and then.
struct RunnableTool {
  llm::Tool offer;  // what the model is told of it
  Access access = Access::always;
  std::chrono::milliseconds time_max{10'000};
  std::function<ToolResult(const UserId& user, const json::Value& input,
                           const std::stop_token& stop)>
      run;
};

// Filled before it is shared; from then on it is read, from any thread.
class Registry {
 public:
  // A name is added once.
  void add(RunnableTool tool);
  // Null: there is no such tool. Lives as long as the registry, whatever else is added.
  const RunnableTool* find(std::string_view name) const;
  // Whether a tool of this name is there and may be used where these are allowed.
  bool may_use(std::string_view name, const std::vector<std::string>& allowed) const;
  // What a model is offered where these are allowed.
  std::vector<llm::Tool> offers(const std::vector<std::string>& allowed) const;

 private:
  std::vector<std::unique_ptr<const RunnableTool>> tools_;
};

}  // namespace threadkeep::tools
