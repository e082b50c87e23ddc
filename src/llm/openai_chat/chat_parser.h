// The answer of an OpenAI-style chat completion, as it comes over the wire, turned into events. No
// I/O.
//
// Understands server-sent events of every vendor that was recorded for the tests, and the single
// JSON document that some servers send although a stream was asked for.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/event_format.h"
#include "http/http.h"
#include "json/json.h"
#include "llm/failure.h"
#include "llm/half_characters.h"
#include "llm/openai_chat/think_tags.h"
#include "llm/openai_chat/tool_calls.h"
#include "llm/provider.h"
#include "llm/tool_names.h"

namespace threadkeep::llm {

struct ChatParserOptions {
  Asked asked;
  std::string tool_id_prefix = "call_";       // of made-up tool ids; should differ between answers
  ToolNames tool_names;                       // as the request has them
  std::size_t event_bytes_max = 4U << 20;     // one event of the stream
  std::size_t document_bytes_max = 8U << 20;  // an answer that is one JSON document
  static constexpr std::size_t refusal_bytes_max = 64U << 10;  // what is read of an error body
};

// Call head() once, feed() with pieces cut anywhere, finish() once. `on_event` gets the events in
// the order of llm/provider.h: at most one Usage, just before the end; exactly one Finished or
// Failed, not later than in finish(). Everything after that is ignored. One thread; `on_event` must
// not destroy the parser.
class OpenAiChatParser {
 public:
  OpenAiChatParser(ChatParserOptions options, std::function<void(Event)> on_event);

  void head(int status, const std::vector<http::Header>& headers);
  void feed(std::string_view bytes);
  // The body ended: properly, or by this error. An answer that had said why it stops is complete
  // even when its connection broke afterwards.
  void finish(const Error* error = nullptr);

  bool is_ended() const { return is_ended_; }

 private:
  enum class Form { unknown, events, document, refusal };
  void decide_form(std::string_view bytes);
  void on_sse_event(const http::EventReader::Event& event);
  void on_document();
  void on_chunk(json::Value chunk);
  void on_message(json::Value message);
  void on_content(json::Value content);
  void on_reasoning(json::Value message);
  void on_tool_calls(json::Value message);
  void on_finish_reason(std::string_view reason);
  void on_usage(json::Value usage);
  void say_text(json::Value piece);
  void say_reasoning(json::Value piece);
  void say_rest_of_text();
  void say_rest_of_reasoning();
  void say(Event event);  // text or reasoning: waits while a tool call is not whole
  void say_what_waited();
  void complete();
  void fail(Failed failed);
  void end(Event event);

  ChatParserOptions options_;
  std::function<void(Event)> on_event_;
  http::EventReader events_;
  HalfCharacters text_halves_;
  HalfCharacters reasoning_halves_;
  ThinkTags think_tags_;
  ToolCalls tool_calls_;
  Form form_ = Form::unknown;
  int status_ = 0;
  std::vector<http::Header> headers_;
  std::string body_;            // of a document or a refusal
  std::vector<Event> waiting_;  // text that came in the middle of a tool call
  std::optional<Usage> usage_;
  std::optional<Finished::Reason> reason_;
  bool has_said_something_ = false;
  bool body_is_over_ = false;
  bool is_ended_ = false;
};

}  // namespace threadkeep::llm
