// The parts of one running generation, and what its watchers see. Internal to src/generation.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "generation/draft.h"
#include "generation/generations.h"
#include "llm/provider.h"

namespace threadkeep::generation {

struct Answer {
  MessageId id;
  std::string model;
  UnixMs started_at = 0;
  Draft draft;
  MessageStatus status = MessageStatus::reserved;
  std::optional<llm::Usage> usage;
  std::optional<std::string> error;  // JSON
  std::unique_ptr<llm::Call> call;
  int tool_rounds = 0;

  bool is_ended = false;   // a final state is decided: nothing changes any more
  bool is_stored = false;  // and is durable
  bool is_saving = false;  // one save is on its way
  bool is_taken = false;   // the store has a final state from elsewhere, or no such row any more
  UnixMs retry_at = 0;     // when a final save that failed is tried again; 0: none waits
  std::size_t saved_bytes = 0;
  UnixMs saved_at = 0;
  UnixMs announced_at = 0;
};

// Everything below the mutex is guarded by it. The mutex is never held while the store is called or
// a Call is destroyed: both may wait for a thread that waits for it.
struct Generation {
  UserId user;
  ConversationId conversation_id;
  std::string tag;  // the first answer's id: what its event ids begin with
  std::vector<llm::Turn> turns;
  bool continues = false;

  mutable std::mutex mutex;
  std::vector<std::unique_ptr<Answer>> answers;  // fixed after the start
  std::vector<GenerationEvent> log;
  std::vector<std::shared_ptr<Watcher>> watchers;
  std::optional<UnixMs> ended_at;

  // With the mutex held:
  void emit(std::string_view name, std::string data);
  void emit_delta(const Answer& answer, std::size_t index, std::string_view type,
                  std::string_view text);
  void end_open_block(Answer& answer);
  void emit_status(const Answer& answer);
  void end_if_all_stored(UnixMs now);
  AnswerState state_of(const Answer& answer) const;
  Answer* find(const MessageId& id);
};

// The number in an event id of this generation: of the event behind which a client wants to go on.
// Fails: invalid_cursor (not of the form), not_found (of another generation).
Result<std::size_t> parse_event_id(const std::string& tag, std::string_view id);

std::string status_data(const MessageId& id, MessageStatus status,
                        const std::optional<std::string>& usage,
                        const std::optional<std::string>& error);
std::string message_event_data(const Message& message);
std::string error_json(std::string_view type, std::string_view detail);

}  // namespace threadkeep::generation
