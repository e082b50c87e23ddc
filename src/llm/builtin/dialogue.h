// A path of turns as the built-in model sees it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llm/provider.h"

namespace threadkeep::llm {

struct ToolAnswer {
  std::string content;  // JSON
  bool is_error = false;
};

struct Dialogue {
  std::vector<std::string> systems;  // the first line of each system turn
  std::string question;              // the text of the last user turn
  std::string question_before;       // of the one before it
  std::size_t questions = 0;
  std::optional<ToolAnswer> tool_answer;  // the last one that came after the question
  std::string said;        // what was said already after the question and after that tool answer
  std::size_t words = 0;   // of all turns
  std::uint64_t seed = 0;  // differs between questions and their histories
};

// The answer that is under way, however many assistant turns at the end it consists of, is told by
// its blocks.
Dialogue read_dialogue(const Request& request);

}  // namespace threadkeep::llm
