#include "llm/openai_chat/chat_parser.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "base/ascii.h"

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

// More than any answer has: sums of such counts stay in their type.
constexpr std::int64_t tokens_max = 1'000'000'000'000;

// The first of these that is a sensible number.
std::optional<std::int64_t> count(std::initializer_list<json::Value> values) {
  for (const json::Value value : values) {
    const auto number = value.integer();
    if (number && *number >= 0 && *number <= tokens_max) return number;
  }
  return std::nullopt;
}

// A byte order mark may stand before anything.
bool is_before_text(char c) { return is_space(c) || c == '\xEF' || c == '\xBB' || c == '\xBF'; }

}  // namespace

OpenAiChatParser::OpenAiChatParser(ChatParserOptions options, std::function<void(Event)> on_event)
    : options_(std::move(options)),
      on_event_(std::move(on_event)),
      events_(options_.event_bytes_max,
              [this](const http::EventReader::Event& event) { on_sse_event(event); }),
      think_tags_({[this](std::string_view text) { say(TextDelta{std::string(text)}); },
                   [this](std::string_view text) { say(ReasoningDelta{std::string(text)}); },
                   [this] { say(TextWasReasoning{}); }}),
      tool_calls_(options_.tool_id_prefix, options_.tool_names,
                  [this](Event event) { on_event_(std::move(event)); }) {}

void OpenAiChatParser::head(int status, const std::vector<http::Header>& headers) {
  status_ = status;
  headers_ = headers;
  if (status < 200 || status >= 300) form_ = Form::refusal;
}

void OpenAiChatParser::decide_form(std::string_view bytes) {
  // By what is there and not by Content-Type, which small servers get wrong.
  switch (bytes.front()) {
    case '{':
    case '[':
      form_ = Form::document;
      break;
    case '<':
      fail(unusable(Failure::Kind::malformed, options_.asked,
                    "answered with a web page instead of a model's words. Check the address in the "
                    "settings of this server"));
      break;
    default:
      form_ = Form::events;
  }
}

void OpenAiChatParser::feed(std::string_view bytes) {
  if (form_ == Form::unknown) {
    bytes.remove_prefix(static_cast<std::size_t>(
        std::find_if_not(bytes.begin(), bytes.end(), is_before_text) - bytes.begin()));
    if (!bytes.empty() && !is_ended_) decide_form(bytes);
  }
  if (is_ended_ || bytes.empty()) return;
  switch (form_) {
    case Form::events:
      if (!events_.feed(bytes))
        fail(unusable(Failure::Kind::malformed, options_.asked,
                      "sent a piece of its answer that is too long"));
      break;
    case Form::document:
      body_ += bytes;
      if (body_.size() > options_.document_bytes_max)
        fail(unusable(Failure::Kind::malformed, options_.asked, "sent an answer that is too long"));
      break;
    case Form::refusal:
      body_ += bytes.substr(0, ChatParserOptions::refusal_bytes_max - body_.size());
      break;
    case Form::unknown:
      break;
  }
}

void OpenAiChatParser::finish(const Error* error) {
  if (is_ended_) return;
  if (form_ == Form::refusal) {
    fail(refused(options_.asked, status_, headers_, body_));
    return;
  }
  if (error == nullptr && form_ == Form::document) on_document();
  body_is_over_ = true;
  if (form_ == Form::events) events_.finish();
  if (is_ended_) return;
  if (reason_) {
    complete();
  } else if (error != nullptr) {
    fail(connection_failed(options_.asked, *error,
                           status_ == 0 ? Moment::before_answer : Moment::within_answer));
  } else if (form_ == Form::unknown || !has_said_something_) {
    fail(unusable(Failure::Kind::cut_off, options_.asked, "sent an empty answer"));
  } else {
    fail(unusable(Failure::Kind::cut_off, options_.asked, "broke off in the middle of its answer"));
  }
}

void OpenAiChatParser::on_sse_event(const http::EventReader::Event& event) {
  if (is_ended_) return;
  const std::string_view data = event.data;
  const auto first = std::find_if_not(data.begin(), data.end(), is_space);
  if (first == data.end()) return;
  if (data.substr(static_cast<std::size_t>(first - data.begin()), 6) == "[DONE]") {
    if (reason_ || has_said_something_) {
      complete();
    } else {
      fail(unusable(Failure::Kind::cut_off, options_.asked, "sent an empty answer"));
    }
    return;
  }
  const auto chunk = json::Document::parse(std::string(data), json::Mode::foreign);
  if (chunk) {
    on_chunk(chunk->root());
  } else if (event.event == "error") {
    fail(reported_error(options_.asked, data));
  } else if (!body_is_over_) {  // half an event at the end is for finish() to tell
    fail(unusable(Failure::Kind::malformed, options_.asked, "sent something that cannot be read"));
  }
}

void OpenAiChatParser::on_document() {
  const auto document = json::Document::parse(std::move(body_), json::Mode::foreign);
  if (!document) {
    fail(unusable(Failure::Kind::malformed, options_.asked, "sent something that cannot be read"));
    return;
  }
  const json::Value root = document->root().is_array() ? document->root().at(0) : document->root();
  on_chunk(root);
  if (!is_ended_ && !root["choices"].is_array() && !error_words(root).empty())
    fail(reported_error(options_.asked, root));
  if (!is_ended_ && has_said_something_ && !reason_) reason_ = Finished::Reason::stop;
}

