// Duets: the answer that ends and the one that follows it are one transaction, so that whoever
// looks at the rows finds an unfinished one for as long as the duet goes on.
#include <algorithm>
#include <utility>

#include "generation/engine.h"
#include "generation/prompt.h"

namespace threadkeep {

using generation::error_json;

namespace {

constexpr std::int64_t retry_ms = 1'000;

// It may have been stored, or can be stored later.
bool is_passing(Errc code) {
  return code == Errc::storage_full || code == Errc::storage_unavailable ||
         code == Errc::outcome_unknown;
}

}  // namespace

// Who has heard nothing has nothing to answer.
std::optional<Reservation> Generations::Impl::next_turn(const Generation& generation,
                                                        const FinishAnswer& end) {
  const bool goes_on = generation.duet && generation.duet->number < generation.duet->last;
  if (!goes_on || end.status != MessageStatus::complete || generation::spoken(end.content) == "[]")
    return std::nullopt;
  generation::DuetTurn turn = *generation.duet;
  ++turn.number;
  return Reservation{ids_.next(), turn.model(), generation::metadata_with(turn)};
}

void Generations::Impl::pass_on(const GenerationPtr& generation, RunningAnswer& answer,
                                FinishAnswer end) {
  FinishAndReserve step{generation->conversation_id, std::move(end), *answer.next};
  {
    // Before its row can be seen: whoever finds it is led here.
    const std::lock_guard lock(mutex_);
    by_answer_.emplace(step.next.id, generation);
  }
  store_.write(generation->user, std::move(step),
               [&clock = clock_, part_bytes = store_.answer_part_bytes(), generation,
                &answer](const Result<Message>& next) {
                 on_passed_on(clock, part_bytes, *generation, answer, next);
               });
}

void Generations::Impl::on_passed_on(const Clock& clock, std::size_t part_bytes,
                                     Generation& generation, RunningAnswer& answer,
                                     const Result<Message>& next) {
  const MonotonicMs now = clock.monotonic_ms();
  const std::lock_guard lock(generation.mutex);
  if (!next) {
    const Errc code = next.error().code;
    answer.is_taken = code == Errc::already_final || code == Errc::not_found;
    answer.retry_at = is_passing(code) ? now + retry_ms : std::max<MonotonicMs>(now, 1);
    // The answer ends all the same, and the duet with it.
    if (!is_passing(code)) answer.next.reset();
    return;
  }
  answer.is_stored = true;
  generation.emit_status(answer);
  // Its row has it.
  answer.is_of_row = true;
  answer.draft = Draft();
  if (generation.duet) generation.duet = generation::duet_turn_of(*next);
  generation.add(*next, part_bytes, now).is_to_be_asked = true;
}

void Generations::Impl::take_turn(const GenerationPtr& generation, RunningAnswer& answer) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;  // it is interrupted
  }
  Result<Prompt> prompt = Prompt();
  const auto row = store_.read(
      [&](const Reader& reader) { return reader.messages().find(generation->user, answer.id); });
  if (row)
    prompt = load_prompt(store_, generation->user, *row, limits_.context_bytes_max, files_room_);
  bool is_stopped = false;
  {
    const std::lock_guard lock(generation->mutex);
    is_stopped = !generation->duet;
    if (prompt) generation->prompt = *prompt;
    generation->prompt.continues = false;
  }
  if (is_stopped) {
    finish(generation, answer, MessageStatus::cancelled, std::nullopt);
  } else if (!row || !prompt) {
    const Error& error = row ? prompt.error() : row.error();
    finish(generation, answer, MessageStatus::error, error_json("storage", error.detail));
  } else if (prompt->has_room == Prompt::Room::no) {
    finish(generation, answer, MessageStatus::error, generation::no_room_for_files());
  } else {
    ask_models(generation, {&answer});
  }
}

void Generations::Impl::end_duet(const GenerationPtr& generation) {
  bool is_duet = false;
  {
    const std::lock_guard lock(generation->mutex);
    is_duet = generation->duet.has_value();
    generation->duet.reset();
  }
  if (!is_duet) return;
  for (RunningAnswer* answer : answers_of(*generation))
    finish(generation, *answer, MessageStatus::cancelled, std::nullopt);
}

}  // namespace threadkeep
