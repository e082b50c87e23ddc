#include "llm/anthropic_messages/messages_parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include "llm/anthropic_messages/signatures.h"

namespace threadkeep::llm {
namespace {

struct ReasonName {
  std::string_view name;
  Finished::Reason reason;
};
constexpr std::array reason_names = {
    ReasonName{"end_turn", Finished::Reason::stop},
    ReasonName{"stop_sequence", Finished::Reason::stop},
    ReasonName{"max_tokens", Finished::Reason::length},
    ReasonName{"model_context_window_exceeded", Finished::Reason::length},
    ReasonName{"tool_use", Finished::Reason::tool_use},
    ReasonName{"refusal", Finished::Reason::content_filter},
};

}  // namespace

AnthropicMessagesParser::AnthropicMessagesParser(AnswerParserOptions options,
                                                 const std::function<void(Event)>& on_event)
    : AnswerParser(std::move(options.asked), options.limits, on_event),
      tool_id_prefix_(std::move(options.tool_id_prefix)),
      tool_names_(std::move(options.tool_names)) {}

void AnthropicMessagesParser::on_chunk(json::Value chunk) {
  const std::string_view type = chunk["type"].string();
  if (type == "message_start") {
    begin_message(chunk["message"]);
  } else if (type == "content_block_start") {
    begin_block(chunk["content_block"]);
  } else if (type == "content_block_delta") {
    grow_block(chunk["delta"]);
  } else if (type == "content_block_stop") {
    end_block();
  } else if (type == "message_delta") {
    on_usage(chunk["usage"]);
    on_stop_reason(chunk["delta"]["stop_reason"].string());
  } else if (type == "message_stop") {
    if (reason || has_said_something) return complete();
    fail(Failure::Kind::cut_off, "sent an empty answer");
  } else if (type == "error" || chunk["error"].is_object()) {
    fail(reported_error(asked(), chunk));
  }
}

void AnthropicMessagesParser::on_document(json::Value document) {
  if (document["type"].string() == "error" || document["error"].is_object())
    return fail(reported_error(asked(), document));
  for (const json::Value block : document["content"].items()) {
    begin_block(block);
    if (is_ended()) return;
    end_block();
  }
  on_usage(document["usage"]);
  on_stop_reason(document["stop_reason"].string());
  if (!reason && has_said_something) reason = Finished::Reason::stop;
}

// A server in the middle that lost the vendor asks again, in the same stream: what was said cannot
// be taken back, and the two answers are not one.
void AnthropicMessagesParser::begin_message(json::Value message) {
  if (has_said_something)
    return fail(Failure::Kind::cut_off, "broke off in the middle of its answer, and began another");
  on_usage(message["usage"]);
}

void AnthropicMessagesParser::begin_block(json::Value block) {
  end_block();
  has_said_something = true;
  const std::string_view type = block["type"].string();
  if (type == "text") {
    open_ = Block::text;
    say_text(block["text"]);
  } else if (type == "thinking") {
    open_ = Block::thinking;
    say_thinking(block["thinking"]);
    signature_ = block["signature"].string();
  } else if (type == "redacted_thinking") {
    open_ = Block::other;
    say(ReasoningEnded{signature_of_hidden(block["data"].string())});
  } else if (type == "tool_use") {
    begin_tool_use(block);
  } else {
    open_ = Block::other;
  }
}

void AnthropicMessagesParser::begin_tool_use(json::Value block) {
  if (used_ids_.size() == tool_calls_max) {
    return fail(Failure::Kind::malformed,
                "asked for more than " + std::to_string(tool_calls_max) + " tools at once");
  }
  if (block["name"].string().empty())
    return fail(Failure::Kind::malformed, "called a tool without naming it");
  open_ = Block::tool_use;
  has_input_ = false;
  // A stream begins with an empty object and sends the input in pieces.
  first_input_ = block["input"].is_object() ? std::string(block["input"].raw()) : "{}";
  say(ToolUseBegun{unused_id(block["id"].string()),
                   std::string(tool_names_.meant(block["name"].string()))});
}

void AnthropicMessagesParser::grow_block(json::Value delta) {
  const std::string_view type = delta["type"].string();
  if (open_ == Block::text && type == "text_delta") {
    say_text(delta["text"]);
  } else if (open_ == Block::thinking && type == "thinking_delta") {
    say_thinking(delta["thinking"]);
  } else if (open_ == Block::thinking && type == "signature_delta") {
    signature_ += delta["signature"].string();
  } else if (open_ == Block::tool_use && type == "input_json_delta") {
    say_input(halves_.join(delta["partial_json"]));
  }
}

void AnthropicMessagesParser::end_block() {
  const Block ended = std::exchange(open_, Block::none);
  const std::string rest(halves_.take_rest());
  if (ended == Block::text && !rest.empty()) say(TextDelta{rest});
  if (ended == Block::thinking) {
    if (!rest.empty()) say(ReasoningDelta{rest});
    if (!signature_.empty()) say(ReasoningEnded{signature_of_thinking(signature_)});
  }
  if (ended == Block::tool_use) {
    say_input(rest);
    if (!has_input_) say(ToolInputDelta{std::exchange(first_input_, {})});
    say(ToolUseEnded{});
  }
  signature_.clear();
}

void AnthropicMessagesParser::say_text(json::Value piece) {
  std::string text = halves_.join(piece);
  if (!text.empty()) say(TextDelta{std::move(text)});
}

void AnthropicMessagesParser::say_thinking(json::Value piece) {
  std::string text = halves_.join(piece);
  if (!text.empty()) say(ReasoningDelta{std::move(text)});
}

void AnthropicMessagesParser::say_input(std::string json) {
  if (json.empty()) return;
  has_input_ = true;
  say(ToolInputDelta{std::move(json)});
}

void AnthropicMessagesParser::on_stop_reason(std::string_view name) {
  if (name.empty()) return;
  const auto found = std::find_if(reason_names.begin(), reason_names.end(),
                                  [&](const ReasonName& row) { return row.name == name; });
  reason = found == reason_names.end() ? Finished::Reason::other : found->reason;
}

// The numbers come at the beginning and, brought up to date, at the end. What was read from a cache
// or written to one is not among the input tokens there; here it is.
void AnthropicMessagesParser::on_usage(json::Value told) {
  const auto output = token_count({told["output_tokens"]});
  const auto input = token_count({told["input_tokens"]});
  if (!input && !output) return;
  if (!usage) usage = Usage{};
  if (output) usage->output_tokens = *output;
  if (!input) return;
  const auto cached = token_count({told["cache_read_input_tokens"]});
  const auto written = token_count({told["cache_creation_input_tokens"]});
  usage->input_tokens = *input + cached.value_or(0) + written.value_or(0);
  usage->cached_input_tokens = cached;
}

std::string AnthropicMessagesParser::unused_id(std::string_view vendor_id) {
  std::string id(vendor_id);
  if (id.empty() || used_ids_.contains(id))
    id = tool_id_prefix_ + std::to_string(used_ids_.size() + 1);
  used_ids_.insert(id);
  return id;
}

void AnthropicMessagesParser::say_held_back() {
  const std::string rest(halves_.take_rest());
  if (rest.empty()) return;
  if (open_ == Block::text) say(TextDelta{rest});
  if (open_ == Block::thinking) say(ReasoningDelta{rest});
}

void AnthropicMessagesParser::complete() {
  end_block();
  const Finished::Reason told = reason.value_or(Finished::Reason::stop);
  const bool is_for_tools = told == Finished::Reason::stop && !used_ids_.empty();
  end(Finished{is_for_tools ? Finished::Reason::tool_use : told});
}

}  // namespace threadkeep::llm
