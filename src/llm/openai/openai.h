// OpenAI itself, which speaks two protocols: what is the same in both, and which one a model is
// asked in.
#pragma once

#include <memory>
#include <string_view>

#include "http/outbound.h"
#include "llm/protocol.h"

namespace threadkeep::llm {

// A request to the vendor with its key, for an answer by this model.
enum class Endpoint { chat_completions, responses };
http::OutboundRequest signed_request(const Vendor& vendor, Endpoint endpoint,
                                     std::string_view model);

// Asks for GET {base}/models, as in Protocol::list; where the vendor's models are named (Vendor) it
// gives these and asks nobody.
std::unique_ptr<Call> list_models(http::Outbound& outbound, const Vendor& vendor,
                                  std::chrono::milliseconds wait_max,
                                  std::function<void(VendorModels)> on_models);

// Reasoning models are asked by Responses: only there do they take their reasoning back, some are
// nowhere else, and they show a summary of it. All others are asked by chat completions.
class OpenAi : public Protocol {
 public:
  OpenAi(std::unique_ptr<Protocol> chat, std::unique_ptr<Protocol> responses)
      : chat_(std::move(chat)), responses_(std::move(responses)) {}

  std::unique_ptr<Call> list(const Vendor& vendor, std::chrono::milliseconds wait_max,
                             std::function<void(VendorModels)> on_models) override;
  Takes takes(const Vendor& vendor, std::string_view model) const override;
  std::unique_ptr<Call> start(const Vendor& vendor, const Request& request,
                              std::function<void(Event)> on_event) override;

 private:
  Protocol& protocol_for(std::string_view model) const;

  std::unique_ptr<Protocol> chat_;
  std::unique_ptr<Protocol> responses_;
};

}  // namespace threadkeep::llm
