#include "generation/generations.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "generation/context_summaries.h"
#include "generation/engine.h"

namespace threadkeep {

using generation::error_json;

namespace {

constexpr auto tick = std::chrono::milliseconds(50);

}  // namespace

void Generations::Impl::do_later(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void Generations::Impl::run() {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    if (by_answer_.empty() && followers_.empty()) {
      wake_.wait(lock, [this] {
        return is_stopping_ || !by_answer_.empty() || !followers_.empty() || !tasks_.empty();
      });
    } else {
      wake_.wait_for(lock, tick, [this] { return is_stopping_ || !tasks_.empty(); });
    }
    std::deque<std::function<void()>> tasks;
    tasks.swap(tasks_);
    lock.unlock();
    for (const auto& task : tasks) task();
    const MonotonicMs now = clock_.monotonic_ms();
    for (const GenerationPtr& generation : all()) look_after(generation, now);
    look_after_followers(now);
    lock.lock();
    std::erase_if(by_answer_, [&](const auto& entry) {
      const std::lock_guard generation_lock(entry.second->mutex);
      return entry.second->ended_at && now - *entry.second->ended_at >= limits_.kept_after_end_ms;
    });
  }
}

void Generations::Impl::look_after(const GenerationPtr& generation, MonotonicMs now) {
  {
    const std::lock_guard lock(generation->mutex);
    generation->tell_quiet(limits_.quiet);
  }
  for (RunningAnswer* answer : answers_of(*generation)) {
    std::optional<Checkpoint> checkpoint;
    std::optional<FinishAnswer> end;
    bool is_overdue = false;
    bool is_taken = false;
    bool is_to_be_asked = false;
    bool is_round_due = false;
    bool is_to_be_considered = false;
    {
      const std::lock_guard lock(generation->mutex);
      is_taken = answer->is_taken;
      is_to_be_asked = std::exchange(answer->is_to_be_asked, false);
      if (!is_taken && needs_checkpoint(*answer, now)) {
        checkpoint = begin_checkpoint(*answer, now);
      } else if (answer->is_ended && answer->retry_at != 0 && now >= answer->retry_at) {
        answer->retry_at = 0;
        end = generation->state_of(*answer);
      }
      if (answer->is_round_due && !answer->is_saving)
        is_round_due = std::exchange(answer->is_round_due, false);
      if (answer->is_stored && !std::exchange(answer->is_looked_at, true))
        is_to_be_considered = answer->status == MessageStatus::complete;
      is_overdue = !answer->is_ended && now - answer->started_at > limits_.duration_ms_max;
    }
    if (is_taken) {
      let_go(generation, *answer);
      continue;
    }
    if (checkpoint) save_checkpoint(generation, *answer, std::move(*checkpoint));
    if (is_round_due) begin_tool_round(generation, *answer);
    if (is_to_be_considered && summaries_ != nullptr)
      summaries_->consider(generation->user, generation->conversation_id, answer->id);
    if (is_to_be_asked) take_turn(generation, *answer);
    if (end) store_end(generation, *answer, std::move(*end));
    if (is_overdue) {
      finish(generation, *answer, MessageStatus::error,
             error_json("too-long", "The model took longer than an answer may take."));
    }
  }
}

GenerationPtr Generations::Impl::find(const UserId& user, const MessageId& answer) {
  std::unique_lock lock(mutex_);
  launched_.wait(lock, [&] { return !starting_.contains(answer); });
  const auto found = by_answer_.find(answer);
  if (found == by_answer_.end() || found->second->user != user) return nullptr;
  return found->second;
}

std::vector<GenerationPtr> Generations::Impl::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<GenerationPtr> generations;
  for (const auto& [id, generation] : by_answer_) {
    if (generation->id == id) generations.push_back(generation);
  }
  return generations;
}

std::size_t Generations::Impl::running() const {
  std::size_t count = 0;
  for (const GenerationPtr& generation : all()) {
    const std::lock_guard lock(generation->mutex);
    if (!generation->ended_at) ++count;
  }
  return count;
}

void Generations::Impl::stop(std::int64_t grace_ms) {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  const auto interrupt_all = [this] {
    for (const GenerationPtr& generation : all()) {
      for (RunningAnswer* answer : answers_of(*generation))
        finish(generation, *answer, MessageStatus::interrupted, std::nullopt);
    }
  };
  interrupt_all();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(grace_ms);
  while (running() > 0 && std::chrono::steady_clock::now() < deadline) {
    // The next answer of a duet may have been reserved only now.
    interrupt_all();
    for (const GenerationPtr& generation : all()) look_after(generation, clock_.monotonic_ms());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Generations::Generations(Store& store, llm::Models& models, const tools::Registry& tools,
                         const Clock& clock, UlidMaker& ids, GenerationLimits limits,
                         ContextSummaries* summaries)
    : impl_(std::make_shared<Impl>(store, models, tools, clock, ids, limits, summaries)) {}
Generations::~Generations() = default;

Result<std::int64_t> Generations::interrupt_unfinished() { return impl_->interrupt_unfinished(); }
Result<void> Generations::start(const UserId& user, const GenerationRequest& request,
                                std::shared_ptr<Watcher> watcher) {
  return impl_->start(user, request, std::move(watcher));
}
Result<DecidedAnswer> Generations::decide(const UserId& user, const DecisionRequest& request) {
  return impl_->decide(user, request);
}
Result<void> Generations::attach(const UserId& user, const MessageId& answer,
                                 const std::optional<EventPosition>& last_seen,
                                 std::shared_ptr<Watcher> watcher) {
  return impl_->attach(user, answer, last_seen, std::move(watcher));
}
Result<Message> Generations::cancel(const UserId& user, const MessageId& answer) {
  return impl_->cancel(user, answer);
}
void Generations::hear_of(const UserId& user) { impl_->hear_of(user); }
void Generations::stop(std::int64_t grace_ms) { impl_->stop(grace_ms); }
std::size_t Generations::running() const { return impl_->running(); }

bool Generations::knows_tool(std::string_view name) const { return impl_->knows_tool(name); }

}  // namespace threadkeep
