#include "generation/generations.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <thread>
#include <utility>

#include "base/limits.h"
#include "generation/prompt.h"
#include "generation/running.h"
#include "generation/tools.h"
#include "json/json.h"

namespace threadkeep {

using generation::Answer;
using generation::error_json;
using generation::Generation;

namespace {

constexpr auto tick = std::chrono::milliseconds(50);
constexpr std::int64_t retry_ms = 1'000;
// The content of an answer is JSON: leave room for its escapes.
constexpr std::size_t answer_bytes_max = limits::content_bytes_max / 2;

using GenerationPtr = std::shared_ptr<Generation>;

}  // namespace

class Generations::Impl {
 public:
  Impl(Store& store, llm::Models& models, const Clock& clock, UlidMaker& ids,
       const GenerationLimits& limits)
      : store_(store), models_(models), clock_(clock), ids_(ids), limits_(limits), thread_([this] {
          run();
        }) {}
  ~Impl() { stop(0); }

  Result<bool> start(const UserId& user, const GenerationRequest& request,
                     std::shared_ptr<Watcher> watcher);
  Result<bool> attach(const UserId& user, const MessageId& answer,
                      const std::optional<std::string>& last_event_id,
                      std::shared_ptr<Watcher> watcher);
  Result<Message> cancel(const UserId& user, const MessageId& answer);
  void stop(std::int64_t grace_ms);
  std::size_t running() const;

 private:
  // starting
  BeginGeneration to_begin(const GenerationRequest& request);
  Result<bool> launch(const UserId& user, const BegunGeneration& begun,
                      std::shared_ptr<Watcher> watcher);
  void ask_model(const GenerationPtr& generation, Answer& answer);
  Result<bool> replay_rows(const std::vector<Message>& rows, const std::string& tag,
                           Watcher& watcher);
  Result<bool> replay_from(const GenerationPtr& generation, std::size_t behind,
                           std::shared_ptr<Watcher> watcher);

  // what the model says
  void on_event(const GenerationPtr& generation, Answer& answer, llm::Event event);
  void add_to_draft(Generation& generation, Answer& answer, const llm::Event& event);
  void run_tools(const GenerationPtr& generation, Answer& answer);

  // storing
  bool needs_checkpoint(const Answer& answer, UnixMs now) const;
  AnswerState begin_checkpoint(const Generation& generation, Answer& answer, UnixMs now);
  void save(const GenerationPtr& generation, Answer& answer, AnswerState state);
  // Runs on the store's thread, maybe after this Impl is gone.
  static void on_saved(const Clock& clock, Generation& generation, Answer& answer,
                       MessageStatus status, const Result<Message>& saved);
  void finish(const GenerationPtr& generation, Answer& answer, MessageStatus status,
              std::optional<std::string> error);

  // the thread
  void run();
  void do_later(std::function<void()> task);
  void look_after(const GenerationPtr& generation, UnixMs now);
  GenerationPtr find(const UserId& user, const MessageId& answer) const;
  std::vector<GenerationPtr> all() const;

  Store& store_;
  llm::Models& models_;
  const Clock& clock_;
  UlidMaker& ids_;
  const GenerationLimits limits_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<MessageId, GenerationPtr> by_answer_;
  std::deque<std::function<void()>> tasks_;
  bool is_stopping_ = false;
  std::thread thread_;
};

// ---- starting and watching ----

BeginGeneration Generations::Impl::to_begin(const GenerationRequest& request) {
  BeginGeneration begin;
  begin.conversation_id = request.conversation_id;
  begin.question = request.question;
  begin.answer_to = request.answer_to;
  for (std::size_t i = 0; i < request.models.size(); ++i) {
    const MessageId id = i < request.answer_ids.size() ? request.answer_ids[i] : ids_.next();
    begin.answers.push_back({id, request.models[i]});
  }
  return begin;
}

Result<bool> Generations::Impl::start(const UserId& user, const GenerationRequest& request,
                                      std::shared_ptr<Watcher> watcher) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return fail(Errc::storage_unavailable, "The server is stopping.");
  }
  const auto begun = store_.begin_generation(user, to_begin(request));
  if (!begun) return tl::unexpected(begun.error());
  if (begun->was_there)
    return attach(user, begun->answers.front().id, std::nullopt, std::move(watcher));
  return launch(user, *begun, std::move(watcher));
}

