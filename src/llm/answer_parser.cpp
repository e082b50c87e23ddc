#include "llm/answer_parser.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"

namespace threadkeep::llm {
namespace {

constexpr std::size_t refusal_bytes_max = 64U << 10;  // what is read of an error body

// A byte order mark may stand before anything.
bool is_before_text(char c) { return is_space(c) || c == '\xEF' || c == '\xBB' || c == '\xBF'; }

}  // namespace

std::optional<std::int64_t> token_count(std::initializer_list<json::Value> values) {
  for (const json::Value value : values) {
    const auto number = value.integer();
    if (number && *number >= 0 && *number <= tokens_max) return number;
  }
  return std::nullopt;
}

AnswerParser::AnswerParser(Asked asked, const AnswerLimits& limits,
                           std::function<void(Event)> on_event)
    : asked_(std::move(asked)),
      limits_(limits),
      on_event_(std::move(on_event)),
      events_(limits.event_bytes_max,
              [this](const http::EventReader::Event& event) { on_sse_event(event); }) {}

void AnswerParser::head(int status, const std::vector<http::Header>& headers) {
  status_ = status;
  headers_ = headers;
  if (status < 200 || status >= 300) form_ = Form::refusal;
}

void AnswerParser::decide_form(std::string_view bytes) {
  switch (bytes.front()) {
    case '{':
    case '[':
      form_ = Form::document;
      break;
    case '<':
      fail(Failure::Kind::malformed,
           "answered with a web page instead of a model's words. Check the address " +
               asked_.settings);
      break;
    default:
      form_ = Form::events;
  }
}

void AnswerParser::feed(std::string_view bytes) {
  if (form_ == Form::unknown) {
    bytes.remove_prefix(static_cast<std::size_t>(
        std::find_if_not(bytes.begin(), bytes.end(), is_before_text) - bytes.begin()));
    if (!bytes.empty() && !is_ended_) decide_form(bytes);
  }
  if (is_ended_ || bytes.empty()) return;
  switch (form_) {
    case Form::events:
      if (!events_.feed(bytes))
        fail(Failure::Kind::malformed, "sent a piece of its answer that is too long");
      break;
    case Form::document:
      body_ += bytes;
      if (body_.size() > limits_.document_bytes_max)
        fail(Failure::Kind::malformed, "sent an answer that is too long");
      break;
    case Form::refusal:
      body_ += bytes.substr(0, refusal_bytes_max - body_.size());
      break;
    case Form::unknown:
      break;
  }
}

void AnswerParser::finish(const Error* error) {
  if (is_ended_) return;
  if (form_ == Form::refusal) return fail(refused(asked_, status_, headers_, body_));
  if (error == nullptr && form_ == Form::document) read_document();
  body_is_over_ = true;
  if (form_ == Form::events) events_.finish();
  if (is_ended_) return;
  if (reason) {
    complete();
  } else if (error != nullptr) {
    fail(connection_failed(asked_, *error,
                           status_ == 0 ? Moment::before_answer : Moment::within_answer));
  } else if (form_ == Form::unknown || !has_said_something) {
    fail(Failure::Kind::cut_off, "sent an empty answer");
  } else {
    fail(Failure::Kind::cut_off, "broke off in the middle of its answer");
  }
}

void AnswerParser::on_sse_event(const http::EventReader::Event& event) {
  if (is_ended_) return;
  const std::string_view data = event.data;
  const auto first = std::find_if_not(data.begin(), data.end(), is_space);
  if (first == data.end()) return;
  if (is_end_mark(data.substr(static_cast<std::size_t>(first - data.begin())))) {
    if (reason || has_said_something) return complete();
    return fail(Failure::Kind::cut_off, "sent an empty answer");
  }
  const auto chunk = json::Document::parse(std::string(data), json::Mode::foreign);
  if (chunk) {
    on_chunk(chunk->root());
  } else if (event.event == "error") {
    fail(reported_error(asked_, data));
  } else if (!body_is_over_) {  // half an event at the end is for finish() to tell
    fail(Failure::Kind::malformed, "sent something that cannot be read");
  }
}

void AnswerParser::read_document() {
  const auto document = json::Document::parse(std::move(body_), json::Mode::foreign);
  if (!document) return fail(Failure::Kind::malformed, "sent something that cannot be read");
  on_document(document->root());
}

void AnswerParser::say(Event event) {
  if (!is_ended_) on_event_(std::move(event));
}

void AnswerParser::fail(Failed failed) {
  if (is_ended_) return;
  say_held_back();
  end(std::move(failed));
}

void AnswerParser::end(Event event) {
  is_ended_ = true;
  body_.clear();
  if (usage) on_event_(*usage);
  on_event_(std::move(event));
}

}  // namespace threadkeep::llm
