#include "llm/openai_chat/chat_parser.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace threadkeep::llm {
namespace {

// What each vendor calls the reasons. `failed` is a server that gave up.
struct ReasonName {
  std::string_view name;
  enum class Meaning { stop, length, tool_use, content_filter, failed } meaning;
};
constexpr std::array reason_names = {
    ReasonName{"stop", ReasonName::Meaning::stop},
    ReasonName{"end_turn", ReasonName::Meaning::stop},
    ReasonName{"eos", ReasonName::Meaning::stop},
    ReasonName{"length", ReasonName::Meaning::length},
    ReasonName{"max_tokens", ReasonName::Meaning::length},
    ReasonName{"model_length", ReasonName::Meaning::length},
    ReasonName{"tool_calls", ReasonName::Meaning::tool_use},
    ReasonName{"function_call", ReasonName::Meaning::tool_use},
    ReasonName{"tool_use", ReasonName::Meaning::tool_use},
    ReasonName{"content_filter", ReasonName::Meaning::content_filter},
    ReasonName{"sensitive", ReasonName::Meaning::content_filter},
    ReasonName{"error", ReasonName::Meaning::failed},
    ReasonName{"abort", ReasonName::Meaning::failed},
    ReasonName{"network_error", ReasonName::Meaning::failed},
    ReasonName{"insufficient_system_resource", ReasonName::Meaning::failed},
};

// Nothing for what no answer costs.
std::optional<std::int64_t> nano_dollars(json::Value cost) {
  constexpr double dollars_max = 1e6;
  const auto dollars = cost.number();
  if (!dollars || !(*dollars >= 0) || *dollars > dollars_max) return std::nullopt;
  return std::llround(*dollars * 1e9);
}

}  // namespace

OpenAiChatParser::OpenAiChatParser(AnswerParserOptions options,
                                   const std::function<void(Event)>& on_event)
    : AnswerParser(std::move(options.asked), options.limits, on_event),
      tells_dollars_(options.tells_dollars),
      think_tags_({[this](std::string_view text) { say_words(TextDelta{std::string(text)}); },
                   [this](std::string_view text) { say_words(ReasoningDelta{std::string(text)}); },
                   [this] { say_words(TextWasReasoning{}); }}),
      tool_calls_(std::move(options.tool_id_prefix), std::move(options.tool_names), on_event) {}

void OpenAiChatParser::on_document(json::Value document) {
  if (document.is_array()) document = document.at(0);
  on_chunk(document);
  if (!is_ended() && !document["choices"].is_array() && !error_words(document).empty())
    fail(reported_error(asked(), document));
  if (!is_ended() && has_said_something && !reason) reason = Finished::Reason::stop;
}

void OpenAiChatParser::on_chunk(json::Value chunk) {
  on_usage(chunk["usage"].is_object() ? chunk["usage"] : chunk["x_groq"]["usage"]);
  const json::Value error = chunk["error"];
  if (error.is_object() || error.is_string() || chunk["object"].string() == "error") {
    fail(reported_error(asked(), chunk));
    return;
  }
  for (const json::Value choice : chunk["choices"].items()) {
    if (choice["index"].integer().value_or(0) != 0) continue;
    on_message(choice["delta"].is_object() ? choice["delta"] : choice["message"]);
    // The older completions, which some servers answer with.
    say_text(choice["text"]);
    if (!is_ended()) on_finish_reason(choice["finish_reason"].string());
    if (is_ended()) return;
  }
}

void OpenAiChatParser::on_message(json::Value message) {
  on_reasoning(message);
  on_content(message["content"]);
  say_text(message["refusal"]);
  on_tool_calls(message);
}

void OpenAiChatParser::on_reasoning(json::Value message) {
  // Servers in the middle send the same words under two or three names.
  for (const std::string_view name : {"reasoning_content", "reasoning"}) {
    if (message[name].string().empty()) continue;
    say_reasoning(message[name]);
    return;
  }
  for (const json::Value detail : message["reasoning_details"].items()) {
    say_reasoning(detail["text"]);
    say_reasoning(detail["summary"]);
  }
}

void OpenAiChatParser::on_content(json::Value content) {
  say_text(content);
  for (const json::Value part : content.items()) {
    say_reasoning(part["thinking"]);
    for (const json::Value thought : part["thinking"].items()) say_reasoning(thought["text"]);
    say_text(part["text"]);
  }
}

