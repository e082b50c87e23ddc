// Running answers: each owns its provider's stream, writes checkpoints, and is watched by any
// number of clients that come and go.
//
// An answer goes reserved -> streaming -> complete | cancelled | interrupted | error; the first
// final state wins, and it is announced only after it is stored. A watcher that leaves stops
// nothing. A generation is known by the id of any of its answers.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/ulid.h"
#include "generation/decisions.h"
#include "generation/event.h"
#include "llm/provider.h"
#include "store/store.h"
#include "tools/registry.h"
#include "tools/runner.h"

namespace threadkeep {

class ContextSummaries;

// A client that looks on. Called from several threads, never from two at once; must be quick and
// must not call Generations. False: it is gone, no further calls. GenerationEvent::End is the last
// call; a watcher that is let go without it has not seen everything.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual bool on_event(const GenerationEvent& event) = 0;
  virtual bool on_quiet() = 0;  // nothing for a while: says that the line is open
};

// Two models that answer each other, the first one first.
struct DuetRequest {
  std::array<std::string, 2> models;  // ids that Models::knows; may be one model twice
  std::int64_t turns = 2;             // answers, of both together
};

struct GenerationRequest {
  ConversationId conversation_id;
  std::optional<NewMessage> question;
  std::optional<MessageId> answer_to;
  std::vector<std::string> models;    // ids that Models::knows; none for a duet
  std::vector<MessageId> answer_ids;  // one for each model, or none: then they are made here
  // One generation with an answer for each turn, each the child of the one before, reserved in the
  // transaction that ends that one. `answer_ids` may hold the first one's. It ends after its turns,
  // with an answer that is not complete, with one without words, or when a question is asked under
  // one of its answers. Where `answer_to` is an answer
  // of these two models, it goes on from there.
  std::optional<DuetRequest> duet;
  // Names for which Generations::knows_tool: what a model may use that needs to be allowed. A retry
  // that joins a running answer changes nothing about it.
  std::vector<std::string> allowed_tools;
};

// What the person decides about the calls of tools with which an answer ended.
struct DecisionRequest {
  MessageId answer;
  struct OfCall {
    std::string tool_use_id;
    Decision decision = Decision::deny;
  };
  std::vector<OfCall> decisions;           // one for each call that waits
  std::vector<std::string> allowed_tools;  // as in GenerationRequest
};
struct DecidedAnswer {
  Message message;
  bool was_there = false;  // somebody decided before: this is what goes on with it
};

struct GenerationLimits {
  // A checkpoint comes this long after the one before, and while an answer is short also when this
  // much is new: a write to the disk costs whole pages, and only time bounds what long ones cost.
  std::int64_t checkpoint_ms = 250;
  std::size_t checkpoint_bytes = 2048;
  std::size_t short_answer_bytes = 16U << 10;
  std::int64_t announce_ms = 2'000;  // a checkpoint moves seq at most this often
  std::int64_t duration_ms_max = 1'800'000;
  std::size_t context_bytes_max = 512U << 10;  // of the newest messages that a model is given
  // Of the files of all running answers that are in memory at once.
  std::int64_t files_bytes_max = std::int64_t{256} << 20;
  int tool_rounds_max = 8;
  std::size_t tool_uses_per_round_max = 32;
  std::size_t tool_uses_max = 128;          // of an answer
  std::int64_t kept_after_end_ms = 60'000;  // for clients that come back
  // Of the newest events, which are kept for a replay. A longer one is replaced by the rows as they
  // are now.
  std::size_t replay_bytes_max = 64U << 10;
  std::chrono::milliseconds quiet{15'000};  // after which watchers are told that nothing happened
};

// Safe from several threads. `store`, `models`, `tools`, `clock` and `ids` must outlive it. Owns
// one thread for the clock's ticks, and those of the tools, so that a slow tool holds up nothing.
// `summaries` must outlive it too, where there are any (null: what is too long is left out).
class Generations {
 public:
  Generations(Store& store, llm::Models& models, const tools::Registry& tools, const Clock& clock,
              UlidMaker& ids, GenerationLimits limits = {}, ContextSummaries* summaries = nullptr);
  ~Generations();  // as stop(0)

  // Ends the answers that nobody writes any more: at the start of the process, before the first
  // start(). Returns how many; once it is done, nothing is left for another call. When it fails, as
  // on a full disk, rows can be read and watched, and each start() tries it first and fails as it
  // does, so that no answer of this life is taken for one of the earlier one. Fails: as the store.
  Result<std::int64_t> interrupt_unfinished();

  // Stores question and answers, starts the models, and lets `watcher` see everything from the
  // first event on. A retry joins what is there. Blocks for the commit. Fails: like
  // Answers::run.
  Result<void> start(const UserId& user, const GenerationRequest& request,
                     std::shared_ptr<Watcher> watcher);

  // Reserves the answer that carries out what was decided, and starts it: it runs the calls that
  // are allowed, each once, tells the model of the others, and goes on. The first decision stays,
  // whoever decides again joins it. What is allowed in the conversation becomes one of its
  // settings in the same transaction. A call whose answer ended before its result was stored is
  // never run again. Blocks for the commit. Fails: not_found, nothing_to_decide, invalid_field (a
  // call without a decision, one that does not wait, a model that cannot be asked), like
  // Answers::run.
  Result<DecidedAnswer> decide(const UserId& user, const DecisionRequest& request);

  // Lets `watcher` see the generation from after the event at `last_seen` on (none, unknown or too
  // far back: the rows as they are now, then what follows). Who has seen the end gets the end.
  // Fails: not_found (also when `last_seen` is of another generation).
  Result<void> attach(const UserId& user, const MessageId& answer,
                      const std::optional<EventPosition>& last_seen,
                      std::shared_ptr<Watcher> watcher);

  // Something of the user's was written, here or by another process: what watchers follow of
  // another process's answers is read on. Without it they see it later. Returns at once, without
  // calling the store; any thread.
  void hear_of(const UserId& user);

  // Stops one answer, keeping its text, and a duet whose turn it is or was. Returns the row after
  // its final state is stored. Harmless when it is final already. Fails: not_found.
  Result<Message> cancel(const UserId& user, const MessageId& answer);

  // Ends all running answers as interrupted, with their text stored; nothing can be started any
  // more. Waits at most `grace_ms` for the store.
  void stop(std::int64_t grace_ms);

  std::size_t running() const;
  bool knows_tool(std::string_view name) const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace threadkeep
