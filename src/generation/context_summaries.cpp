#include "generation/context_summaries.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "generation/context.h"
#include "generation/duet.h"
#include "generation/summary_plan.h"

namespace threadkeep {
namespace {

using generation::estimated_tokens;

constexpr std::size_t thread_count = 2;
constexpr std::size_t said_bytes_max = 32U << 10;
constexpr std::size_t pauses_max = 1'024;
constexpr std::string_view builtin = "builtin";

// What a model with this window is given at most; nobody is given more than `bytes_max`, in which
// there are at least so many tokens as they are estimated.
std::int64_t readable_of(std::optional<std::int64_t> window, const llm::Settings& settings,
                         std::size_t bytes_max) {
  const auto all = static_cast<std::int64_t>(bytes_max / 3);
  if (!window) return all;
  return std::min(all, generation::readable_tokens(*window, settings.output_tokens_max));
}

generation::Fill fill_of(const Prompt& prompt, const llm::Takes& takes) {
  generation::Fill fill;
  for (std::size_t i = 0; i < prompt.turns.size(); ++i) {
    const std::int64_t tokens = estimated_tokens(prompt.turns[i], nullptr, takes);
    if (i < prompt.opening) {
      fill.opening_tokens += tokens;
    } else {
      fill.tokens.push_back(tokens);
    }
  }
  if (prompt.in_short) {
    fill.in_short = prompt.in_short->turns;
    fill.summary_tokens = estimated_tokens(generation::turn_of(prompt.in_short->summary).content);
  }
  return fill;
}

}  // namespace

ContextSummaries::ContextSummaries(Store& store, llm::Models& models, SummaryLimits limits)
    : store_(store), models_(models), limits_(limits), questions_(models) {}

ContextSummaries::~ContextSummaries() { stop(); }

void ContextSummaries::stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    threads.swap(threads_);
    wishes_.clear();
  }
  questions_.stop();
  wake_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

void ContextSummaries::consider(const UserId& user, const ConversationId& conversation,
                                const MessageId& answer) {
  const std::lock_guard lock(mutex_);
  if (is_stopped_) return;
  const auto waiting = std::find_if(wishes_.begin(), wishes_.end(), [&](const Wish& wish) {
    return wish.conversation == conversation;
  });
  if (waiting != wishes_.end()) {
    waiting->answer = answer;
    return;
  }
  if (wishes_.size() >= limits_.waiting_max) return;
  wishes_.push_back({user, conversation, answer});
  while (threads_.size() < thread_count) threads_.emplace_back([this] { run(); });
  wake_.notify_one();
}

void ContextSummaries::run() {
  while (true) {
    std::optional<Wish> wish;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return is_stopped_ || (wish = take_wish()); });
      if (is_stopped_) return;
    }
    const auto made = make(*wish);
    {
      const std::lock_guard lock(mutex_);
      running_.erase(std::find(running_.begin(), running_.end(), wish->conversation));
      note_outcome(wish->conversation, !made);
    }
    wake_.notify_all();  // another of that conversation may wait
  }
}

// With the mutex held, as the two below. The first of a conversation that nobody looks at now.
std::optional<ContextSummaries::Wish> ContextSummaries::take_wish() {
  std::erase_if(wishes_, [&](const Wish& wish) { return is_paused(wish.conversation); });
  const auto first = std::find_if(wishes_.begin(), wishes_.end(), [&](const Wish& wish) {
    return std::find(running_.begin(), running_.end(), wish.conversation) == running_.end();
  });
  if (first == wishes_.end()) return std::nullopt;
  const Wish wish = *first;
  wishes_.erase(first);
  running_.push_back(wish.conversation);
  return wish;
}

bool ContextSummaries::is_paused(const ConversationId& conversation) {
  const auto pause = pauses_.find(conversation);
  return pause != pauses_.end() && Clock::now() < pause->second.until;
}

void ContextSummaries::note_outcome(const ConversationId& conversation, bool has_failed) {
  const auto earlier = pauses_.find(conversation);
  if (!has_failed) {
    if (earlier != pauses_.end()) pauses_.erase(earlier);
    return;
  }
  const auto length = earlier == pauses_.end()
                          ? limits_.pause_min
                          : std::min(2 * earlier->second.length, limits_.pause_max);
  if (earlier == pauses_.end() && pauses_.size() == pauses_max) pauses_.erase(pauses_.begin());
  pauses_[conversation] = {Clock::now() + length, length};
}

Result<void> ContextSummaries::make(const Wish& wish) {
  const auto row = store_.read(
      [&](const Reader& reader) { return reader.messages().find(wish.user, wish.answer); });
  if (!row) return tl::unexpected(row.error());
  const std::string model = row->model.value_or("");
  if (row->deleted_at || model.empty() || model == builtin || generation::duet_turn_of(*row) ||
      !models_.knows(wish.user, model))
    return {};
  const auto prompt = load_prompt_after(store_, wish.user, *row, limits_.context_bytes_max, kept_);
  if (!prompt) return tl::unexpected(prompt.error());
  if (!prompt->are_counted) return {};
  const std::int64_t readable = readable_of(models_.context_tokens(wish.user, model),
                                            prompt->settings, limits_.context_bytes_max);
  const auto end = generation::turns_to_summarise(fill_of(*prompt, models_.takes(wish.user, model)),
                                                  readable, prompt->turns, prompt->opening);
  if (!end) return {};
  return make_through(wish, model, *prompt, *end, readable);
}

// In steps, where there is more than the model reads at once: each is a summary that can be given.
Result<void> ContextSummaries::make_through(const Wish& wish, const std::string& model,
                                            const Prompt& prompt, std::size_t end,
                                            std::int64_t readable) {
  ContextSummary summary;
  std::size_t at = 0;
  if (prompt.in_short) {
    summary = prompt.in_short->summary;
    at = prompt.in_short->turns;
  } else {
    summary.from = prompt.places.front().first;
  }
  while (at < end) {
    auto question = generation::summary_question(prompt, at, end, summary.text, readable);
    const auto said = questions_.ask(wish.user, model, std::move(question.request),
                                     {limits_.wait_max, said_bytes_max}, "a summary");
    if (!said) return tl::unexpected(said.error());
    auto text =
        said->size() > said_bytes_max ? std::nullopt : generation::summary_in(*said, readable);
    if (!text) return fail(Errc::upstream_failed, "The model said nothing that is a summary.");
    at = question.end;
    summary.text = *std::move(text);
    summary.through = prompt.places[at - 1].last;
    summary.messages = prompt.places[at - 1].number;
    summary.model = model;
    kept_.keep(wish.user, summary);
  }
  return {};
}

}  // namespace threadkeep
