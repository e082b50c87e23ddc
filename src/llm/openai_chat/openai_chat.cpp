#include "llm/openai_chat/openai_chat.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <utility>

#include "base/random.h"
#include "llm/openai_chat/chat_parser.h"
#include "llm/openai_chat/chat_request.h"

namespace threadkeep::llm {
namespace {

// Lives as long as the call or any of its callbacks. Both may go while one of them runs, when an
// event ends the call: so each keeps the answer until it is through.
class Answer : public std::enable_shared_from_this<Answer> {
 public:
  Answer(ChatParserOptions options, std::function<void(Event)> on_event)
      : on_event_(std::move(on_event)),
        parser_(std::move(options), [this](Event event) { say(std::move(event)); }) {}

  void cancel() { is_cancelled_ = true; }
  void head(int status, const std::vector<http::Header>& headers) {
    const auto kept = shared_from_this();
    parser_.head(status, headers);
  }
  void body(std::string_view bytes) {
    const auto kept = shared_from_this();
    parser_.feed(bytes);
  }
  void done(const Error* error) {
    const auto kept = shared_from_this();
    parser_.finish(error);
  }

 private:
  // One piece of the network may hold many events, and the first may have ended the call.
  void say(Event event) {
    if (!is_cancelled_) on_event_(std::move(event));
  }

  std::atomic<bool> is_cancelled_ = false;
  std::function<void(Event)> on_event_;
  OpenAiChatParser parser_;
};

class OpenAiCall : public Call {
 public:
  OpenAiCall(std::shared_ptr<Answer> answer, std::unique_ptr<http::OutboundCall> outbound)
      : answer_(std::move(answer)), outbound_(std::move(outbound)) {}
  ~OpenAiCall() override {
    answer_->cancel();
    outbound_.reset();
  }

 private:
  std::shared_ptr<Answer> answer_;
  std::unique_ptr<http::OutboundCall> outbound_;
};

// Must differ between answers; what vendors are sent is counted anew anyway.
std::string random_tool_id_prefix() {
  std::array<std::byte, 9> bytes{};
  fill_random(bytes);
  std::string prefix = "call_";
  for (const std::byte byte : bytes)
    prefix += "abcdefghijkmnpqrstuvwxyz23456789"[std::to_integer<unsigned>(byte) % 32U];
  return prefix + "_";
}

}  // namespace

std::vector<http::Header> vendor_headers(const Vendor& vendor) {
  std::vector<http::Header> headers = {{"User-Agent", "threadkeep"}};
  if (!vendor.api_key.empty()) headers.push_back({"Authorization", "Bearer " + vendor.api_key});
  return headers;
}

std::unique_ptr<Call> start_openai_chat(http::Outbound& outbound, const Vendor& vendor,
                                        const Request& request,
                                        std::function<void(Event)> on_event) {
  ChatParserOptions options;
  options.asked = Asked{vendor.label, request.model, vendor.api_key};
  options.tool_id_prefix = random_tool_id_prefix();
  auto answer = std::make_shared<Answer>(std::move(options), std::move(on_event));

  http::OutboundRequest outbound_request;
  outbound_request.method = http::Method::post;
  outbound_request.url = vendor.base_url + "/chat/completions";
  outbound_request.headers = vendor_headers(vendor);
  outbound_request.headers.push_back({"Accept", "text/event-stream"});
  outbound_request.headers.push_back({"Content-Type", "application/json"});
  outbound_request.body = chat_request_body(request, vendor);
  // Large models on small machines read a long conversation for minutes before the first word.
  outbound_request.first_byte_timeout_ms = 300'000;

  http::OutboundEvents events;
  events.on_head = [answer](int status, const auto& headers) { answer->head(status, headers); };
  events.on_body = [answer](std::string_view bytes) { answer->body(bytes); };
  events.on_done = [answer](const Error* error) { answer->done(error); };
  auto running = outbound.start(std::move(outbound_request), std::move(events));
  return std::make_unique<OpenAiCall>(std::move(answer), std::move(running));
}

}  // namespace threadkeep::llm
