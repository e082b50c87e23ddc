// Letting clients see a generation from any point on.
#include <algorithm>
#include <utility>

#include "generation/engine.h"

namespace threadkeep {

Result<bool> Generations::Impl::attach(const UserId& user, const MessageId& answer,
                                       const std::optional<std::string>& last_event_id,
                                       std::shared_ptr<Watcher> watcher) {
  const GenerationPtr generation = find(user, answer);
  if (generation) {
    std::size_t behind = 0;
    if (last_event_id) {
      const auto number = generation::parse_event_id(generation->tag, *last_event_id);
      if (!number) return tl::unexpected(number.error());
      behind = *number;
    }
    return replay_from(generation, behind, std::move(watcher));
  }
  const auto row = store_.find_message(user, answer);
  if (!row) return tl::unexpected(row.error());
  if (row->role != Role::assistant) return fail(Errc::not_found, "There is no such answer.");
  // The first answer's id begins the event ids, and it may be a sibling of this one: only the form
  // is checked here.
  if (last_event_id) {
    const auto number =
        generation::parse_event_id(last_event_id->substr(0, Ulid::text_length), *last_event_id);
    if (!number) return tl::unexpected(number.error());
  }
  if (!is_final(row->status)) {
    follow(user, *row, std::move(watcher));
    return true;
  }
  return replay_rows({*row}, answer.text(), *watcher);
}

Result<bool> Generations::Impl::replay_rows(const std::vector<Message>& rows,
                                            const std::string& tag, Watcher& watcher) {
  std::size_t number = 0;
  const auto send = [&](std::string_view name, std::string data) {
    return watcher.on_event(
        GenerationEvent{tag + "-" + std::to_string(++number), name, std::move(data)});
  };
  for (const Message& row : rows) {
    if (!send("message", generation::message_event_data(row))) return true;
    if (!send("status", generation::status_data(row.id, row.status, row.usage, row.error)))
      return true;
  }
  if (send("end", "{}")) watcher.on_end();
  return true;
}

Result<bool> Generations::Impl::replay_from(const GenerationPtr& generation, std::size_t behind,
                                            std::shared_ptr<Watcher> watcher) {
  std::vector<MessageId> answer_ids;
  bool as_rows = behind == 0;
  {
    const std::lock_guard lock(generation->mutex);
    const std::size_t from = std::min(behind, generation->log.size());
    if (behind > generation->log.size()) as_rows = true;
    std::size_t bytes = 0;
    for (std::size_t i = from; i < generation->log.size(); ++i)
      bytes += generation->log[i].data.size();
    if (bytes > limits_.replay_bytes_max) as_rows = true;
    if (!as_rows) {
      for (std::size_t i = from; i < generation->log.size(); ++i) {
        if (!watcher->on_event(generation->log[i])) return true;
      }
      if (generation->ended_at) {
        watcher->on_end();
      } else {
        generation->watchers.push_back(std::move(watcher));
      }
      return true;
    }
    for (const auto& answer : generation->answers) answer_ids.push_back(answer->id);
  }
  // The rows carry what never changes while an answer runs; its state comes from memory, at one
  // moment with the event number.
  std::vector<Message> rows;
  for (const MessageId& id : answer_ids) {
    auto row = store_.find_message(generation->user, id);
    if (!row) return tl::unexpected(row.error());
    rows.push_back(std::move(*row));
  }
  const std::lock_guard lock(generation->mutex);
  const std::string id = generation->tag + "-" + std::to_string(generation->log.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Answer& answer = *generation->answers[i];
    const AnswerState state = generation->state_of(answer);
    rows[i].content = state.content;
    rows[i].status =
        answer.is_ended && !answer.is_stored ? MessageStatus::streaming : answer.status;
    if (!watcher->on_event({id, "message", generation::message_event_data(rows[i])})) return true;
    if (answer.is_stored &&
        !watcher->on_event(
            {id, "status",
             generation::status_data(answer.id, answer.status, state.usage, state.error)})) {
      return true;
    }
  }
  if (!generation->ended_at) {
    generation->watchers.push_back(std::move(watcher));
  } else if (watcher->on_event({id, "end", "{}"})) {
    watcher->on_end();
  }
  return true;
}

}  // namespace threadkeep