void OpenAiChatParser::on_tool_calls(json::Value message) {
  const json::Value older_form = message["function_call"];
  if (message["tool_calls"].size() == 0 && !older_form.is_object()) return;
  say_rest_of_reasoning();
  say_rest_of_text();
  think_tags_.stop_looking();
  bool has_room = true;
  for (const json::Value call : message["tool_calls"].items()) {
    if (!call["function"].is_object()) continue;
    has_room = tool_calls_.add(call["index"].integer(), call["id"].string(), call["function"]);
    if (!has_room) break;
  }
  if (has_room && older_form.is_object()) has_room = tool_calls_.add(0, "", older_form);
  has_said_something = true;
  if (!has_room)
    fail(Failure::Kind::malformed,
         "asked for more than " + std::to_string(tool_calls_max) + " tools at once");
}

void OpenAiChatParser::on_finish_reason(std::string_view reason_name) {
  if (reason_name.empty()) return;
  const auto found = std::find_if(reason_names.begin(), reason_names.end(),
                                  [&](const ReasonName& row) { return row.name == reason_name; });
  if (found == reason_names.end()) {
    reason = Finished::Reason::other;
    return;
  }
  switch (found->meaning) {
    case ReasonName::Meaning::stop:
      reason = Finished::Reason::stop;
      break;
    case ReasonName::Meaning::length:
      reason = Finished::Reason::length;
      break;
    case ReasonName::Meaning::tool_use:
      reason = Finished::Reason::tool_use;
      break;
    case ReasonName::Meaning::content_filter:
      reason = Finished::Reason::content_filter;
      break;
    case ReasonName::Meaning::failed:
      fail(Failure::Kind::overloaded, "gave up in the middle of its answer");
  }
}

void OpenAiChatParser::on_usage(json::Value told) {
  const auto input = token_count({told["prompt_tokens"], told["input_tokens"]});
  const auto output = token_count({told["completion_tokens"], told["output_tokens"]});
  if (!input && !output) return;
  usage = Usage{input.value_or(0), output.value_or(0), std::nullopt, std::nullopt};
  usage->cached_input_tokens = token_count({told["prompt_tokens_details"]["cached_tokens"],
                                            told["input_tokens_details"]["cached_tokens"],
                                            told["prompt_cache_hit_tokens"]});  // DeepSeek's name
  usage->reasoning_tokens = token_count({told["completion_tokens_details"]["reasoning_tokens"],
                                         told["output_tokens_details"]["reasoning_tokens"]});
  if (tells_dollars_) usage->cost_nano_usd = nano_dollars(told["cost"]);
}

void OpenAiChatParser::say_text(json::Value piece) {
  if (piece.string().empty()) return;
  has_said_something = true;
  say_rest_of_reasoning();
  think_tags_.add(text_halves_.join(piece));
}

void OpenAiChatParser::say_reasoning(json::Value piece) {
  if (piece.string().empty()) return;
  has_said_something = true;
  say_rest_of_text();
  // A vendor that names its reasoning does not hide it in tags as well.
  think_tags_.stop_looking();
  std::string text = reasoning_halves_.join(piece);
  if (!text.empty()) say_words(ReasoningDelta{std::move(text)});
}

void OpenAiChatParser::say_rest_of_text() {
  if (const std::string_view rest = text_halves_.take_rest(); !rest.empty()) think_tags_.add(rest);
}

void OpenAiChatParser::say_rest_of_reasoning() {
  const std::string_view rest = reasoning_halves_.take_rest();
  if (!rest.empty()) say_words(ReasoningDelta{std::string(rest)});
}

void OpenAiChatParser::say_words(Event event) {
  if (is_ended()) return;
  if (waiting_.empty() && tool_calls_.make_room_for_text()) {
    say(std::move(event));
  } else {
    waiting_.push_back(std::move(event));
  }
}

void OpenAiChatParser::say_what_waited() {
  for (Event& event : waiting_) say(std::move(event));
  waiting_.clear();
}

void OpenAiChatParser::complete() {
  say_rest_of_reasoning();
  say_rest_of_text();
  think_tags_.stop_looking();
  if (!tool_calls_.finish())
    return fail(Failure::Kind::malformed, "called a tool without naming it");
  say_what_waited();
  const Finished::Reason told = reason.value_or(Finished::Reason::stop);
  const bool is_for_tools = told == Finished::Reason::stop && tool_calls_.any();
  end(Finished{is_for_tools ? Finished::Reason::tool_use : told});
}

void OpenAiChatParser::say_held_back() {
  say_rest_of_reasoning();
  say_rest_of_text();
  think_tags_.stop_looking();
  if (!waiting_.empty() && tool_calls_.finish()) say_what_waited();
}

}  // namespace threadkeep::llm
