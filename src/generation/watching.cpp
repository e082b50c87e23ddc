// Letting clients see a generation from any point on.
#include <algorithm>
#include <utility>

#include "generation/engine.h"

namespace threadkeep {

using MessageStored = GenerationEvent::MessageStored;

namespace {

// Nothing when it is not among them: then it is about to be.
void leave_out_before(const MessageId& first, std::vector<RunningAnswer*>& answers) {
  const auto found = std::find_if(answers.begin(), answers.end(),
                                  [&](const RunningAnswer* answer) { return answer->id == first; });
  answers.erase(answers.begin(), found == answers.end() ? answers.end() - 1 : found);
}

}  // namespace

Result<void> Generations::Impl::attach(const UserId& user, const MessageId& answer,
                                       const std::optional<EventPosition>& last_seen,
                                       std::shared_ptr<Watcher> watcher) {
  if (const GenerationPtr generation = find(user, answer)) {
    if (last_seen && last_seen->generation != generation->id)
      return fail(Errc::not_found, "Last-Event-ID is of another generation.");
    return attach_here(generation, answer, last_seen ? last_seen->number : 0, std::move(watcher));
  }
  const auto row =
      store_.read([&](const Reader& reader) { return reader.messages().find(user, answer); });
  if (!row) return tl::unexpected(row.error());
  if (row->role != Role::assistant) return fail(Errc::not_found, "There is no such answer.");
  if (!is_final(row->status)) {
    follow(user, *row, std::move(watcher));
    return {};
  }
  // The first answer's id begins the positions, and it may be a sibling of this one: here nobody
  // knows any more.
  const MessageId tag = last_seen ? last_seen->generation : answer;
  const bool has_seen_all = last_seen && last_seen->number == EventPosition::end;
  if (has_seen_all || (watcher->on_event({{tag, 0}, MessageStored{*row}}) &&
                       watcher->on_event({{tag, 0}, generation::status_of(*row)}))) {
    watcher->on_event({{tag, EventPosition::end}, GenerationEvent::End{}});
  }
  return {};
}

Result<void> Generations::Impl::attach_here(const GenerationPtr& generation,
                                            const MessageId& answer, std::size_t last_seen,
                                            std::shared_ptr<Watcher> watcher) {
  {
    const std::lock_guard lock(generation->mutex);
    const auto& log = generation->log;
    // Every stream ends with the end: one that closes without it would be resumed again.
    if (generation->ended_at) last_seen = std::min(last_seen, log.last_number() - 1);
    // Who has seen nothing begins with the rows, and so does who would get more than a few events.
    if (last_seen != 0 && log.holds_all_after(last_seen)) {
      const bool is_there = log.replay_after(
          last_seen, [&](const GenerationEvent& event) { return watcher->on_event(event); });
      if (!is_there) return {};
      if (!generation->ended_at) generation->watchers.push_back(std::move(watcher));
      return {};
    }
  }
  // Who has seen something may have missed any of them.
  const auto first = last_seen == 0 ? std::optional<MessageId>(answer) : std::nullopt;
  return replay_rows(generation, first, std::move(watcher));
}

// The rows carry what never changes while an answer runs; its state comes from memory, at one
// moment with the event's number.
Result<void> Generations::Impl::replay_rows(const GenerationPtr& generation,
                                            const std::optional<MessageId>& first,
                                            std::shared_ptr<Watcher> watcher) {
  std::vector<RunningAnswer*> answers;
  std::vector<Message> rows;
  std::unique_lock lock(generation->mutex, std::defer_lock);
  std::size_t count = 0;
  do {
    if (lock.owns_lock()) lock.unlock();
    rows.clear();
    answers = answers_of(*generation);
    count = answers.size();
    if (generation->is_duet && first) leave_out_before(*first, answers);
    for (const RunningAnswer* answer : answers) {
      auto row = store_.read([&](const Reader& reader) {
        return reader.messages().find(generation->user, answer->id);
      });
      if (!row) return tl::unexpected(row.error());
      rows.push_back(std::move(*row));
    }
    lock.lock();
  } while (count != generation->answers.size());  // a turn of a duet was taken meanwhile
  const EventPosition position{generation->id, generation->log.last_number()};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const RunningAnswer& answer = *answers[i];
    if (!answer.is_of_row) {
      FinishAnswer state = generation->state_of(answer);
      rows[i].content = std::move(state.content);
      rows[i].usage = std::move(state.usage);
      rows[i].error = std::move(state.error);
      if (state.metadata) rows[i].metadata = std::move(*state.metadata);
      rows[i].status =
          answer.is_ended && !answer.is_stored ? MessageStatus::streaming : answer.status;
    }
    if (!watcher->on_event({position, MessageStored{rows[i]}})) return {};
    if (answer.is_stored && !watcher->on_event({position, generation::status_of(rows[i])}))
      return {};
  }
  if (generation->ended_at) {
    watcher->on_event(generation->log.newest());
  } else {
    generation->watchers.push_back(std::move(watcher));
  }
  return {};
}

}  // namespace threadkeep
