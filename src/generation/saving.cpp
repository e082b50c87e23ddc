// Checkpoints and final states.
#include <utility>

#include "generation/engine.h"

namespace threadkeep {
namespace {

constexpr std::int64_t retry_ms = 1'000;

}  // namespace

bool Generations::Impl::needs_checkpoint(const RunningAnswer& answer, UnixMs now) const {
  if (answer.is_saving || answer.is_ended) return false;
  if (answer.status == MessageStatus::reserved) return !answer.draft.is_empty();
  const std::size_t unsaved = answer.draft.bytes() - answer.saved_bytes;
  return unsaved >= limits_.checkpoint_bytes ||
         (unsaved > 0 && now - answer.saved_at >= limits_.checkpoint_ms);
}

SaveAnswer Generations::Impl::begin_checkpoint(const Generation& generation, RunningAnswer& answer,
                                               UnixMs now) {
  answer.status = MessageStatus::streaming;
  answer.is_saving = true;
  answer.saved_bytes = answer.draft.bytes();
  answer.saved_at = now;
  SaveAnswer state = generation.state_of(answer);
  const bool announce =
      answer.announced_at == 0 || now - answer.announced_at >= limits_.announce_ms;
  state.announce = announce ? SaveAnswer::Announce::yes : SaveAnswer::Announce::no;
  if (announce) answer.announced_at = now;
  return state;
}

void Generations::Impl::save(const GenerationPtr& generation, RunningAnswer& answer,
                             SaveAnswer state) {
  const MessageStatus status = state.status;
  store_.write(generation->user, std::move(state),
               [&clock = clock_, generation, &answer, status](const Result<Message>& saved) {
                 on_saved(clock, *generation, answer, status, saved);
               });
}

void Generations::Impl::on_saved(const Clock& clock, Generation& generation, RunningAnswer& answer,
                                 MessageStatus status, const Result<Message>& saved) {
  const UnixMs now = clock.now_ms();
  const std::lock_guard lock(generation.mutex);
  if (!is_final(status)) answer.is_saving = false;
  const bool is_taken = !saved && (saved.error().code == Errc::already_final ||
                                   saved.error().code == Errc::not_found);
  if (is_taken) {
    answer.is_taken = true;
    return;
  }
  if (!is_final(status)) return;
  if (!saved) {
    answer.retry_at = now + retry_ms;
    return;
  }
  answer.is_stored = true;
  generation.emit_status(answer);
  generation.end_if_all_stored(now);
}

void Generations::Impl::finish(const GenerationPtr& generation, RunningAnswer& answer,
                               MessageStatus status, std::optional<std::string> error) {
  // Both die outside of the lock. Who stops an answer does not wait for its tools.
  std::unique_ptr<llm::Call> call;
  std::unique_ptr<generation::ToolRound> tools;
  SaveAnswer state;
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) return;
    tools = std::move(answer.tool_round);
    generation->end_open_block(answer);
    answer.is_ended = true;
    answer.status = status;
    answer.error = std::move(error);
    call = std::move(answer.call);
    state = generation->state_of(answer);
  }
  call.reset();
  save(generation, answer, std::move(state));
}

// What was stored first stays: watchers see that, whatever this process had.
void Generations::Impl::let_go(const GenerationPtr& generation, RunningAnswer& answer) {
  const auto row = store_.read(
      [&](const Reader& reader) { return reader.messages().find(generation->user, answer.id); });
  if (!row && row.error().code != Errc::not_found) return;
  std::unique_ptr<llm::Call> call;
  std::unique_ptr<generation::ToolRound> tools;
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_stored) return;
    tools = std::move(answer.tool_round);
    generation->end_open_block(answer);
    answer.is_ended = true;
    answer.is_stored = true;
    answer.is_taken = false;
    answer.is_of_row = true;
    call = std::move(answer.call);
    // Erased meanwhile, or taken by another process that still writes it.
    answer.status = row && is_final(row->status) ? row->status : MessageStatus::interrupted;
    if (row) {
      answer.error = row->error;
      generation->emit(GenerationEvent::MessageStored{*row});
    }
    generation->emit_status(answer);
    generation->end_if_all_stored(clock_.now_ms());
  }
  call.reset();
}

Result<Message> Generations::Impl::cancel(const UserId& user, const MessageId& id) {
  if (const GenerationPtr generation = find(user, id)) {
    RunningAnswer* answer = generation->find(id);
    finish(generation, *answer, MessageStatus::cancelled, std::nullopt);
    SaveAnswer state;
    {
      const std::lock_guard lock(generation->mutex);
      state = generation->state_of(*answer);
    }
    // Runs after the save that finish() queued, whoever called it first; the second one finds a
    // final row.
    auto saved = store_.write(user, state);
    if (!saved && saved.error().code != Errc::already_final) return saved;
    return store_.read([&](const Reader& reader) { return reader.messages().find(user, id); });
  }
  auto row = store_.read([&](const Reader& reader) { return reader.messages().find(user, id); });
  if (!row) return row;
  if (row->role != Role::assistant) return fail(Errc::not_found, "There is no such answer.");
  if (is_final(row->status)) return row;
  SaveAnswer state;
  state.id = id;
  state.content = row->content;
  state.status = MessageStatus::cancelled;
  auto saved = store_.write(user, state);
  if (!saved && saved.error().code != Errc::already_final) return saved;
  return store_.read([&](const Reader& reader) { return reader.messages().find(user, id); });
}

}  // namespace threadkeep
