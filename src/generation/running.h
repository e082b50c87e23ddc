// The parts of one running generation, and what its watchers see. Internal to src/generation.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "domain/left_out_files.h"
#include "generation/decisions.h"
#include "generation/draft.h"
#include "generation/duet.h"
#include "generation/event_log.h"
#include "generation/generations.h"
#include "generation/part_plan.h"
#include "generation/prompt.h"
#include "llm/provider.h"
#include "tools/runner.h"

namespace threadkeep::generation {

// The tools that a model has asked for at once.
struct ToolRound {
  std::vector<Draft::ToolUse> uses;
  std::vector<std::optional<tools::ToolResult>> results;  // in the order of the uses
  std::size_t stored = 0;                                 // so many of them are in the draft
  std::vector<std::stop_source> stops;                    // of those that run

  ~ToolRound();  // nobody waits for them any more
};

struct RunningAnswer {
  explicit RunningAnswer(std::size_t part_bytes) : plan(part_bytes) {}

  MessageId id;
  std::string model;
  std::string metadata;  // of the row
  MonotonicMs started_at = 0;
  Draft draft;
  MessageStatus status = MessageStatus::reserved;
  std::optional<llm::Usage> usage;
  std::optional<std::string> error;           // JSON
  std::optional<FinishReason> finish_reason;  // of the model's last turn
  std::optional<MessageId> context_from;      // older messages were not given to the model
  bool was_given_summary = false;             // in the place of those
  bool keeps_summary = false;                 // it was the first that was given that one
  std::vector<LeftOutFile> left_out_files;    // of those that the messages refer to
  std::unique_ptr<llm::Call> call;
  std::unique_ptr<ToolRound> tool_round;  // while tools run
  int tool_rounds = 0;
  std::size_t tool_uses = 0;  // of the rounds before
  // Its round begins as soon as what it does is stored.
  bool is_round_due = false;
  bool awaits_person = false;  // it ends after this round: calls wait for the person's word
  // What was decided about the calls of the answer before: it begins with their results.
  std::optional<std::vector<Decision>> decisions;
  std::optional<MessageId> parent_id;

  // Of a duet: the answer that is reserved when this one ends.
  std::optional<Reservation> next;
  bool is_to_be_asked = false;  // it is reserved, and its model is not asked yet

  bool is_ended = false;      // a final state is decided: nothing changes any more
  bool is_stored = false;     // and is durable
  bool is_looked_at = false;  // and it was seen whether the conversation grows too long
  bool is_saving = false;     // one save is on its way
  bool is_taken = false;      // the store has a final state from elsewhere, or no such row any more
  bool is_of_row = false;     // it was: the row is what counts, not the draft
  MonotonicMs retry_at = 0;   // when a final save that failed is tried again; 0: none waits
  PartPlan plan;              // of the checkpoints
  std::size_t stored_bytes = 0;   // of draft.bytes()
  MonotonicMs checkpoint_at = 0;  // the latest one was begun
  MonotonicMs announced_at = 0;   // the latest one that moved seq
};

// Everything below the mutex is guarded by it. The mutex is never held while the store is called or
// a Call is destroyed: both may wait for a thread that waits for it.
struct Generation {
  explicit Generation(std::size_t replay_bytes_max) : log(replay_bytes_max) {}

  UserId user;
  ConversationId conversation_id;
  MessageId id;  // the first answer's: what its events' positions begin with
  Prompt prompt;
  std::vector<std::string> allowed_tools;
  bool is_duet = false;

  mutable std::mutex mutex;
  // Fixed after the start, but for a duet: there the next one is added as one ends.
  std::vector<std::unique_ptr<RunningAnswer>> answers;
  std::optional<DuetTurn> duet;  // of the newest answer; none, too: it was stopped
  EventLog log;
  std::vector<std::shared_ptr<Watcher>> watchers;
  std::optional<MonotonicMs> ended_at;
  std::chrono::steady_clock::time_point told_at = std::chrono::steady_clock::now();

  // With the mutex held:
  void emit(GenerationEvent::What what);
  void end_open_block(RunningAnswer& answer);
  void add_tool_result(RunningAnswer& answer, std::string_view use_id,
                       const tools::ToolResult& result);
  void add_block(RunningAnswer& answer, const std::string& block);
  void emit_status(const RunningAnswer& answer);
  // Tells the watchers that nothing has happened for `quiet`, when that is so.
  void tell_quiet(std::chrono::milliseconds quiet);
  void end_if_all_stored(MonotonicMs now);
  FinishAnswer state_of(const RunningAnswer& answer) const;
  // The reserved row becomes an answer that watchers see.
  RunningAnswer& add(const Message& row, std::size_t part_bytes, MonotonicMs now);
};

// Takes the mutex.
std::vector<RunningAnswer*> answers_of(const Generation& generation);

// Whether the person has allowed the tool in the whole conversation.
bool allows_tool(const Generation& generation, std::string_view name);
// Whether the settings of the conversation leave a model this tool.
bool leaves_tool(const Generation& generation, std::string_view name);

// The state of a finished row as an event.
GenerationEvent::StatusChanged status_of(const Message& row);

std::string error_json(std::string_view type, std::string_view detail);
// Of an answer for whose files there is no room in memory beside those of others.
std::string no_room_for_files();

}  // namespace threadkeep::generation