Result<bool> Generations::Impl::launch(const UserId& user, const BegunGeneration& begun,
                                       std::shared_ptr<Watcher> watcher) {
  auto prompt = load_prompt(store_, user, begun.answers.front(), limits_.context_bytes_max);
  const auto generation = std::make_shared<Generation>();
  generation->user = user;
  generation->conversation_id = begun.conversation.id;
  generation->tag = begun.answers.front().id.text();
  generation->watchers.push_back(std::move(watcher));
  if (prompt) {
    generation->turns = std::move(prompt->turns);
    generation->continues = prompt->continues;
  }
  const UnixMs now = clock_.now_ms();
  std::vector<Answer*> answers;
  {
    const std::lock_guard lock(generation->mutex);
    if (begun.question)
      generation->emit("message", generation::message_event_data(*begun.question));
    for (const Message& row : begun.answers) {
      auto answer = std::make_unique<Answer>();
      answer->id = row.id;
      answer->model = row.model.value_or("");
      answer->started_at = now;
      answers.push_back(answer.get());
      generation->answers.push_back(std::move(answer));
      generation->emit("message", generation::message_event_data(row));
    }
    if (begun.question && begun.conversation.title_source == TitleSource::excerpt) {
      std::string data;
      json::Writer(data)
          .begin_object()
          .member("conversationId", begun.conversation.id.text())
          .member("title", begun.conversation.title)
          .end_object();
      generation->emit("title", std::move(data));
    }
  }
  {
    const std::lock_guard lock(mutex_);
    for (const Answer* answer : answers) by_answer_.emplace(answer->id, generation);
  }
  wake_.notify_one();
  for (Answer* answer : answers) {
    if (prompt) {
      ask_model(generation, *answer);
    } else {
      finish(generation, *answer, MessageStatus::error,
             error_json("storage", prompt.error().detail));
    }
  }
  return true;
}

void Generations::Impl::ask_model(const GenerationPtr& generation, Answer& answer) {
  llm::Request request;
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) return;
    request.turns = generation->turns;
    request.continues = generation->continues;
    if (!answer.draft.is_empty()) {
      request.turns.push_back({Role::assistant, answer.draft.content()});
      request.continues = false;
    }
  }
  request.tools = built_in_tools();
  auto call = models_.start(answer.model, std::move(request),
                            [this, generation, &answer](llm::Event event) {
                              on_event(generation, answer, std::move(event));
                            });
  // The answer may have ended already; then the call is let go here, outside the lock.
  const std::lock_guard lock(generation->mutex);
  if (!answer.is_ended) std::swap(answer.call, call);
}

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

// ---- what the model says ----

void Generations::Impl::add_to_draft(Generation& generation, Answer& answer,
                                     const llm::Event& event) {
  Draft& draft = answer.draft;
  if (const auto* text = std::get_if<llm::TextDelta>(&event)) {
    if (!draft.grows_text()) generation.end_open_block(answer);
    const std::size_t index = draft.add_text(text->text);
    generation.emit_delta(answer, index, "text", text->text);
  } else if (const auto* reasoning = std::get_if<llm::ReasoningDelta>(&event)) {
    if (!draft.grows_reasoning()) generation.end_open_block(answer);
    const std::size_t index = draft.add_reasoning(reasoning->text);
    generation.emit_delta(answer, index, "reasoning", reasoning->text);
  } else if (const auto* begun = std::get_if<llm::ToolUseBegun>(&event)) {
    generation.end_open_block(answer);
    draft.begin_tool_use(begun->id, begun->name);
  } else if (const auto* input = std::get_if<llm::ToolInputDelta>(&event)) {
    const std::size_t index = draft.add_tool_input(input->json);
    generation.emit_delta(answer, index, "tool_input", input->json);
  } else if (std::holds_alternative<llm::ToolUseEnded>(event)) {
    generation.end_open_block(answer);
  } else if (const auto* usage = std::get_if<llm::Usage>(&event)) {
    // Each round of tools is billed for itself.
    llm::Usage sum = answer.usage.value_or(llm::Usage{});
    sum.input_tokens += usage->input_tokens;
    sum.output_tokens += usage->output_tokens;
    answer.usage = sum;
  }
}

void Generations::Impl::on_event(const GenerationPtr& generation, Answer& answer,
                                 llm::Event event) {
  if (const auto* failed = std::get_if<llm::Failed>(&event)) {
    finish(generation, answer, MessageStatus::error, error_json("upstream", failed->error.detail));
    return;
  }
  std::optional<AnswerState> checkpoint;
  bool is_too_long = false;
  bool needs_tools = false;
  const bool is_finished = std::holds_alternative<llm::Finished>(event);
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) return;
    if (is_finished) {
      generation->end_open_block(answer);
      needs_tools = !answer.draft.open_tool_uses().empty();
    } else {
      add_to_draft(*generation, answer, event);
    }
    is_too_long = answer.draft.bytes() > answer_bytes_max;
    const UnixMs now = clock_.now_ms();
    if (!is_too_long && needs_checkpoint(answer, now))
      checkpoint = begin_checkpoint(*generation, answer, now);
  }
  if (is_too_long) {
    finish(generation, answer, MessageStatus::error,
           error_json("too-long", "The answer grew longer than one message can be."));
  } else if (needs_tools) {
    if (checkpoint) save(generation, answer, std::move(*checkpoint));
    do_later([this, generation, &answer] { run_tools(generation, answer); });
  } else if (is_finished) {
    finish(generation, answer, MessageStatus::complete, std::nullopt);
  } else if (checkpoint) {
    save(generation, answer, std::move(*checkpoint));
  }
}

