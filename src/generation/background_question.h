// A question to a model that no person waits for: its words, whole.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>

#include "base/result.h"
#include "llm/provider.h"

namespace threadkeep::generation {

// Safe from several threads. The models must outlive it.
class BackgroundQuestions {
 public:
  explicit BackgroundQuestions(llm::Models& models) : models_(models) {}

  struct Limits {
    std::chrono::milliseconds wait_max{30'000};
    std::size_t said_bytes_max = 4U << 10;  // a model that says more is heard no further
  };
  // Blocks. Fails: upstream_failed (with the sentence for the person; `what` it was asked for is
  // named in it), cancelled (by stop()).
  Result<std::string> ask(const UserId& user, const std::string& model, llm::Request request,
                          const Limits& limits, std::string_view what);
  // Whoever asks or will ask fails.
  void stop();

 private:
  struct Words;
  llm::Models& models_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_stopped_ = false;
};

}  // namespace threadkeep::generation
