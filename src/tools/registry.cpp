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
  ensure(parsed.has_value(), "a tool of ours has a schema that can be read");
  const auto schema = std::make_shared<const InputSchema>(std::move(*parsed));
  tool.run = [schema, run = std::move(tool.run)](const UserId& user, const json::Value& input,
                                                 const std::stop_token& stop) {
    const auto fault = schema->find_fault(std::string(input.raw()));
    return fault ? tool_error(*fault) : run(user, input, stop);
  };
  return tool;
}

}  // namespace

void Registry::add(RunnableTool tool) {
  assert(find(tool.offer.name) == nullptr);
  tool = with_checked_input(std::move(tool));
  tools_.push_back(std::make_unique<const RunnableTool>(std::move(tool)));
}

const RunnableTool* Registry::find(std::string_view name) const {
  const auto found = std::find_if(tools_.begin(), tools_.end(),
                                  [&](const auto& tool) { return tool->offer.name == name; });
  return found == tools_.end() ? nullptr : found->get();
}

bool Registry::may_use(std::string_view name, const std::vector<std::string>& allowed) const {
  const RunnableTool* tool = find(name);
  if (!tool) return false;
  return tool->access == Access::always ||
         std::find(allowed.begin(), allowed.end(), name) != allowed.end();
}

std::vector<llm::Tool> Registry::offers(const std::vector<std::string>& allowed) const {
  std::vector<llm::Tool> offers;
  for (const auto& tool : tools_) {
    if (may_use(tool->offer.name, allowed)) offers.push_back(tool->offer);
  }
  return offers;
}

}  // namespace threadkeep::tools