void Generations::Impl::run_tools(const GenerationPtr& generation, Answer& answer) {
  std::vector<Draft::ToolUse> uses;
  std::unique_ptr<llm::Call> finished_call;
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) return;
    finished_call = std::move(answer.call);
    uses = answer.draft.open_tool_uses();
    ++answer.tool_rounds;
  }
  finished_call.reset();
  for (const Draft::ToolUse& use : uses) {
    const bool is_allowed = answer.tool_rounds <= limits_.tool_rounds_max;
    const ToolResult result =
        is_allowed ? run_tool(store_, generation->user, use.name, use.input)
                   : ToolResult{json::quoted("No more tools can be used in this answer."), true};
    std::string block;
    json::Writer writer(block);
    writer.begin_object().member("type", "tool_result").member("toolUseId", use.id);
    writer.key("content").raw(result.content);
    if (result.is_error) writer.member("isError", true);
    writer.end_object();
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) return;
    const std::size_t index = answer.draft.add_block(std::move(block));
    std::string data;
    json::Writer(data)
        .begin_object()
        .member("messageId", answer.id.text())
        .member("index", static_cast<std::int64_t>(index))
        .key("block")
        .raw(answer.draft.block_json(index))
        .end_object();
    generation->emit("block", std::move(data));
  }
  std::optional<AnswerState> checkpoint;
  {
    const std::lock_guard lock(generation->mutex);
    if (!answer.is_ended && !answer.is_saving)
      checkpoint = begin_checkpoint(*generation, answer, clock_.now_ms());
  }
  if (checkpoint) save(generation, answer, std::move(*checkpoint));
  if (answer.tool_rounds > limits_.tool_rounds_max) {
    finish(generation, answer, MessageStatus::complete, std::nullopt);
    return;
  }
  ask_model(generation, answer);
}

// ---- storing ----

bool Generations::Impl::needs_checkpoint(const Answer& answer, UnixMs now) const {
  if (answer.is_saving || answer.is_ended) return false;
  if (answer.status == MessageStatus::reserved) return !answer.draft.is_empty();
  const std::size_t unsaved = answer.draft.bytes() - answer.saved_bytes;
  return unsaved >= limits_.checkpoint_bytes ||
         (unsaved > 0 && now - answer.saved_at >= limits_.checkpoint_ms);
}

AnswerState Generations::Impl::begin_checkpoint(const Generation& generation, Answer& answer,
                                                UnixMs now) {
  answer.status = MessageStatus::streaming;
  answer.is_saving = true;
  answer.saved_bytes = answer.draft.bytes();
  answer.saved_at = now;
  AnswerState state = generation.state_of(answer);
  const bool announce =
      answer.announced_at == 0 || now - answer.announced_at >= limits_.announce_ms;
  state.announce = announce ? AnswerState::Announce::yes : AnswerState::Announce::no;
  if (announce) answer.announced_at = now;
  return state;
}

void Generations::Impl::save(const GenerationPtr& generation, Answer& answer, AnswerState state) {
  const MessageStatus status = state.status;
  store_.save_answer(generation->user, std::move(state),
                     [&clock = clock_, generation, &answer, status](Result<Message> saved) {
                       on_saved(clock, *generation, answer, status, saved);
                     });
}

void Generations::Impl::on_saved(const Clock& clock, Generation& generation, Answer& answer,
                                 MessageStatus status, const Result<Message>& saved) {
  const UnixMs now = clock.now_ms();
  const std::lock_guard lock(generation.mutex);
  if (!is_final(status)) {
    answer.is_saving = false;
    return;
  }
  const bool is_settled =
      saved || saved.error().code == Errc::already_final || saved.error().code == Errc::not_found;
  if (!is_settled) {
    answer.retry_at = now + retry_ms;
    return;
  }
  answer.is_stored = true;
  generation.emit_status(answer);
  generation.end_if_all_stored(now);
}

