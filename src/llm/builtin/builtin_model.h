// The model that is always there: a small program without key and network, to try everything out
// with. It does not pretend to be more.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "llm/paced_calls.h"
#include "llm/provider.h"

namespace threadkeep::llm {

struct BuiltinOptions {
  std::chrono::microseconds word_pause{15'000};
};

class BuiltinModel {
 public:
  static constexpr std::string_view id = "builtin";
  static ModelRow row();

  // `calls` must outlive it.
  BuiltinModel(PacedCalls& calls, BuiltinOptions options) : calls_(calls), options_(options) {}

  // The same request gives the same answer, word by word. Usage counts words, as the only tokens it
  // knows.
  std::unique_ptr<Call> start(const Request& request, std::function<void(Event)> on_event);

 private:
  PacedCalls& calls_;
  BuiltinOptions options_;
};

}  // namespace threadkeep::llm
