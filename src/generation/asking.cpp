// Starting answers, and hearing what the models say.
#include <algorithm>
#include <utility>

#include "domain/context_summary.h"
#include "domain/entry_rules.h"
#include "generation/context.h"
#include "generation/context_summaries.h"
#include "generation/engine.h"
#include "generation/prompt.h"
#include "generation/prompt_files.h"
#include "generation/starting.h"
#include "json/json.h"
#include "llm/failure.h"
#include "llm/left_out_files.h"

namespace threadkeep {

using generation::error_json;
using generation::Generation;
using generation::RunningAnswer;

namespace {

using DeltaKind = GenerationEvent::Delta::Kind;

void add_if_told(std::optional<std::int64_t>& sum, const std::optional<std::int64_t>& part) {
  if (part) sum = entry::sum_of_counts(sum.value_or(0), *part);
}

std::optional<FinishReason> cut_by(llm::Finished::Reason reason) {
  if (reason == llm::Finished::Reason::length) return FinishReason::length;
  if (reason == llm::Finished::Reason::content_filter) return FinishReason::content_filter;
  return std::nullopt;
}

// Cuts what the model says to what the answer has room for. Whether it is all there.
bool cut_to_fit(const Draft& draft, llm::Event& event) {
  std::string* text = nullptr;
  if (auto* words = std::get_if<llm::TextDelta>(&event)) text = &words->text;
  if (auto* words = std::get_if<llm::ReasoningDelta>(&event)) text = &words->text;
  if (auto* words = std::get_if<llm::ToolInputDelta>(&event)) text = &words->json;
  if (auto* reasoning = std::get_if<llm::ReasoningEnded>(&event)) {
    // A part of a signature is worth nothing.
    if (draft.fitting(reasoning->signature) == reasoning->signature.size()) return true;
    reasoning->signature.clear();
    return false;
  }
  if (auto* tool = std::get_if<llm::ToolUseBegun>(&event)) {
    tool->id.resize(draft.fitting(tool->id));
    text = &tool->name;
  }
  if (text == nullptr) return true;
  const std::size_t fitting = draft.fitting(*text);
  if (fitting == text->size()) return true;
  text->resize(fitting);
  return false;
}

// What the model of this answer is given, and a note of where that begins. A summary is the first
// thing in the answer that is given it first.
std::vector<llm::Turn> turns_for(Generation& generation, std::optional<std::int64_t> window,
                                 const llm::Takes& takes, RunningAnswer& answer) {
  const Prompt& prompt = generation.prompt;
  const bool is_kept = answer.draft.is_empty() || answer.keeps_summary ||
                       (prompt.in_short && prompt.in_short->is_stored);
  auto given = generation::turns_to_give(
      prompt, window, takes, is_kept ? generation::Summaries::taken : generation::Summaries::none);
  if (given.first > 0 || prompt.is_cut) answer.context_from = prompt.places[given.first].first;
  answer.was_given_summary = given.has_summary;
  if (given.has_summary && !prompt.in_short->is_stored && !answer.keeps_summary) {
    generation.add_block(answer, block_json(prompt.in_short->summary));
    answer.keeps_summary = true;
  }
  return std::move(given.turns);
}

// What the answer has said so far; with the calls that it carries out it is one turn.
void add_own_words(const RunningAnswer& answer, std::vector<llm::Turn>& turns) {
  const std::string content = without_context_summaries(answer.draft.content());
  if (answer.decisions && !turns.empty() && turns.back().role == Role::assistant) {
    turns.back().content = generation::joined_content(turns.back().content, content);
  } else {
    turns.push_back({Role::assistant, content});
  }
}

}  // namespace

BeginGeneration Generations::Impl::to_begin(const UserId& user, const GenerationRequest& request) {
  BeginGeneration begin;
  begin.conversation_id = request.conversation_id;
  begin.question = request.question;
  begin.answer_to = request.answer_to;
  if (request.duet) return begin;
  const std::string metadata = decisions_taken_over(user, request);
  for (std::size_t i = 0; i < request.models.size(); ++i) {
    const MessageId id = i < request.answer_ids.size() ? request.answer_ids[i] : ids_.next();
    begin.answers.push_back({id, request.models[i], metadata});
  }
  return begin;
}

// Of a message that is not there, the store says what is wrong.
Reservation Generations::Impl::first_of_duet(const UserId& user, const GenerationRequest& request) {
  std::optional<Message> before;
  if (request.answer_to) {
    auto row = store_.read(
        [&](const Reader& reader) { return reader.messages().find(user, *request.answer_to); });
    if (row) before = std::move(*row);
  }
  const auto turn = generation::first_turn(request.duet->models, request.duet->turns, before);
  const MessageId id = request.answer_ids.empty() ? ids_.next() : request.answer_ids.front();
  return {id, turn.model(), generation::metadata_with(turn)};
}

Result<std::int64_t> Generations::Impl::interrupt_unfinished() {
  const std::lock_guard lock(unfinished_mutex_);
  return interrupt_unfinished_locked();
}

// Where a process is alone with its store, whatever is unfinished is taken for the earlier life's:
// this is done before the first answer of this one begins, and never again.
Result<std::int64_t> Generations::Impl::interrupt_unfinished_locked() {
  if (earlier_life_ == EarlierLife::ended) return std::int64_t{0};
  auto count = store_.write(
      nobody, [](Writer& writer) { return writer.housekeeping().interrupt_unfinished(); });
  earlier_life_ = count ? EarlierLife::ended : EarlierLife::unfinished;
  return count;
}

Result<void> Generations::Impl::end_earlier_life() {
  const std::lock_guard lock(unfinished_mutex_);
  if (earlier_life_ != EarlierLife::unfinished) return {};
  auto count = interrupt_unfinished_locked();
  if (!count) return tl::unexpected(std::move(count.error()));
  return {};
}

Result<void> Generations::Impl::start(const UserId& user, const GenerationRequest& request,
                                      std::shared_ptr<Watcher> watcher) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return fail(Errc::storage_unavailable, "The server is stopping.");
  }
  if (auto ended = end_earlier_life(); !ended) return ended;
  BeginGeneration begin = to_begin(user, request);
  if (request.duet) begin.answers.push_back(first_of_duet(user, request));
  // Before the rows can be seen: a retry must not take an answer that starts for one that is gone.
  Starting starting(*this, begin.answers);
  const auto begun = store_.write(user, begin);
  if (!begun) return tl::unexpected(begun.error());
  if (begun->was_there) {
    // Not to wait for itself: a retry may name the same answers.
    starting.end();
    return attach(user, begun->answers.front().id, std::nullopt, std::move(watcher));
  }
  // Who speaks up in a duet ends it.
  if (begun->question && begun->question->parent_id) {
    if (const GenerationPtr before = find(user, *begun->question->parent_id)) end_duet(before);
  }
  return launch(user, *begun, request.allowed_tools, std::move(watcher));
}

