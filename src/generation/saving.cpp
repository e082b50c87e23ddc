// Checkpoints and final states.
#include <utility>

#include "generation/engine.h"

namespace threadkeep {
namespace {

using Announce = CheckpointAnswer::Announce;

constexpr std::int64_t retry_ms = 1'000;

// The store has a final state from elsewhere, another process writes the answer, or it is gone.
bool is_taken(const Result<void>& saved) {
  return !saved &&
         (saved.error().code == Errc::already_final || saved.error().code == Errc::not_found);
}

}  // namespace

bool Generations::Impl::needs_checkpoint(const RunningAnswer& answer, MonotonicMs now) const {
  if (answer.is_saving || answer.is_ended) return false;
  if (answer.status == MessageStatus::reserved) return !answer.draft.is_empty();
  const std::size_t unsaved = answer.draft.bytes() - answer.stored_bytes;
  if (unsaved > 0 && now - answer.checkpoint_at >= limits_.checkpoint_ms) return true;
  return unsaved >= limits_.checkpoint_bytes && answer.stored_bytes < limits_.short_answer_bytes;
}

Generations::Impl::Checkpoint Generations::Impl::begin_checkpoint(RunningAnswer& answer,
                                                                  MonotonicMs now) const {
  answer.status = MessageStatus::streaming;
  answer.is_saving = true;
  answer.checkpoint_at = now;
  Checkpoint checkpoint;
  checkpoint.step.id = answer.id;
  checkpoint.step.parts = answer.plan.next(answer.draft);
  checkpoint.step.closing = answer.draft.closing();
  const bool announces =
      answer.announced_at == 0 || now - answer.announced_at >= limits_.announce_ms;
  checkpoint.step.announce = announces ? Announce::yes : Announce::no;
  checkpoint.bytes = answer.draft.bytes();
  checkpoint.now = now;
  return checkpoint;
}

// What could not be stored is written again by the next one.
void Generations::Impl::save_checkpoint(const GenerationPtr& generation, RunningAnswer& answer,
                                        Checkpoint checkpoint) {
  const bool announces = checkpoint.step.announce == Announce::yes;
  store_.write(generation->user, std::move(checkpoint.step),
               [generation, &answer, bytes = checkpoint.bytes, now = checkpoint.now,
                announces](const Result<void>& saved) {
                 const std::lock_guard lock(generation->mutex);
                 answer.is_saving = false;
                 if (is_taken(saved)) {
                   answer.is_taken = true;
                 } else if (saved) {
                   answer.plan.confirm();
                   answer.stored_bytes = bytes;
                   if (announces) answer.announced_at = now;
                 }
               });
}

void Generations::Impl::save_end(const GenerationPtr& generation, RunningAnswer& answer,
                                 FinishAnswer end) {
  store_.write(generation->user, std::move(end),
               [&clock = clock_, generation, &answer](const Result<void>& saved) {
                 on_end_saved(clock, *generation, answer, saved);
               });
}

void Generations::Impl::on_end_saved(const Clock& clock, Generation& generation,
                                     RunningAnswer& answer, const Result<void>& saved) {
  const MonotonicMs now = clock.monotonic_ms();
  const std::lock_guard lock(generation.mutex);
  if (is_taken(saved)) {
    answer.is_taken = true;
  } else if (!saved) {
    answer.retry_at = now + retry_ms;
  } else {
    answer.is_stored = true;
    generation.emit_status(answer);
    generation.end_if_all_stored(now);
  }
}

void Generations::Impl::finish(const GenerationPtr& generation, RunningAnswer& answer,
                               MessageStatus status, std::optional<std::string> error) {
  // Both die outside of the lock. Who stops an answer does not wait for its tools.
  std::unique_ptr<llm::Call> call;
  std::unique_ptr<generation::ToolRound> tools;
  FinishAnswer end;
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) return;
    tools = std::move(answer.tool_round);
    generation->end_open_block(answer);
    answer.is_ended = true;
    answer.status = status;
    answer.error = std::move(error);
    call = std::move(answer.call);
    end = generation->state_of(answer);
    answer.next = next_turn(*generation, end);
  }
  call.reset();
  store_end(generation, answer, std::move(end));
}

void Generations::Impl::store_end(const GenerationPtr& generation, RunningAnswer& answer,
                                  FinishAnswer end) {
  if (answer.next) {
    pass_on(generation, answer, std::move(end));
  } else {
    save_end(generation, answer, std::move(end));
  }
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
    generation->end_if_all_stored(clock_.monotonic_ms());
  }
  call.reset();
}

Result<Message> Generations::Impl::cancel(const UserId& user, const MessageId& id) {
  std::optional<FinishAnswer> end;
  if (const GenerationPtr generation = find(user, id)) {
    end_duet(generation);
    for (RunningAnswer* answer : answers_of(*generation)) {
      if (answer->id != id) continue;
      finish(generation, *answer, MessageStatus::cancelled, std::nullopt);
      const std::lock_guard lock(generation->mutex);
      end = generation->state_of(*answer);
    }
  }
  // Runs after what finish() has queued, whoever called it first, and nearly always finds a final
  // row. Of an answer that another process writes, nothing comes between the reading and the end.
  return store_.write(user, [&](Writer& writer) -> Result<Message> {
    auto row = writer.messages().find(user, id);
    if (!row) return row;
    if (row->role != Role::assistant) return fail(Errc::not_found, "There is no such answer.");
    if (is_final(row->status)) return row;
    FinishAnswer last;
    last.id = id;
    last.content = row->content;
    last.status = MessageStatus::cancelled;
    const auto ended = writer.run(user, end ? *end : last);
    if (!ended) return tl::unexpected(ended.error());
    return writer.messages().find(user, id);
  });
}

}  // namespace threadkeep
