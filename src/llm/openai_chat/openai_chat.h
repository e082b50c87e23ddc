// The OpenAI chat completions protocol, which OpenRouter, Groq, Mistral, DeepSeek, Ollama, vLLM,
// llama.cpp and LM Studio speak too.
#pragma once

#include "http/outbound.h"
#include "llm/protocol.h"

namespace threadkeep::llm {

class OpenAiChat : public Protocol {
 public:
  // `outbound` must outlive it. Events come from its thread.
  explicit OpenAiChat(http::Outbound& outbound) : outbound_(outbound) {}

  std::unique_ptr<Call> list(const Vendor& vendor, std::chrono::milliseconds wait_max,
                             std::function<void(VendorModels)> on_models) override;
  Takes takes(const Vendor& vendor, std::string_view model) const override;
  std::unique_ptr<Call> start(const Vendor& vendor, const Request& request,
                              std::function<void(Event)> on_event) override;

 private:
  http::Outbound& outbound_;
};

}  // namespace threadkeep::llm