void Generations::Impl::add_allowed_here(const Prompt& prompt,
                                         std::vector<std::string>& allowed) const {
  for (const std::string& name : prompt.allowed_tools) {
    const tools::RunnableToolPtr tool = tools_.find(name);
    if (tool && tool->access == tools::Access::when_allowed) allowed.push_back(name);
  }
}

Result<void> Generations::Impl::launch(const UserId& user, const BegunGeneration& begun,
                                       const std::vector<std::string>& allowed_tools,
                                       std::shared_ptr<Watcher> watcher) {
  auto prompt = load_prompt(store_, user, begun.answers.front(), limits_.context_bytes_max,
                            files_room_, kept_summaries());
  const auto generation = std::make_shared<Generation>(limits_.replay_bytes_max);
  generation->user = user;
  generation->conversation_id = begun.conversation.id;
  generation->id = begun.answers.front().id;
  generation->allowed_tools = allowed_tools;
  if (prompt) add_allowed_here(*prompt, generation->allowed_tools);
  if (watcher) generation->watchers.push_back(std::move(watcher));
  std::optional<std::string> unreadable;
  if (!prompt) unreadable = error_json("storage", prompt.error().detail);
  if (prompt && prompt->has_room == Prompt::Room::no) unreadable = generation::no_room_for_files();
  if (prompt) generation->prompt = std::move(*prompt);
  const MonotonicMs now = clock_.monotonic_ms();
  std::vector<RunningAnswer*> answers;
  {
    const std::lock_guard lock(generation->mutex);
    if (begun.question) generation->emit(GenerationEvent::MessageStored{*begun.question});
    for (const Message& row : begun.answers)
      answers.push_back(&generation->add(row, store_.answer_part_bytes(), now));
    generation->duet = generation::duet_turn_of(begun.answers.front());
    generation->is_duet = generation->duet.has_value();
    if (begun.question && begun.conversation.title_source == TitleSource::excerpt) {
      generation->emit(TitleChanged{begun.conversation.id, begun.conversation.title});
    }
  }
  {
    const std::lock_guard lock(mutex_);
    for (const RunningAnswer* answer : answers) by_answer_.emplace(answer->id, generation);
  }
  wake_.notify_one();
  std::vector<RunningAnswer*> to_ask;
  for (RunningAnswer* answer : answers) {
    if (unreadable) {
      finish(generation, *answer, MessageStatus::error, *unreadable);
    } else if (answer->decisions) {
      do_later([this, generation, answer] { begin_decided_round(generation, *answer); });
    } else {
      to_ask.push_back(answer);
    }
  }
  ask_models(generation, to_ask);
  return {};
}

