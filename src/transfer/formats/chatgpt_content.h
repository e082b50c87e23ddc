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
// Whether the message says that ChatGPT's own page hides it.
bool is_hidden(const json::Value& message);
// Whether that page leaves it out: it is hidden, or has no weight (an answer that was superseded).
bool is_left_out_by_source(const json::Value& message);

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
//
// What lies in a message's metadata is read too: the report of Deep Research stands in the state of
// the widget that shows it.
MessageContent convert_content(const json::Value& message, Role role, std::string_view call_id,
                               std::string_view answered_call);

// A message that ChatGPT does not show: kept as it came, in one block "chatgpt/hidden", and so
// neither read as something that was said nor sent to a model.
MessageContent hidden_content(const json::Value& message);

}  // namespace threadkeep::chatgpt
