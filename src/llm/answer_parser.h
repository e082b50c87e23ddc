// An answer as it comes over the wire, turned into events: what is the same whichever protocol it
// is written in. No I/O.
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
#include "llm/provider.h"
#include "llm/tool_names.h"

namespace threadkeep::llm {

// Of one answer.
inline constexpr std::size_t tool_calls_max = 256;

struct AnswerLimits {
  std::size_t event_bytes_max = 4U << 20;     // one event of the stream
  std::size_t document_bytes_max = 8U << 20;  // an answer that is one JSON document
};

// Of a parser, whatever its protocol.
struct AnswerParserOptions {
  Asked asked;
  std::string tool_id_prefix = "call_";  // of made-up tool ids; should differ between answers
  ToolNames tool_names;                  // as the request has them
  AnswerLimits limits;
  // Whether the "cost" of its usage is in US dollars: of others nobody knows what it is in.
  bool tells_dollars = false;
};

// More than any answer has: sums of such counts stay in their type.
inline constexpr std::int64_t tokens_max = 1'000'000'000'000;
// The first of these that is a sensible count of tokens.
std::optional<std::int64_t> token_count(std::initializer_list<json::Value> values);

// Call head() once, feed() with pieces cut anywhere, finish() once. `on_event` gets the events in
// the order of llm/provider.h: at most one Usage, just before the end; exactly one Finished or
// Failed, not later than in finish(). Everything after that is ignored. One thread; `on_event` must
// not destroy the parser.
//
// Takes server-sent events, and the single JSON document that some servers send although a stream
// was asked for: which of them it is shows in what is there, not in Content-Type, which small
// servers get wrong.
class AnswerParser {
 public:
  virtual ~AnswerParser() = default;
  AnswerParser(const AnswerParser&) = delete;
  AnswerParser& operator=(const AnswerParser&) = delete;

  void head(int status, const std::vector<http::Header>& headers);
  void feed(std::string_view bytes);
  // The body ended: properly, or by this error. An answer that had said why it stops is complete
  // even when its connection broke afterwards.
  void finish(const Error* error = nullptr);

  bool is_ended() const { return is_ended_; }

 protected:
  AnswerParser(Asked asked, const AnswerLimits& limits, std::function<void(Event)> on_event);

  // One event of the stream.
  virtual void on_chunk(json::Value chunk) = 0;
  // The answer in one piece, which some servers put into a list. Sets `reason` when it is a whole
  // one.
  virtual void on_document(json::Value document) = 0;
  // Whether this is the mark, and no JSON, that some streams end with.
  virtual bool is_end_mark(std::string_view /*data*/) const { return false; }
  // Says what was held back, as far as it can still be said.
  virtual void say_held_back() = 0;
  // The answer is whole: says the rest and ends, with `reason` or, without one, as a proper end.
  virtual void complete() = 0;

  const Asked& asked() const { return asked_; }
  // Says the event at once, unless the answer has ended.
  void say(Event event);
  // Says what was held back, the usage and the failure.
  void fail(Failed failed);
  void fail(Failure::Kind kind, std::string_view what) { fail(unusable(kind, asked_, what)); }
  // Says the usage and the end.
  void end(Event event);

  bool has_said_something = false;         // of any kind, also what cannot be shown
  std::optional<Finished::Reason> reason;  // once the vendor told why it stops
  std::optional<Usage> usage;

 private:
  enum class Form { unknown, events, document, refusal };
  void decide_form(std::string_view bytes);
  void on_sse_event(const http::EventReader::Event& event);
  void read_document();

  const Asked asked_;
  const AnswerLimits limits_;
  std::function<void(Event)> on_event_;
  http::EventReader events_;
  Form form_ = Form::unknown;
  int status_ = 0;
  std::vector<http::Header> headers_;
  std::string body_;  // of a document or a refusal
  bool body_is_over_ = false;
  bool is_ended_ = false;
};

}  // namespace threadkeep::llm
