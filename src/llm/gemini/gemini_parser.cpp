#include "llm/gemini/gemini_parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include "llm/gemini/signatures.h"

namespace threadkeep::llm {
namespace {

struct ReasonName {
  std::string_view name;
  Finished::Reason reason;
};
constexpr std::array reason_names = {
    ReasonName{"STOP", Finished::Reason::stop},
    ReasonName{"MAX_TOKENS", Finished::Reason::length},
    ReasonName{"SAFETY", Finished::Reason::content_filter},
    ReasonName{"RECITATION", Finished::Reason::content_filter},
    ReasonName{"LANGUAGE", Finished::Reason::content_filter},
    ReasonName{"BLOCKLIST", Finished::Reason::content_filter},
    ReasonName{"PROHIBITED_CONTENT", Finished::Reason::content_filter},
    ReasonName{"SPII", Finished::Reason::content_filter},
    ReasonName{"IMAGE_SAFETY", Finished::Reason::content_filter},
};
// The model wrote a call that nobody can read.
constexpr auto broken_calls = std::to_array<std::string_view>(
    {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"});

}  // namespace

GeminiParser::GeminiParser(AnswerParserOptions options, const std::function<void(Event)>& on_event)
    : AnswerParser(std::move(options.asked), options.limits, on_event),
      tool_id_prefix_(std::move(options.tool_id_prefix)),
      tool_names_(std::move(options.tool_names)) {}

void GeminiParser::on_chunk(json::Value chunk) {
  on_usage(chunk["usageMetadata"]);
  if (chunk["error"].is_object()) return fail(reported_error(asked(), chunk));
  // The question itself was refused: there is no candidate then.
  if (!chunk["promptFeedback"]["blockReason"].string().empty()) {
    has_said_something = true;
    reason = Finished::Reason::content_filter;
  }
  const json::Value candidate = chunk["candidates"].at(0);
  for (const json::Value part : candidate["content"]["parts"].items()) {
    on_part(part);
    if (is_ended()) return;
  }
  on_finish_reason(candidate["finishReason"].string());
}

// Without "alt=sse" the chunks come as one list.
void GeminiParser::on_document(json::Value document) {
  if (!document.is_array()) return on_chunk(document);
  for (const json::Value chunk : document.items()) {
    on_chunk(chunk);
    if (is_ended()) return;
  }
}

void GeminiParser::on_part(json::Value part) {
  has_said_something = true;
  const bool is_thought = part["thought"].boolean().value_or(false);
  const bool has_words = !part["text"].string().empty();
  if (has_words || !part["functionCall"]["name"].string().empty()) end_open_call();
  if (has_words && is_thought) {
    say_rest(text_halves_);
    std::string text = thought_halves_.join(part["text"]);
    if (!text.empty()) say(ReasoningDelta{std::move(text)});
  }
  const std::string_view signature = part["thoughtSignature"].string();
  const bool is_for_us = has_words || part["functionCall"].is_object();
  if (!signature.empty() && is_for_us) {
    say_rest(text_halves_);
    say_rest(thought_halves_);
    say(ReasoningEnded{std::string(gemini_signature).append(signature)});
  }
  if (has_words && !is_thought) {
    say_rest(thought_halves_);
    std::string text = text_halves_.join(part["text"]);
    if (!text.empty()) say(TextDelta{std::move(text)});
  }
  if (part["functionCall"].is_object()) on_call(part["functionCall"]);
}

// A piece of an open one has no name, and is the last when it does not say that there are more.
void GeminiParser::on_call(json::Value call) {
  if (!call["name"].string().empty()) {
    begin_call(call);
  } else if (!open_call_) {
    fail(Failure::Kind::malformed, "called a tool without naming it");
  }
  if (is_ended() || !open_call_) return;
  if (!open_call_->add(call["partialArgs"])) {
    fail(Failure::Kind::malformed, "called a tool in a way that cannot be read");
  } else if (call["willContinue"].boolean() != true) {
    end_open_call();
  }
}

void GeminiParser::begin_call(json::Value call) {
  if (calls_ == tool_calls_max) {
    return fail(Failure::Kind::malformed,
                "asked for more than " + std::to_string(tool_calls_max) + " tools at once");
  }
  ++calls_;
  const std::string_view name = call["name"].string();
  if (call["args"].is_object()) {
    say_call(name, std::string(call["args"].raw()));
  } else {
    open_call_.emplace(std::string(name));
  }
}

void GeminiParser::say_call(std::string_view name, std::string input) {
  say_rest(text_halves_);
  say_rest(thought_halves_);
  // Its own ids are few and may come again in the next round.
  say(ToolUseBegun{tool_id_prefix_ + std::to_string(calls_), std::string(tool_names_.meant(name))});
  say(ToolInputDelta{std::move(input)});
  say(ToolUseEnded{});
}

void GeminiParser::end_open_call() {
  if (!open_call_) return;
  const PartialCall call = *std::exchange(open_call_, std::nullopt);
  say_call(call.name(), call.arguments());
}

void GeminiParser::on_finish_reason(std::string_view name) {
  if (name.empty() || name == "FINISH_REASON_UNSPECIFIED") return;
  if (std::find(broken_calls.begin(), broken_calls.end(), name) != broken_calls.end())
    return fail(Failure::Kind::malformed, "called a tool in a way that cannot be read");
  const auto found = std::find_if(reason_names.begin(), reason_names.end(),
                                  [&](const ReasonName& row) { return row.name == name; });
  reason = found == reason_names.end() ? Finished::Reason::other : found->reason;
}

// Told anew with each chunk. Thoughts are not among the candidates' tokens there; here they are
// part of the output.
void GeminiParser::on_usage(json::Value told) {
  const auto input = token_count({told["promptTokenCount"]});
  const auto output = token_count({told["candidatesTokenCount"]});
  const auto thoughts = token_count({told["thoughtsTokenCount"]});
  if (!input && !output) return;
  usage = Usage{input.value_or(0) + token_count({told["toolUsePromptTokenCount"]}).value_or(0),
                output.value_or(0) + thoughts.value_or(0),
                token_count({told["cachedContentTokenCount"]}), thoughts};
}

void GeminiParser::say_rest(HalfCharacters& halves) {
  std::string rest(halves.take_rest());
  if (rest.empty()) return;
  if (&halves == &text_halves_) {
    say(TextDelta{std::move(rest)});
  } else {
    say(ReasoningDelta{std::move(rest)});
  }
}

void GeminiParser::say_held_back() {
  say_rest(thought_halves_);
  say_rest(text_halves_);
}

void GeminiParser::complete() {
  end_open_call();
  say_held_back();
  const Finished::Reason told = reason.value_or(Finished::Reason::stop);
  const bool is_for_tools = told == Finished::Reason::stop && calls_ > 0;
  end(Finished{is_for_tools ? Finished::Reason::tool_use : told});
}

}  // namespace threadkeep::llm
