// What the person decides about the calls of tools with which an answer ended. Pure rules.
//
// An answer whose model asked for calls that need the person's word ends complete, with
// FinishReason::confirmation; these calls stand in it without a result. What is decided stands in
// the metadata of its child, {"decisions": [...]}, one for each open call in their order: it is
// durable before anything is run, and travels as the row does. The child begins with the results
// and goes on with what the model makes of them; to a model the two are one answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/message.h"
#include "generation/draft.h"
#include "llm/provider.h"
#include "tools/registry.h"

namespace threadkeep {

enum class Decision : std::uint8_t { allow, allow_in_conversation, deny };

std::string_view decision_name(Decision decision);
std::optional<Decision> parse_decision(std::string_view name);

}  // namespace threadkeep

namespace threadkeep::generation {

// The uses of tools in a content array that have no result in it, in order.
std::vector<Draft::ToolUse> open_calls(std::string_view content);
// The tool results of a content array that stand before anything else.
struct GivenResult {
  std::string use_id;
  tools::ToolResult result;
};
std::vector<GivenResult> first_results(std::string_view content);

std::string metadata_with(const std::vector<Decision>& decisions);
// Nothing: the message carries out no decisions.
std::optional<std::vector<Decision>> decisions_of(const Message& message);

// The answer that carries out what is decided about the calls of this one. There is one such id, so
// that whoever decides second, by a retry or on another device, finds what the first one began.
MessageId deciding_answer(const MessageId& answer);

// What a model is told of a call that was not run, or of which nobody knows.
tools::ToolResult result_without_run(Decision decision);
tools::ToolResult result_of_unknown_outcome();
tools::ToolResult result_of_call_passed_over();

// A message of a path, as far as it is about calls.
struct CallNote {
  bool awaits = false;  // it ended with FinishReason::confirmation
  std::optional<std::vector<Decision>> decisions;
};
CallNote call_note(const Message& message);

// A path as models are given it: an answer and the one that carries out its decisions are one turn,
// and every open call has a result. `notes` and `messages` belong to the turns one by one; of two
// turns that become one the first message stays. Where the last turn `is_being_decided`, its calls
// stay open.
void settle_calls(std::vector<llm::Turn>& turns, std::vector<MessageId>& messages,
                  const std::vector<CallNote>& notes, bool is_being_decided);

// The blocks of both content arrays.
std::string joined_content(std::string_view first, std::string_view second);

}  // namespace threadkeep::generation
