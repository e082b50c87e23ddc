// Google's Gemini API: https://ai.google.dev/api/generate-content, version v1beta.
#pragma once

#include "http/outbound.h"
#include "llm/protocol.h"

namespace threadkeep::llm {

class Gemini : public Protocol {
 public:
  // `outbound` must outlive it. Events come from its thread.
  explicit Gemini(http::Outbound& outbound) : outbound_(outbound) {}

  std::unique_ptr<Call> list(const Vendor& vendor, std::chrono::milliseconds wait_max,
                             std::function<void(VendorModels)> on_models) override;
  Takes takes(const Vendor& vendor, std::string_view model) const override;
  std::unique_ptr<Call> start(const Vendor& vendor, const Request& request,
                              std::function<void(Event)> on_event) override;

 private:
  http::Outbound& outbound_;
};

// The body of GET {base}/models: those that write text, sorted by id; nothing when it is no list of
// models.
ModelRows read_gemini_models(const Vendor& vendor, std::string_view body);

// The path at which the model is asked. Nothing of its name can lead elsewhere.
std::string gemini_path(std::string_view model);

}  // namespace threadkeep::llm