void Generations::Impl::finish(const GenerationPtr& generation, Answer& answer,
                               MessageStatus status, std::optional<std::string> error) {
  std::unique_ptr<llm::Call> call;
  AnswerState state;
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) return;
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

Result<Message> Generations::Impl::cancel(const UserId& user, const MessageId& id) {
  if (const GenerationPtr generation = find(user, id)) {
    Answer* answer = generation->find(id);
    finish(generation, *answer, MessageStatus::cancelled, std::nullopt);
    AnswerState state;
    {
      const std::lock_guard lock(generation->mutex);
      state = generation->state_of(*answer);
    }
    // Waits behind the save that finish() queued, whoever called it first; the second one finds a
    // final row.
    const auto saved = store_.save_answer(user, std::move(state));
    if (!saved && saved.error().code != Errc::already_final) return saved;
    return store_.find_message(user, id);
  }
  auto row = store_.find_message(user, id);
  if (!row) return row;
  if (row->role != Role::assistant) return fail(Errc::not_found, "There is no such answer.");
  if (is_final(row->status)) return row;
  AnswerState state;
  state.id = id;
  state.content = row->content;
  state.status = MessageStatus::cancelled;
  const auto saved = store_.save_answer(user, std::move(state));
  if (!saved && saved.error().code != Errc::already_final) return saved;
  return store_.find_message(user, id);
}

// ---- the thread ----

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
    if (by_answer_.empty()) {
      wake_.wait(lock, [this] { return is_stopping_ || !by_answer_.empty() || !tasks_.empty(); });
    } else {
      wake_.wait_for(lock, tick, [this] { return is_stopping_ || !tasks_.empty(); });
    }
    std::deque<std::function<void()>> tasks;
    tasks.swap(tasks_);
    lock.unlock();
    for (const auto& task : tasks) task();
    const UnixMs now = clock_.now_ms();
    for (const GenerationPtr& generation : all()) look_after(generation, now);
    lock.lock();
    std::erase_if(by_answer_, [&](const auto& entry) {
      const std::lock_guard generation_lock(entry.second->mutex);
      return entry.second->ended_at && now - *entry.second->ended_at >= limits_.kept_after_end_ms;
    });
  }
}

void Generations::Impl::look_after(const GenerationPtr& generation, UnixMs now) {
  for (const auto& answer : generation->answers) {
    std::optional<AnswerState> state;
    bool is_overdue = false;
    {
      const std::lock_guard lock(generation->mutex);
      if (needs_checkpoint(*answer, now)) {
        state = begin_checkpoint(*generation, *answer, now);
      } else if (answer->is_ended && answer->retry_at != 0 && now >= answer->retry_at) {
        answer->retry_at = 0;
        state = generation->state_of(*answer);
      }
      is_overdue = !answer->is_ended && now - answer->started_at > limits_.duration_ms_max;
    }
    if (state) save(generation, *answer, std::move(*state));
    if (is_overdue) {
      finish(generation, *answer, MessageStatus::error,
             error_json("too-long", "The model took longer than an answer may take."));
    }
  }
}

GenerationPtr Generations::Impl::find(const UserId& user, const MessageId& answer) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_answer_.find(answer);
  if (found == by_answer_.end() || found->second->user != user) return nullptr;
  return found->second;
}

std::vector<GenerationPtr> Generations::Impl::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<GenerationPtr> generations;
  for (const auto& [id, generation] : by_answer_) {
    if (generation->tag == id.text()) generations.push_back(generation);
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
  for (const GenerationPtr& generation : all()) {
    for (const auto& answer : generation->answers) {
      finish(generation, *answer, MessageStatus::interrupted, std::nullopt);
    }
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(grace_ms);
  while (running() > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

// ---- the door ----

Generations::Generations(Store& store, llm::Models& models, const Clock& clock, UlidMaker& ids,
                         GenerationLimits limits)
    : impl_(std::make_shared<Impl>(store, models, clock, ids, limits)) {}
Generations::~Generations() = default;

Result<bool> Generations::start(const UserId& user, const GenerationRequest& request,
                                std::shared_ptr<Watcher> watcher) {
  return impl_->start(user, request, std::move(watcher));
}
Result<bool> Generations::attach(const UserId& user, const MessageId& answer,
                                 const std::optional<std::string>& last_event_id,
                                 std::shared_ptr<Watcher> watcher) {
  return impl_->attach(user, answer, last_event_id, std::move(watcher));
}
Result<Message> Generations::cancel(const UserId& user, const MessageId& answer) {
  return impl_->cancel(user, answer);
}
void Generations::stop(std::int64_t grace_ms) { impl_->stop(grace_ms); }
std::size_t Generations::running() const { return impl_->running(); }

}  // namespace threadkeep
