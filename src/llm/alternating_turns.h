// The stored turns in the form of protocols that insist on turns: a system prompt apart, and then
// the user's and the assistant's messages, one after the other.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "llm/provider.h"
#include "llm/tool_names.h"

namespace threadkeep::llm {

struct Part {
  enum class Kind { text, thinking, tool_use, tool_result };
  Kind kind = Kind::text;
  std::string text;       // the input of a tool use, as JSON
  std::string id;         // of a tool use, and of the one that a result is of
  std::string name;       // of a tool, as it is sent
  std::string signature;  // of thinking, as it is stored: never empty
  bool is_error = false;
};

struct TurnMessage {
  bool is_assistant = false;
  std::vector<Part> parts;  // one at the least
};

struct AlternatingTurns {
  std::string system;  // all system messages, wherever they stand
  std::vector<TurnMessage> messages;
};

// Results of tools come in the message after their calls, before anything else there, exactly one
// for each call; ids of calls are counted anew, because those of other vendors may hold characters
// that are refused; tools go by `names`, which grows by those of the stored calls. Texts of white
// space alone are left out; pictures, files and sources are named in words. Thinking without a
// signature is left out: no vendor takes it. The user speaks first and last: a line is put in where
// that is not so, and one that asks to go on for a request that `continues`.
AlternatingTurns alternate(const Request& request, ToolNames& names);

// Where the answer that is being written begins: after the last words of the user.
std::size_t begin_of_answer(const std::vector<TurnMessage>& messages);

// Leaves thinking only in messages from this one on, and there only what the vendor knows as its
// own. A message may be left without a word then, and its neighbours become one.
void keep_thinking(std::vector<TurnMessage>& messages, std::size_t from,
                   bool (*is_own)(const Part& part));

}  // namespace threadkeep::llm