const generation::KeptSummaries* Generations::Impl::kept_summaries() const {
  return summaries_ == nullptr ? nullptr : &summaries_->kept();
}

void Generations::Impl::ask_model(const GenerationPtr& generation, RunningAnswer& answer) {
  const auto window = models_.context_tokens(generation->user, answer.model);
  const llm::Takes takes = models_.takes(generation->user, answer.model);
  llm::Request request;
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) return;
    const Prompt& prompt = generation->prompt;
    const bool goes_on = !answer.draft.is_empty();
    request = {{},
               turns_for(*generation, window, takes, answer),
               prompt.attachments,
               {},
               prompt.settings,
               prompt.continues};
    answer.left_out_files = llm::left_out_files(request.turns, request.attachments.get(), takes);
    if (goes_on) {
      add_own_words(answer, request.turns);
      request.continues = false;
    }
  }
  if (takes.tool_pictures == llm::Takes::ToolPictures::given && !request.turns.empty())
    request.attachments =
        with_pictures_of_tools(std::move(request.attachments), store_, generation->user,
                               request.turns.back(), files_room_);
  request.tools = tools_.offers(generation->allowed_tools);
  std::erase_if(request.tools, [&](const llm::Tool& tool) {
    return verdict_on(*generation, tool.name).kind == Verdict::Kind::refuse;
  });
  auto call = models_.start(generation->user, answer.model, std::move(request),
                            [this, generation, &answer](llm::Event event) {
                              on_event(generation, answer, std::move(event));
                            });
  // The answer may have ended already; then the call is let go here, outside the lock.
  const std::lock_guard lock(generation->mutex);
  if (!answer.is_ended) std::swap(answer.call, call);
}

