// The model that is always there: a small program without key and network, to try everything out
// with. It does not pretend to be more.
#pragma once

#include <chrono>

#include "llm/paced_calls.h"
#include "llm/protocol.h"

namespace threadkeep::llm {

// The row of the one vendor that speaks this protocol. Its name, "builtin", is its model's id.
Vendor builtin_vendor();

class BuiltinModel : public Protocol {
 public:
  // `calls` must outlive it.
  BuiltinModel(PacedCalls& calls, std::chrono::microseconds word_pause)
      : calls_(calls), word_pause_(word_pause) {}

  std::unique_ptr<Call> list(const Vendor& vendor, std::chrono::milliseconds wait_max,
                             std::function<void(VendorModels)> on_models) override;
  // Nothing: it reads what was written alone.
  Takes takes(const Vendor& vendor, std::string_view model) const override;
  // The same request gives the same answer, word by word. Usage counts words, as the only tokens it
  // knows; an answer that is longer than the settings want is cut. It knows no other settings, and
  // names the beginning of its system prompt.
  std::unique_ptr<Call> start(const Vendor& vendor, const Request& request,
                              std::function<void(Event)> on_event) override;

 private:
  PacedCalls& calls_;
  std::chrono::microseconds word_pause_;
};

}  // namespace threadkeep::llm
