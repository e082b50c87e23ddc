// A vendor in this process, over a real socket. What it does is chosen by the name of the model
// that it is asked for.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/listener.h"
#include "llm/models.h"

namespace threadkeep::llm {

class FakeVendor : public http::Application {
 public:
  FakeVendor();
  ~FakeVendor() override;

  Vendor row(std::string name) const;
  std::string last_body();
  std::string last_key();
  // A stream that this side has not ended was left by its reader. Waits up to ten seconds.
  bool was_left();

  http::HeadDecision decide(const http::RequestHead& head) override;
  http::Response refusal(const http::Refusal& refusal, std::uint64_t request_number) override;

 private:
  class Admitted;

  http::Reply handle(const http::Request& request, const http::Responder& responder);
  http::Reply answer_chat(const std::string& model, const http::Responder& responder);
  std::shared_ptr<http::EventStream> open_stream(const http::Responder& responder);
  void speak(std::shared_ptr<http::EventStream> stream, std::vector<std::string> pieces,
             int pause_ms);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string last_body_;
  std::string last_key_;
  std::atomic<bool> is_stopping_ = false;
  bool was_left_ = false;
  std::vector<http::Responder> unanswered_;
  std::vector<std::shared_ptr<http::EventStream>> streams_;
  std::vector<std::thread> speakers_;
  std::unique_ptr<http::Listener> listener_;
};

}  // namespace threadkeep::llm
