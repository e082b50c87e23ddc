// The stored turns in the form of protocols that insist on turns: a system prompt apart, and then
// the user's and the assistant's messages, one after the other.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "llm/provider.h"
#include "llm/tool_names.h"

namespace threadkeep::llm {

struct Part {
  enum class Kind { text, picture, document, thinking, tool_use, tool_result };
  Kind kind = Kind::text;
  std::string text;       // the input of a tool use, as JSON
  std::string id;         // of a tool use, and of the one that a result is of
  std::string name;       // of a tool, as it is sent; of a document
  std::string signature;  // of thinking, as it is stored: never empty
  bool is_error = false;
  // Of a picture or a document, as long as the request's attachments are.
  std::string_view media_type = {};
  const std::string* bytes = nullptr;
  std::vector<Part> pictures = {};  // of a tool's result
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
// space alone are left out; pictures and files of the user are given as far as `takes` says, those
// of others and sources are named in words, and so are pictures of tools where `takes` does not
// give them. Thinking without a signature is left out: no vendor takes it. The user speaks first
// and last: a line is put in where that is not so, and one that asks to go on for a request that
// `continues`.
AlternatingTurns alternate(const Request& request, ToolNames& names, const Takes& takes);

// Where the answer that is being written begins: after the last words of the user.
std::size_t begin_of_answer(const std::vector<TurnMessage>& messages);

// Leaves thinking only in messages from this one on, and there only what the vendor knows as its
// own. A message may be left without a word then, and its neighbours become one.
void keep_thinking(std::vector<TurnMessage>& messages, std::size_t from,
                   bool (*is_own)(const Part& part));

}  // namespace threadkeep::llm
