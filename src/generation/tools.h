// The tools that run on the server while a model answers.
#pragma once

#include <string>
#include <vector>

#include "llm/provider.h"
#include "store/store.h"

namespace threadkeep {

// What every model is offered.
std::vector<llm::Tool> built_in_tools();

struct ToolResult {
  std::string content;  // JSON: a string or an object
  bool is_error = false;
};

// Runs one tool for the user. `input` is a JSON object. An unknown tool or a bad input is a result
// that says so: the model can react to it. Blocks. Safe from several threads.
ToolResult run_tool(Store& store, const UserId& user, const std::string& name,
                    const std::string& input);

}  // namespace threadkeep
