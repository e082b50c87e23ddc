// The Anthropic messages protocol: https://docs.anthropic.com/en/api/messages, version 2023-06-01.
#pragma once

#include "http/outbound.h"
#include "llm/protocol.h"

namespace threadkeep::llm {

class AnthropicMessages : public Protocol {
 public:
  // `outbound` must outlive it. Events come from its thread.
  explicit AnthropicMessages(http::Outbound& outbound) : outbound_(outbound) {}

  std::unique_ptr<Call> list(const Vendor& vendor, std::chrono::milliseconds wait_max,
                             std::function<void(VendorModels)> on_models) override;
  Takes takes(const Vendor& vendor, std::string_view model) const override;
  std::unique_ptr<Call> start(const Vendor& vendor, const Request& request,
                              std::function<void(Event)> on_event) override;

 private:
  http::Outbound& outbound_;
};

// The body of GET {base}/models: its rows, newest first as the vendor gives them; nothing when it
// is no list of models.
ModelRows read_anthropic_models(const Vendor& vendor, std::string_view body);

}  // namespace threadkeep::llm