void OpenAiChatParser::on_chunk(json::Value chunk) {
  const json::Value usage = chunk["usage"].is_object() ? chunk["usage"] : chunk["x_groq"]["usage"];
  on_usage(usage);
  const json::Value error = chunk["error"];
  if (error.is_object() || error.is_string() || chunk["object"].string() == "error") {
    fail(reported_error(options_.asked, chunk));
    return;
  }
  for (const json::Value choice : chunk["choices"].items()) {
    if (choice["index"].integer().value_or(0) != 0) continue;
    on_message(choice["delta"].is_object() ? choice["delta"] : choice["message"]);
    // The older completions, which some servers answer with.
    say_text(choice["text"]);
    if (!is_ended_) on_finish_reason(choice["finish_reason"].string());
    if (is_ended_) return;
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
  has_said_something_ = true;
  if (!has_room)
    fail(
        unusable(Failure::Kind::malformed, options_.asked,
                 "asked for more than " + std::to_string(ToolCalls::calls_max) + " tools at once"));
}

void OpenAiChatParser::on_finish_reason(std::string_view reason) {
  if (reason.empty()) return;
  const auto found = std::find_if(reason_names.begin(), reason_names.end(),
                                  [&](const ReasonName& row) { return row.name == reason; });
  if (found == reason_names.end()) {
    reason_ = Finished::Reason::other;
    return;
  }
  switch (found->meaning) {
    case ReasonName::Meaning::stop:
      reason_ = Finished::Reason::stop;
      break;
    case ReasonName::Meaning::length:
      reason_ = Finished::Reason::length;
      break;
    case ReasonName::Meaning::tool_use:
      reason_ = Finished::Reason::tool_use;
      break;
    case ReasonName::Meaning::content_filter:
      reason_ = Finished::Reason::content_filter;
      break;
    case ReasonName::Meaning::failed:
      fail(unusable(Failure::Kind::overloaded, options_.asked,
                    "gave up in the middle of its answer"));
  }
}

void OpenAiChatParser::on_usage(json::Value usage) {
  const auto input = count({usage["prompt_tokens"], usage["input_tokens"]});
  const auto output = count({usage["completion_tokens"], usage["output_tokens"]});
  if (!input && !output) return;
  Usage told{input.value_or(0), output.value_or(0), std::nullopt, std::nullopt};
  told.cached_input_tokens = count({usage["prompt_tokens_details"]["cached_tokens"],
                                    usage["input_tokens_details"]["cached_tokens"],
                                    usage["prompt_cache_hit_tokens"]});  // DeepSeek's name
  told.reasoning_tokens = count({usage["completion_tokens_details"]["reasoning_tokens"],
                                 usage["output_tokens_details"]["reasoning_tokens"]});
  usage_ = told;
}

void OpenAiChatParser::say_text(json::Value piece) {
  if (piece.string().empty()) return;
  has_said_something_ = true;
  say_rest_of_reasoning();
  think_tags_.add(text_halves_.join(piece));
}

void OpenAiChatParser::say_reasoning(json::Value piece) {
  if (piece.string().empty()) return;
  has_said_something_ = true;
  say_rest_of_text();
  // A vendor that names its reasoning does not hide it in tags as well.
  think_tags_.stop_looking();
  std::string text = reasoning_halves_.join(piece);
  if (!text.empty()) say(ReasoningDelta{std::move(text)});
}

void OpenAiChatParser::say_rest_of_text() {
  if (const std::string_view rest = text_halves_.take_rest(); !rest.empty()) think_tags_.add(rest);
}

void OpenAiChatParser::say_rest_of_reasoning() {
  const std::string_view rest = reasoning_halves_.take_rest();
  if (!rest.empty()) say(ReasoningDelta{std::string(rest)});
}

void OpenAiChatParser::say(Event event) {
  if (is_ended_) return;
  if (waiting_.empty() && tool_calls_.make_room_for_text()) {
    on_event_(std::move(event));
  } else {
    waiting_.push_back(std::move(event));
  }
}

void OpenAiChatParser::say_what_waited() {
  for (Event& event : waiting_) on_event_(std::move(event));
  waiting_.clear();
}

void OpenAiChatParser::complete() {
  say_rest_of_reasoning();
  say_rest_of_text();
  think_tags_.stop_looking();
  if (!tool_calls_.finish()) {
    fail(unusable(Failure::Kind::malformed, options_.asked, "called a tool without naming it"));
    return;
  }
  say_what_waited();
  Finished::Reason reason = reason_.value_or(Finished::Reason::stop);
  if (reason == Finished::Reason::stop && tool_calls_.any()) reason = Finished::Reason::tool_use;
  end(Finished{reason});
}

void OpenAiChatParser::fail(Failed failed) {
  if (is_ended_) return;
  say_rest_of_reasoning();
  say_rest_of_text();
  think_tags_.stop_looking();
  if (!waiting_.empty() && tool_calls_.finish()) say_what_waited();
  end(std::move(failed));
}

void OpenAiChatParser::end(Event event) {
  is_ended_ = true;
  body_.clear();
  if (usage_) on_event_(*usage_);
  on_event_(std::move(event));
}

}  // namespace threadkeep::llm
