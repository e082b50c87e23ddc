// Answers that are known beforehand, said piece by piece.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "llm/provider.h"

namespace threadkeep::llm {

// One thread for all running calls. Safe from several threads. A call may outlive
// it, in silence.
class PacedCalls {
 public:
  PacedCalls();
  ~PacedCalls();  // calls that still run get no more events

  // Says `events` in order, each `pause` after the one before; the first at once, but not from
  // inside this function. `on_event` as in provider.h.
  std::unique_ptr<Call> start(std::vector<Event> events, std::chrono::microseconds pause,
                              std::function<void(Event)> on_event);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace threadkeep::llm
