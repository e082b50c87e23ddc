#include "llm/streamed_call.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "base/random.h"
#include "llm/failure.h"

namespace threadkeep::llm {
namespace {

constexpr std::uint64_t document_bytes_max = 8U << 20;
// Large models on small machines read a long conversation for minutes before the first word.
constexpr int first_word_timeout_ms = 300'000;

// Null for an event that is no piece of a text.
std::string* text_of(Event& event) {
  if (auto* words = std::get_if<TextDelta>(&event)) return &words->text;
  if (auto* words = std::get_if<ReasoningDelta>(&event)) return &words->text;
  if (auto* words = std::get_if<ToolInputDelta>(&event)) return &words->json;
  return nullptr;
}

// The parser and who listens to it. Lives as long as the call or any of its callbacks. Both may go
// while one of them runs, when an event ends the call: so each keeps it until it is through.
class Stream : public std::enable_shared_from_this<Stream> {
 public:
  Stream(const MakeParser& make_parser, std::function<void(Event)> on_event)
      : on_event_(std::move(on_event)),
        parser_(make_parser([this](Event event) { say(std::move(event)); })) {}

  void cancel() { is_cancelled_ = true; }
  void head(int status, const std::vector<http::Header>& headers) {
    const auto kept = shared_from_this();
    parser_->head(status, headers);
  }
  void body(std::string_view bytes) {
    const auto kept = shared_from_this();
    parser_->feed(bytes);
    say_gathered();
  }
  void done(const Error* error) {
    const auto kept = shared_from_this();
    parser_->finish(error);
    say_gathered();
  }

 private:
  // One piece of the network may hold many events. Of those that write on at the same text one is
  // made: a model that sends letters costs each listener no more than one that sends sentences.
  void say(Event event) {
    if (goes_on(event)) return;
    say_gathered();
    if (text_of(event) != nullptr) {
      gathered_ = std::move(event);
    } else {
      tell(std::move(event));
    }
  }
  void say_gathered() {
    if (gathered_) tell(*std::exchange(gathered_, std::nullopt));
  }
  // The first event of a piece may have ended the call.
  void tell(Event event) {
    if (!is_cancelled_) on_event_(std::move(event));
  }
  bool goes_on(Event& event) {
    if (!gathered_ || gathered_->index() != event.index()) return false;
    *text_of(*gathered_) += *text_of(event);
    return true;
  }

  std::atomic<bool> is_cancelled_ = false;
  std::function<void(Event)> on_event_;
  std::optional<Event> gathered_;  // text that the next event may go on with
  std::unique_ptr<AnswerParser> parser_;
};

class StreamedCall : public Call {
 public:
  StreamedCall(std::shared_ptr<Stream> stream, std::unique_ptr<http::OutboundCall> outbound)
      : stream_(std::move(stream)), outbound_(std::move(outbound)) {}
  ~StreamedCall() override {
    stream_->cancel();
    outbound_.reset();
  }

 private:
  std::shared_ptr<Stream> stream_;
  std::unique_ptr<http::OutboundCall> outbound_;
};

class DocumentCall : public Call {
 public:
  explicit DocumentCall(std::unique_ptr<http::OutboundCall> outbound)
      : outbound_(std::move(outbound)) {}

 private:
  std::unique_ptr<http::OutboundCall> outbound_;
};

struct Document {
  int status = 0;
  std::vector<http::Header> headers;
  std::string body;
};

VendorModels models_in(const Document& document, const Error* error, const Vendor& vendor,
                       ReadModels read) {
  const Asked asked = asked_of(vendor, "");
  const auto away = [](std::string reason) { return VendorModels{{}, std::move(reason)}; };
  if (error != nullptr) {
    const auto moment = document.status == 0 ? Moment::before_answer : Moment::within_answer;
    return away(connection_failed(asked, *error, moment).failure.sentence);
  }
  if (document.status == 404)
    return away(vendor.label + " has no list of models at this address (404).");
  if (document.status != 200)
    return away(refused(asked, document.status, document.headers, document.body).failure.sentence);
  ModelRows rows = read(vendor, document.body);
  if (!rows)
    return away(vendor.label +
                " answered with something that is no list of models. Check the address " +
                asked.settings + ".");
  return {*std::move(rows), std::nullopt};
}

}  // namespace

Asked asked_of(const Vendor& vendor, std::string model) {
  Asked asked{vendor.label, std::move(model), vendor.api_key};
  if (vendor.source == Vendor::Source::person) asked.settings = "under Models and keys";
  return asked;
}

http::OutboundRequest request_to(std::string_view base_url, std::string_view path) {
  http::OutboundRequest request;
  request.url = std::string(base_url) + std::string(path);
  request.headers.push_back({"User-Agent", "threadkeep"});
  return request;
}

std::unique_ptr<Call> start_streamed(http::Outbound& outbound, http::OutboundRequest request,
                                     std::string body, const MakeParser& make_parser,
                                     std::function<void(Event)> on_event) {
  request.method = http::Method::post;
  request.headers.push_back({"Accept", "text/event-stream"});
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = std::move(body);
  request.first_byte_timeout_ms = first_word_timeout_ms;

  auto stream = std::make_shared<Stream>(make_parser, std::move(on_event));
  http::OutboundEvents events;
  events.on_head = [stream](int status, const auto& headers) { stream->head(status, headers); };
  events.on_body = [stream](std::string_view bytes) { stream->body(bytes); };
  events.on_done = [stream](const Error* error) { stream->done(error); };
  auto running = outbound.start(std::move(request), std::move(events));
  return std::make_unique<StreamedCall>(std::move(stream), std::move(running));
}

std::unique_ptr<Call> fetch_models(http::Outbound& outbound, http::OutboundRequest request,
                                   const Vendor& vendor, std::chrono::milliseconds wait_max,
                                   ReadModels read, std::function<void(VendorModels)> on_models) {
  request.headers.push_back({"Accept", "application/json"});
  const int wait_ms = static_cast<int>(wait_max.count());
  request.connect_timeout_ms = wait_ms;
  request.first_byte_timeout_ms = wait_ms;
  request.idle_timeout_ms = wait_ms;
  request.response_bytes_max = document_bytes_max;

  const auto document = std::make_shared<Document>();
  http::OutboundEvents events;
  events.on_head = [document](int status, const auto& headers) {
    document->status = status;
    document->headers = headers;
  };
  events.on_body = [document](std::string_view bytes) { document->body += bytes; };
  events.on_done = [document, vendor, read, on_models = std::move(on_models)](const Error* error) {
    on_models(models_in(*document, error, vendor, read));
  };
  return std::make_unique<DocumentCall>(outbound.start(std::move(request), std::move(events)));
}

std::string random_tool_id_prefix() {
  std::array<std::byte, 9> bytes{};
  fill_random(bytes);
  std::string prefix = "call_";
  for (const std::byte byte : bytes)
    prefix += "abcdefghijkmnpqrstuvwxyz23456789"[std::to_integer<unsigned>(byte) % 32U];
  return prefix + "_";
}

}  // namespace threadkeep::llm
