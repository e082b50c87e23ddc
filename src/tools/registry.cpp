#include "tools/registry.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace threadkeep::tools {

ToolResult tool_error(std::string_view sentence) { return {json::quoted(sentence), true}; }

void Registry::add(RunnableTool tool) {
  assert(find(tool.offer.name) == nullptr);
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
