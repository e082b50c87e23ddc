// The OpenAI Responses protocol, which xAI, Azure, OpenRouter, Groq, LM Studio and vLLM speak too:
// https://platform.openai.com/docs/api-reference/responses.
#pragma once

#include "http/outbound.h"
#include "llm/protocol.h"

namespace threadkeep::llm {

class OpenAiResponses : public Protocol {
 public:
  // `outbound` must outlive it. Events come from its thread.
  explicit OpenAiResponses(http::Outbound& outbound) : outbound_(outbound) {}

  std::unique_ptr<Call> list(const Vendor& vendor, std::chrono::milliseconds wait_max,
                             std::function<void(VendorModels)> on_models) override;
  Takes takes(const Vendor& vendor, std::string_view model) const override;
  std::unique_ptr<Call> start(const Vendor& vendor, const Request& request,
                              std::function<void(Event)> on_event) override;

 private:
  http::Outbound& outbound_;
};

}  // namespace threadkeep::llm
