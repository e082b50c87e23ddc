// Summaries of the older messages of conversations that grow too long for their models. They are
// made in the background, after an answer; the next answer that needs one is given it and keeps it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "generation/background_question.h"
#include "generation/kept_summaries.h"
#include "generation/prompt.h"
#include "llm/provider.h"
#include "store/store.h"

namespace threadkeep {

struct SummaryLimits {
  std::chrono::milliseconds wait_max{120'000};  // for the words of the model
  std::size_t waiting_max =
      256;  // conversations; further ones are looked at after their next answer
  // After a failure a conversation is left alone, each time twice as long.
  std::chrono::milliseconds pause_min{60'000};
  std::chrono::milliseconds pause_max{3'600'000};
  std::size_t context_bytes_max = 512U << 10;  // as GenerationLimits has it
};

// Safe from several threads. The store and the models must outlive it. Two threads, which the first
// wish starts.
class ContextSummaries {
 public:
  ContextSummaries(Store& store, llm::Models& models, SummaryLimits limits = {});
  ~ContextSummaries();  // as stop()
  ContextSummaries(const ContextSummaries&) = delete;
  ContextSummaries& operator=(const ContextSummaries&) = delete;

  // After an answer is complete: where what comes next would fill most of what its model reads, the
  // same model, which has the words already, is asked for a summary of the older messages. One
  // conversation is looked at once at a time. Returns at once; what fails leaves everything as it
  // is. Not for the built-in model, nor for duets.
  void consider(const UserId& user, const ConversationId& conversation, const MessageId& answer);
  // What was made.
  const generation::KeptSummaries& kept() const { return kept_; }

  // Ends what runs; nothing is begun any more.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Wish {
    UserId user;
    ConversationId conversation;
    MessageId answer;
  };
  struct Pause {
    Clock::time_point until;
    std::chrono::milliseconds length;
  };
  void run();
  std::optional<Wish> take_wish();
  Result<void> make(const Wish& wish);
  Result<void> make_through(const Wish& wish, const std::string& model, const Prompt& prompt,
                            std::size_t end, std::int64_t readable);
  bool is_paused(const ConversationId& conversation);
  void note_outcome(const ConversationId& conversation, bool has_failed);

  Store& store_;
  llm::Models& models_;
  const SummaryLimits limits_;
  generation::BackgroundQuestions questions_;
  generation::KeptSummaries kept_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopped_ = false;
  std::deque<Wish> wishes_;
  std::vector<ConversationId> running_;
  std::map<ConversationId, Pause> pauses_;
  std::vector<std::thread> threads_;
};

}  // namespace threadkeep
