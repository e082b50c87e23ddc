#include "generation/decisions.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/derived_id.h"
#include "json/json.h"

namespace threadkeep {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 3> decision_names{"allow", "allow-conversation", "deny"};

}  // namespace

std::string_view decision_name(Decision decision) {
  return decision_names[static_cast<std::size_t>(decision)];
}

std::optional<Decision> parse_decision(std::string_view name) {
  for (std::size_t i = 0; i < decision_names.size(); ++i) {
    if (decision_names[i] == name) return static_cast<Decision>(i);
  }
  return std::nullopt;
}

}  // namespace threadkeep

namespace threadkeep::generation {
namespace {

using tools::tool_error;
using tools::ToolResult;

// A result answers the first open call with its id.
void take_out(std::vector<Draft::ToolUse>& calls, std::string_view id) {
  const auto found =
      std::find_if(calls.begin(), calls.end(), [&](const auto& call) { return call.id == id; });
  if (found != calls.end()) calls.erase(found);
}

void add_result(json::Writer& writer, std::string_view use_id, const ToolResult& result) {
  writer.begin_object().member("type", "tool_result").member("toolUseId", use_id);
  writer.key("content").raw(result.content);
  if (result.is_error) writer.member("isError", true);
  writer.end_object();
}

// The open calls of `content` with the result that each is given.
template <class ResultOf>
std::string with_results(const std::string& content, const std::vector<Draft::ToolUse>& calls,
                         ResultOf result_of) {
  if (calls.empty()) return content;
  std::string results;
  json::Writer writer(results);
  writer.begin_array();
  for (const Draft::ToolUse& call : calls) add_result(writer, call.id, result_of(call));
  writer.end_array();
  return joined_content(content, results);
}

// The answer and the one that carries out what was decided about it, with a result for each call.
std::string carried_out(const std::string& content, const std::vector<Decision>& decisions,
                        const std::string& child) {
  const std::vector<Draft::ToolUse> calls = open_calls(content);
  std::vector<GivenResult> given = first_results(child);
  std::string missing;
  json::Writer writer(missing);
  writer.begin_array();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto result = std::find_if(given.begin(), given.end(), [&](const GivenResult& one) {
      return one.use_id == calls[i].id;
    });
    if (result != given.end()) {
      given.erase(result);
    } else {
      const Decision decision = i < decisions.size() ? decisions[i] : Decision::deny;
      add_result(
          writer, calls[i].id,
          decision == Decision::deny ? result_without_run(decision) : result_of_unknown_outcome());
    }
  }
  writer.end_array();
  return joined_content(joined_content(content, missing), child);
}

}  // namespace

std::vector<Draft::ToolUse> open_calls(std::string_view content) {
  std::vector<Draft::ToolUse> open;
  const auto blocks = json::Document::parse(std::string(content), json::Mode::foreign);
  if (!blocks) return open;
  for (const json::Value block : blocks->root().items()) {
    const std::string_view type = block["type"].string();
    if (type == "tool_use") {
      open.push_back({std::string(block["id"].string()), std::string(block["name"].string()),
                      block["input"].is_object() ? std::string(block["input"].raw()) : "{}"});
    } else if (type == "tool_result") {
      take_out(open, block["toolUseId"].string());
    }
  }
  return open;
}

std::vector<GivenResult> first_results(std::string_view content) {
  std::vector<GivenResult> results;
  const auto blocks = json::Document::parse(std::string(content), json::Mode::foreign);
  if (!blocks) return results;
  for (const json::Value block : blocks->root().items()) {
    if (block["type"].string() != "tool_result") break;
    results.push_back(
        {std::string(block["toolUseId"].string()),
         {std::string(block["content"].raw()), block["isError"].boolean().value_or(false)}});
  }
  return results;
}

std::string metadata_with(const std::vector<Decision>& decisions) {
  std::string metadata;
  json::Writer writer(metadata);
  writer.begin_object().key("decisions").begin_array();
  for (const Decision decision : decisions) writer.plain(decision_name(decision));
  writer.end_array().end_object();
  return metadata;
}

std::optional<std::vector<Decision>> decisions_of(const Message& message) {
  if (message.role != Role::assistant || !message.parent_id ||
      message.metadata.find("\"decisions\"") == std::string::npos)
    return std::nullopt;
  const auto metadata = json::Document::parse(message.metadata, json::Mode::foreign);
  if (!metadata || !metadata->root()["decisions"].is_array()) return std::nullopt;
  std::vector<Decision> decisions;
  for (const json::Value name : metadata->root()["decisions"].items())
    decisions.push_back(parse_decision(name.string()).value_or(Decision::deny));
  return decisions;
}

MessageId deciding_answer(const MessageId& answer) {
  return derive_id(answer.time_ms(), {"decisions", answer.text()});
}

ToolResult result_without_run(Decision decision) {
  if (decision == Decision::deny)
    return tool_error("The person did not allow this call: it was not run.");
  return result_of_call_passed_over();
}

ToolResult result_of_unknown_outcome() {
  return tool_error(
      "This call was started, and its outcome is not known: it may have been carried out. It is "
      "not run again by itself.");
}

ToolResult result_of_call_passed_over() {
  return tool_error("The person did not say whether this may run: it was not run.");
}

CallNote call_note(const Message& message) {
  return {message.role == Role::assistant && message.status == MessageStatus::complete &&
              finish_reason(message) == FinishReason::confirmation,
          decisions_of(message)};
}

std::string joined_content(std::string_view first, std::string_view second) {
  if (first == "[]" || first.empty()) return std::string(second);
  if (second == "[]" || second.empty()) return std::string(first);
  return std::string(first.substr(0, first.rfind(']'))) + "," +
         std::string(second.substr(second.find('[') + 1));
}

void settle_calls(std::vector<llm::Turn>& turns, std::vector<MessageId>& messages,
                  const std::vector<CallNote>& notes, bool is_being_decided) {
  const auto passed_over = [](llm::Turn& turn) {
    turn.content = with_results(turn.content, open_calls(turn.content),
                                [](const auto&) { return result_of_call_passed_over(); });
  };
  std::vector<llm::Turn> settled;
  std::vector<MessageId> kept;
  bool awaits = false;  // the last of the settled ones
  for (std::size_t i = 0; i < turns.size(); ++i) {
    if (awaits && notes[i].decisions) {
      settled.back().content =
          carried_out(settled.back().content, *notes[i].decisions, turns[i].content);
    } else {
      if (awaits) passed_over(settled.back());
      settled.push_back(std::move(turns[i]));
      kept.push_back(messages[i]);
    }
    awaits = notes[i].awaits;
  }
  if (awaits && !is_being_decided) passed_over(settled.back());
  turns = std::move(settled);
  messages = std::move(kept);
}

}  // namespace threadkeep::generation
