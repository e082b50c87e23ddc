// What one ChatGPT message says, as content blocks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/message.h"
#include "json/json.h"

namespace threadkeep::chatgpt {

inline constexpr std::string_view product = "chatgpt";

// `user_editable_context` and the like: who the person is and how they want to be answered.
bool is_instructions(const json::Value& message);
// Whether ChatGPT's own page leaves the message out.
bool is_hidden(const json::Value& message);

struct MessageContent {
  std::string
      blocks;  // a JSON array that passes Mode::strict and check_content; empty when is_too_large
  std::vector<std::string> verbatim;  // the content types of the blocks "chatgpt/..."
  bool is_empty = false;              // the message says nothing
  bool is_too_large = false;
  bool is_tool_call = false;  // holds a tool_use block with the given `call_id`
};

// By content type: text, multimodal_text and everything that is mainly words become text; what an
// assistant addresses to a tool, tool_use; what a tool says, tool_result (text when `answered_call`
// is empty: nothing says which call it answers); thoughts and reasoning_recap, reasoning; code,
// fenced text; quoted pages and citations, source. Pictures, sound, uploaded files and types that
// are not known stay as they came, in "chatgpt/<content type>".
MessageContent convert_content(const json::Value& message, Role role, std::string_view call_id,
                               std::string_view answered_call);

}  // namespace threadkeep::chatgpt
