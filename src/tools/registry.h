// The tools that the server runs while a model answers.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "domain/conversation.h"
#include "json/json.h"
#include "llm/provider.h"

namespace threadkeep::tools {

struct ToolResult {
  std::string content;  // JSON: a string, an object or an array of content blocks
  bool is_error = false;
};
// A result that tells the model what went wrong, so that it can react.
ToolResult tool_error(std::string_view sentence);

// Whether a model may use a tool without having been allowed to.
enum class Access {
  always,
  // It shows a model what the person did not send to it, or asks others for it: only for a request
  // that names the tool, or in a conversation whose settings allow it.
  when_allowed,
  // It shows a model what was said in other conversations: only for a request that names the tool.
  // Nothing that the server keeps allows it.
  when_named,
  // It does something elsewhere: each call is confirmed by the person, who sees its input, unless
  // the tool is allowed in the whole conversation.
  when_confirmed,
};

// A tool as the registry holds it. `run` blocks and is called from several threads; `input` is an
// object, but may be anything inside. `stop` says that nobody waits for the result any more: a tool
// that can take long looks at it now and then.
struct RunnableTool {
  llm::Tool offer;  // what the model is told of it
  Access access = Access::always;
  std::chrono::milliseconds time_max{10'000};
  // Of the server that runs it; empty: it runs here.
  std::string server;
  std::function<ToolResult(const UserId& user, const json::Value& input,
                           const std::stop_token& stop)>
      run;
};
using RunnableToolPtr = std::shared_ptr<const RunnableTool>;

// A server whose tools are in the registry, as it was when it was asked last.
struct ToolServer {
  enum class State { not_asked_yet, ready, away };
  struct LeftOut {
    std::string tool;
    std::string reason;  // a sentence for the person
  };
  std::string name;
  State state = State::not_asked_yet;
  std::string reason;  // of one that is away: a sentence for the person
  std::vector<LeftOut> left_out;
};

// Safe from several threads.
class Registry {
 public:
  // A name is added once; not that of a server's tool.
  void add(RunnableTool tool);
  // The server has exactly these tools from now on. Their schemas can be read (InputSchema).
  void replace(ToolServer server, std::vector<RunnableTool> tools);
  // What is known of a server changes, its tools stay: while it is away they are not offered, and
  // a call says what is wrong.
  void note(ToolServer server);

  // Null: there is no such tool.
  RunnableToolPtr find(std::string_view name) const;
  // Whether a tool of this name is there and may be used where these are allowed, if need be after
  // it was confirmed.
  bool may_use(std::string_view name, const std::vector<std::string>& allowed) const;
  // What a model is offered where these are allowed.
  std::vector<llm::Tool> offers(const std::vector<std::string>& allowed) const;
  // All tools, those that run here first, and all servers, as they were added.
  std::vector<RunnableToolPtr> all() const;
  std::vector<ToolServer> servers() const;

 private:
  RunnableToolPtr find_locked(std::string_view name) const;
  void note_locked(ToolServer server);

  mutable std::mutex mutex_;
  std::vector<RunnableToolPtr> tools_;
  std::vector<ToolServer> servers_;
};

}  // namespace threadkeep::tools