void Generations::Impl::add_to_draft(Generation& generation, RunningAnswer& answer,
                                     const llm::Event& event) {
  Draft& draft = answer.draft;
  if (const auto* text = std::get_if<llm::TextDelta>(&event)) {
    if (!draft.grows_text()) generation.end_open_block(answer);
    const std::size_t index = draft.add_text(text->text);
    generation.emit(GenerationEvent::Delta{answer.id, index, DeltaKind::text, text->text});
  } else if (const auto* reasoning = std::get_if<llm::ReasoningDelta>(&event)) {
    if (!draft.grows_reasoning()) generation.end_open_block(answer);
    const std::size_t index = draft.add_reasoning(reasoning->text);
    generation.emit(
        GenerationEvent::Delta{answer.id, index, DeltaKind::reasoning, reasoning->text});
  } else if (const auto* ended = std::get_if<llm::ReasoningEnded>(&event)) {
    if (!draft.grows_reasoning()) generation.end_open_block(answer);
    draft.sign_reasoning(ended->signature);
    generation.end_open_block(answer);
  } else if (std::holds_alternative<llm::TextWasReasoning>(event)) {
    // The finished block takes the place of the text that was shown.
    if (draft.text_was_reasoning()) generation.end_open_block(answer);
  } else if (const auto* begun = std::get_if<llm::ToolUseBegun>(&event)) {
    generation.end_open_block(answer);
    draft.begin_tool_use(begun->id, begun->name);
  } else if (const auto* input = std::get_if<llm::ToolInputDelta>(&event)) {
    const std::size_t index = draft.add_tool_input(input->json);
    generation.emit(GenerationEvent::Delta{answer.id, index, DeltaKind::tool_input, input->json});
  } else if (std::holds_alternative<llm::ToolUseEnded>(event)) {
    generation.end_open_block(answer);
  } else if (const auto* usage = std::get_if<llm::Usage>(&event)) {
    // Each round of tools is billed for itself.
    const bool is_first = !answer.usage;
    llm::Usage sum = answer.usage.value_or(llm::Usage{});
    sum.input_tokens = entry::sum_of_counts(sum.input_tokens, usage->input_tokens);
    sum.output_tokens = entry::sum_of_counts(sum.output_tokens, usage->output_tokens);
    add_if_told(sum.cached_input_tokens, usage->cached_input_tokens);
    add_if_told(sum.reasoning_tokens, usage->reasoning_tokens);
    // A part of what it cost is not what it cost.
    if (!usage->cost_nano_usd) sum.cost_nano_usd.reset();
    if (is_first || sum.cost_nano_usd) add_if_told(sum.cost_nano_usd, usage->cost_nano_usd);
    answer.usage = sum;
  }
}

void Generations::Impl::on_event(const GenerationPtr& generation, RunningAnswer& answer,
                                 llm::Event event) {
  if (const auto* failed = std::get_if<llm::Failed>(&event)) {
    finish(generation, answer, MessageStatus::error,
           error_json(llm::type_of(failed->failure.kind), failed->failure.sentence));
    return;
  }
  if (const auto* finished = std::get_if<llm::Finished>(&event)) {
    on_finished(generation, answer, finished->reason);
    return;
  }
  std::optional<Checkpoint> checkpoint;
  bool is_too_long = false;
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) return;
    is_too_long = !cut_to_fit(answer.draft, event);
    add_to_draft(*generation, answer, event);
    const MonotonicMs now = clock_.monotonic_ms();
    if (!is_too_long && needs_checkpoint(answer, now)) checkpoint = begin_checkpoint(answer, now);
  }
  if (is_too_long) {
    finish(generation, answer, MessageStatus::error,
           error_json("too-long", "The answer grew longer than one message can be."));
  } else if (checkpoint) {
    save_checkpoint(generation, answer, std::move(*checkpoint));
  }
}

void Generations::Impl::on_finished(const GenerationPtr& generation, RunningAnswer& answer,
                                    llm::Finished::Reason reason) {
  bool needs_tools = false;
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) return;
    generation->end_open_block(answer);
    answer.finish_reason = cut_by(reason);
    needs_tools = !answer.draft.open_tool_uses().empty();
    if (needs_tools && answer.finish_reason) {
      // The last input may be cut, and what the model wanted further is not known.
      for (const Draft::ToolUse& use : answer.draft.open_tool_uses()) {
        generation->add_tool_result(
            answer, use.id, tools::tool_error("The answer was cut off before this tool was run."));
      }
      needs_tools = false;
    }
  }
  if (needs_tools) {
    do_later([this, generation, &answer] { begin_tool_round(generation, answer); });
  } else {
    finish(generation, answer, MessageStatus::complete, std::nullopt);
  }
}

}  // namespace threadkeep
