// An outbound client without a network: the test is the other side.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/outbound.h"

namespace threadkeep::llm {

class FakeOutbound : public http::Outbound {
 public:
  struct Exchange {
    http::OutboundRequest request;
    http::OutboundEvents events;
    bool is_cancelled = false;

    std::string header(std::string_view name) const {
      for (const http::Header& header : request.headers) {
        if (header.name == name) return header.value;
      }
      return "";
    }
    // Says nothing once it is cancelled, as the real one.
    void head(int status, const std::vector<http::Header>& headers = {}) {
      if (!is_cancelled) events.on_head(status, headers);
    }
    void body(std::string_view bytes) {
      if (!is_cancelled) events.on_body(bytes);
    }
    void done(const Error* error = nullptr) {
      if (!is_cancelled) events.on_done(error);
    }
  };

  // Called inside start(), to answer at once.
  std::function<void(Exchange&)> on_start;

  std::unique_ptr<http::OutboundCall> start(http::OutboundRequest request,
                                            http::OutboundEvents events) override {
    auto exchange = std::make_shared<Exchange>();
    exchange->request = std::move(request);
    exchange->events = std::move(events);
    exchanges.push_back(exchange);
    if (on_start) on_start(*exchange);
    return std::make_unique<FakeCall>(exchange);
  }

  std::vector<std::shared_ptr<Exchange>> exchanges;

 private:
  class FakeCall : public http::OutboundCall {
   public:
    explicit FakeCall(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
    ~FakeCall() override { exchange_->is_cancelled = true; }

   private:
    std::shared_ptr<Exchange> exchange_;
  };
};

}  // namespace threadkeep::llm
