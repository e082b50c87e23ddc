#include "llm/openai_chat/openai_chat.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <utility>

#include "base/random.h"
#include "llm/openai_chat/chat_parser.h"
#include "llm/openai_chat/chat_request.h"
#include "llm/openai_chat/dialect.h"
#include "llm/openai_chat/model_rows.h"

namespace threadkeep::llm {
namespace {

constexpr std::uint64_t list_bytes_max = 8U << 20;
// Large models on small machines read a long conversation for minutes before the first word.
constexpr int first_word_timeout_ms = 300'000;

// The parser and who listens to it. Lives as long as the call or any of its callbacks. Both may go
// while one of them runs, when an event ends the call: so each keeps it until it is through.
class ChatStream : public std::enable_shared_from_this<ChatStream> {
 public:
  ChatStream(ChatParserOptions options, std::function<void(Event)> on_event)
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

class ChatCall : public Call {
 public:
  ChatCall(std::shared_ptr<ChatStream> stream, std::unique_ptr<http::OutboundCall> outbound)
      : stream_(std::move(stream)), outbound_(std::move(outbound)) {}
  ~ChatCall() override {
    stream_->cancel();
    outbound_.reset();
  }

 private:
  std::shared_ptr<ChatStream> stream_;
  std::unique_ptr<http::OutboundCall> outbound_;
};

class ListCall : public Call {
 public:
  explicit ListCall(std::unique_ptr<http::OutboundCall> outbound)
      : outbound_(std::move(outbound)) {}

 private:
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

http::OutboundRequest request_to(const Vendor& vendor, std::string_view path) {
  http::OutboundRequest request;
  request.url = vendor.base_url + std::string(path);
  request.headers.push_back({"User-Agent", "threadkeep"});
  if (!vendor.api_key.empty())
    request.headers.push_back({"Authorization", "Bearer " + vendor.api_key});
  return request;
}

}  // namespace

std::unique_ptr<Call> OpenAiChat::list(const Vendor& vendor, std::chrono::milliseconds wait_max,
                                       std::function<void(ModelRows)> on_rows) {
  http::OutboundRequest request = request_to(vendor, "/models");
  request.headers.push_back({"Accept", "application/json"});
  const int wait_ms = static_cast<int>(wait_max.count());
  request.connect_timeout_ms = wait_ms;
  request.first_byte_timeout_ms = wait_ms;
  request.idle_timeout_ms = wait_ms;
  request.response_bytes_max = list_bytes_max;

  struct Document {
    int status = 0;
    std::string body;
  };
  const auto document = std::make_shared<Document>();
  http::OutboundEvents events;
  events.on_head = [document](int status, const auto&) { document->status = status; };
  events.on_body = [document](std::string_view bytes) { document->body += bytes; };
  events.on_done = [document, vendor, on_rows = std::move(on_rows)](const Error* error) {
    const bool is_whole = error == nullptr && document->status == 200;
    on_rows(is_whole ? read_model_list(vendor, document->body) : std::nullopt);
  };
  return std::make_unique<ListCall>(outbound_.start(std::move(request), std::move(events)));
}

std::unique_ptr<Call> OpenAiChat::start(const Vendor& vendor, const Request& request,
                                        std::function<void(Event)> on_event) {
  ChatParserOptions options;
  options.asked = Asked{vendor.label, request.model, vendor.api_key};
  options.tool_id_prefix = random_tool_id_prefix();
  options.tool_names = ToolNames(request.tools);

  http::OutboundRequest outbound_request = request_to(vendor, "/chat/completions");
  outbound_request.method = http::Method::post;
  outbound_request.headers.push_back({"Accept", "text/event-stream"});
  outbound_request.headers.push_back({"Content-Type", "application/json"});
  outbound_request.body = chat_request_body(request, dialect_of(vendor), options.tool_names);
  outbound_request.first_byte_timeout_ms = first_word_timeout_ms;

  auto stream = std::make_shared<ChatStream>(std::move(options), std::move(on_event));
  http::OutboundEvents events;
  events.on_head = [stream](int status, const auto& headers) { stream->head(status, headers); };
  events.on_body = [stream](std::string_view bytes) { stream->body(bytes); };
  events.on_done = [stream](const Error* error) { stream->done(error); };
  auto running = outbound_.start(std::move(outbound_request), std::move(events));
  return std::make_unique<ChatCall>(std::move(stream), std::move(running));
}

}  // namespace threadkeep::llm
