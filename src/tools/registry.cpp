#include "tools/registry.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/ensure.h"
#include "tools/input_schema.h"

namespace threadkeep::tools {

ToolResult tool_error(std::string_view sentence) { return {json::quoted(sentence), true}; }

namespace {

// A model may write anything: what does not fit the tool's own schema is told, and not run.
RunnableTool with_checked_input(RunnableTool tool) {
  if (tool.offer.input_schema.empty()) return tool;
  auto parsed = InputSchema::parse(tool.offer.input_schema);
  ensure(parsed.has_value(), "the schema of a tool that is added can be read");
  const auto schema = std::make_shared<const InputSchema>(std::move(*parsed));
  tool.run = [schema, run = std::move(tool.run)](const UserId& user, const json::Value& input,
                                                 const std::stop_token& stop) {
    const auto fault = schema->find_fault(std::string(input.raw()));
    return fault ? tool_error(*fault) : run(user, input, stop);
  };
  return tool;
}

bool is_usable(const RunnableTool& tool, const std::vector<std::string>& allowed) {
  const bool needs_leave = tool.access == Access::when_allowed || tool.access == Access::when_named;
  return !needs_leave ||
         std::find(allowed.begin(), allowed.end(), tool.offer.name) != allowed.end();
}

}  // namespace

void Registry::add(RunnableTool tool) {
  const std::lock_guard lock(mutex_);
  assert(find_locked(tool.offer.name) == nullptr);
  tool = with_checked_input(std::move(tool));
  tools_.push_back(std::make_shared<const RunnableTool>(std::move(tool)));
}

void Registry::replace(ToolServer server, std::vector<RunnableTool> tools) {
  std::vector<RunnableToolPtr> added;
  for (RunnableTool& tool : tools) {
    tool.server = server.name;
    tool = with_checked_input(std::move(tool));
    added.push_back(std::make_shared<const RunnableTool>(std::move(tool)));
  }
  const std::lock_guard lock(mutex_);
  std::erase_if(tools_, [&](const auto& tool) { return tool->server == server.name; });
  tools_.insert(tools_.end(), added.begin(), added.end());
  note_locked(std::move(server));
}

void Registry::note(ToolServer server) {
  const std::lock_guard lock(mutex_);
  note_locked(std::move(server));
}

void Registry::note_locked(ToolServer server) {
  const auto known = std::find_if(servers_.begin(), servers_.end(),
                                  [&](const auto& one) { return one.name == server.name; });
  if (known == servers_.end()) {
    servers_.push_back(std::move(server));
  } else {
    *known = std::move(server);
  }
}

RunnableToolPtr Registry::find_locked(std::string_view name) const {
  const auto found = std::find_if(tools_.begin(), tools_.end(),
                                  [&](const auto& tool) { return tool->offer.name == name; });
  return found == tools_.end() ? nullptr : *found;
}

RunnableToolPtr Registry::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return find_locked(name);
}

bool Registry::may_use(std::string_view name, const std::vector<std::string>& allowed) const {
  const RunnableToolPtr tool = find(name);
  return tool && is_usable(*tool, allowed);
}

std::vector<llm::Tool> Registry::offers(const std::vector<std::string>& allowed) const {
  std::vector<llm::Tool> offers;
  const std::lock_guard lock(mutex_);
  for (const auto& tool : tools_) {
    const auto server = std::find_if(servers_.begin(), servers_.end(),
                                     [&](const auto& one) { return one.name == tool->server; });
    const bool is_there = server == servers_.end() || server->state == ToolServer::State::ready;
    if (is_there && is_usable(*tool, allowed)) offers.push_back(tool->offer);
  }
  return offers;
}

std::vector<RunnableToolPtr> Registry::all() const {
  const std::lock_guard lock(mutex_);
  return tools_;
}

std::vector<ToolServer> Registry::servers() const {
  const std::lock_guard lock(mutex_);
  return servers_;
}

}  // namespace threadkeep::tools
