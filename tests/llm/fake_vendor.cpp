#include "llm/fake_vendor.h"

#include <chrono>
#include <stdexcept>

#include "json/json.h"

namespace threadkeep::llm {
namespace {

std::string piece(std::string_view text) {
  std::string data =
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":" + json::quoted(text) + "}}]}\n\n";
  return data;
}

constexpr std::string_view end_of_answer =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3}}\n\ndata: "
    "[DONE]\n\n";

http::Response json_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = std::move(body);
  return response;
}

std::string error_body(std::string_view message) {
  return "{\"error\":{\"message\":" + json::quoted(message) + "}}";
}

}  // namespace

FakeVendor::FakeVendor() {
  http::ListenerOptions options;
  options.port = 0;
  auto listener = http::Listener::open(options, *this);
  if (!listener) throw std::runtime_error(listener.error().detail);
  listener_ = std::move(*listener);
  listener_->start();
}

FakeVendor::~FakeVendor() {
  is_stopping_ = true;
  // First the workers, so that nobody begins to speak any more.
  listener_->stop(0);
  for (std::thread& speaker : speakers_) speaker.join();
}

Vendor FakeVendor::row(std::string name) const {
  Vendor vendor;
  vendor.label = "The vendor";
  vendor.name = std::move(name);
  vendor.base_url = "http://127.0.0.1:" + std::to_string(listener_->port()) + "/v1";
  vendor.api_key = "key-of-the-vendor";
  return vendor;
}

std::string FakeVendor::last_body() {
  const std::lock_guard lock(mutex_);
  return last_body_;
}

std::string FakeVendor::last_key() {
  const std::lock_guard lock(mutex_);
  return last_key_;
}

bool FakeVendor::was_left() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [this] { return was_left_; });
}

class FakeVendor::Admitted final : public http::AdmittedRequest {
 public:
  explicit Admitted(FakeVendor& vendor) : vendor_(vendor) {}

  http::Lane lane() const override { return http::Lane::read; }
  http::BodyPlan body_plan() const override { return {.bytes_max = 1U << 20}; }
  http::Reply handle(http::Request request, const http::Responder& responder) const override {
    return vendor_.handle(request, responder);
  }
  http::Response refusal(const http::Refusal& refusal,
                         std::uint64_t request_number) const override {
    return vendor_.refusal(refusal, request_number);
  }

 private:
  FakeVendor& vendor_;
};

http::HeadDecision FakeVendor::decide(const http::RequestHead&) {
  return std::make_unique<Admitted>(*this);
}

http::Reply FakeVendor::handle(const http::Request& request, const http::Responder& responder) {
  {
    const std::lock_guard lock(mutex_);
    last_body_ = request.body;
    last_key_ = request.header("Authorization").value_or("");
  }
  if (request.path == "/v1/models")
    return json_response(200, R"({"data":[{"id":"words"},{"id":"whisper-1"}]})");
  if (request.path != "/v1/chat/completions") return json_response(404, error_body("no such page"));
  const auto document = json::Document::parse(request.body, json::Mode::strict);
  if (!document) return json_response(400, error_body(document.error().detail));
  return answer_chat(std::string(document->root()["model"].string()), responder);
}

http::Reply FakeVendor::answer_chat(const std::string& model, const http::Responder& responder) {
  if (model == "401")
    return json_response(401, error_body("Incorrect API key provided: key-of-the-vendor"));
  if (model == "404") return json_response(404, error_body("No such model"));
  if (model == "429") {
    http::Response response = json_response(429, error_body("Slow down"));
    response.headers.push_back({"Retry-After", "7"});
    return response;
  }
  if (model == "500") return json_response(500, "<html><body>Oops</body></html>");
  if (model == "302") {
    http::Response response;
    response.status = 302;
    response.headers = {{"Location", "http://169.254.169.254/latest/meta-data"}};
    return response;
  }
  if (model == "empty") return json_response(200, "");
  if (model == "document")
    return json_response(
        200, R"({"choices":[{"message":{"content":"At once"},"finish_reason":"stop"}]})");
  if (model == "line without end") {
    return json_response(200, "data: " + std::string(10U << 20, 'x'));
  }
  if (model == "silent") {
    const std::lock_guard lock(mutex_);
    unanswered_.push_back(responder);
    return http::Deferred{};
  }
  const auto stream = open_stream(responder);
  const std::string all = piece("Grüße, ") + piece("世界") + std::string(end_of_answer);
  if (model == "words") {
    stream->write(all);
    stream->close();
  } else if (model == "bytes") {
    std::vector<std::string> bytes;
    for (const char c : all) bytes.emplace_back(1, c);
    speak(stream, std::move(bytes), 0);
  } else if (model == "slow") {
    speak(stream,
          {piece("one "), ": still here\n\n", piece("two "), piece("three"),
           std::string(end_of_answer)},
          30);
  } else if (model == "cut") {
    stream->write(piece("Half an ans"));
    stream->abort();
  } else if (model == "ends early") {
    stream->write(piece("Half an ans"));
    stream->close();
  } else {
    stream->write(piece("forever"));
  }
  return http::Deferred{};
}

std::shared_ptr<http::EventStream> FakeVendor::open_stream(const http::Responder& responder) {
  http::Response head;
  head.headers = {{"Content-Type", "text/event-stream"}};
  auto stream = responder.stream(std::move(head));
  stream->on_gone([this] {
    const std::lock_guard lock(mutex_);
    was_left_ = true;
    changed_.notify_all();
  });
  const std::lock_guard lock(mutex_);
  streams_.push_back(stream);
  return stream;
}

void FakeVendor::speak(std::shared_ptr<http::EventStream> stream, std::vector<std::string> pieces,
                       int pause_ms) {
  const std::lock_guard lock(mutex_);
  speakers_.emplace_back([this, stream = std::move(stream), pieces = std::move(pieces), pause_ms] {
    for (const std::string& text : pieces) {
      if (is_stopping_ || !stream->write(text)) return;
      if (pause_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
    }
    stream->close();
  });
}

http::Response FakeVendor::refusal(const http::Refusal& refusal, std::uint64_t) {
  return json_response(refusal.status, error_body(refusal.detail));
}

}  // namespace threadkeep::llm
