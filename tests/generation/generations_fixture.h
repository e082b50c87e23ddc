// Running answers over a MemoryStore, with a model that says what the test tells it to.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "domain/content.h"
#include "domain/wire.h"
#include "generation/generations.h"
#include "json/json.h"
#include "store/memory/memory_store.h"
#include "tools/search_conversations.h"

namespace threadkeep::test {

using namespace std::chrono_literals;

template <class Condition>
bool becomes_true(Condition condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

// Calls are kept in the order in which they were started; the test speaks for the model.
class ScriptedModels final : public llm::Models {
 public:
  struct Started {
    std::string model;
    llm::Request request;
    std::function<void(llm::Event)> on_event;
    bool is_live = true;
  };

  llm::ModelCatalogue list(const UserId&, Asking) override { return {}; }
  bool knows(const UserId&, std::string_view) override { return true; }
  std::optional<std::int64_t> context_tokens(const UserId&, std::string_view id) const override {
    const std::lock_guard lock(mutex_);
    const auto window = windows_.find(id);
    return window == windows_.end() ? std::nullopt : std::optional(window->second);
  }
  // Every model takes pictures but no documents.
  llm::Takes takes(const UserId&, std::string_view) override {
    return {llm::Takes::Pictures::all, llm::Takes::Documents::none, 1'000, llm::Takes::Texts::all};
  }
  // From now on this model has a window of so many tokens.
  void set_context_tokens(const std::string& id, std::int64_t tokens) {
    const std::lock_guard lock(mutex_);
    windows_[id] = tokens;
  }
  std::unique_ptr<llm::Call> start(const UserId&, std::string_view id, llm::Request request,
                                   std::function<void(llm::Event)> on_event) override {
    const std::lock_guard lock(mutex_);
    auto started = std::make_shared<Started>();
    started->model = std::string(id);
    started->request = std::move(request);
    started->on_event = std::move(on_event);
    started_.push_back(started);
    return std::make_unique<Handle>(*this, started);
  }

  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return started_.size();
  }
  std::size_t live_count() const {
    const std::lock_guard lock(mutex_);
    std::size_t live = 0;
    for (const auto& started : started_) live += started->is_live ? 1 : 0;
    return live;
  }
  llm::Request request(std::size_t index) const {
    const std::lock_guard lock(mutex_);
    return started_.at(index)->request;
  }
  void say(std::size_t index, llm::Event event) {
    std::function<void(llm::Event)> on_event;
    {
      const std::lock_guard lock(mutex_);
      if (!started_.at(index)->is_live) return;
      on_event = started_.at(index)->on_event;
    }
    on_event(std::move(event));
  }
  void say_text(std::size_t index, const std::string& text) { say(index, llm::TextDelta{text}); }
  void finish(std::size_t index) { say(index, llm::Finished{}); }

 private:
  class Handle final : public llm::Call {
   public:
    Handle(ScriptedModels& models, std::shared_ptr<Started> started)
        : models_(models), started_(std::move(started)) {}
    ~Handle() override {
      const std::lock_guard lock(models_.mutex_);
      started_->is_live = false;
      started_->on_event = nullptr;
    }

   private:
    ScriptedModels& models_;
    std::shared_ptr<Started> started_;
  };
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Started>> started_;
  std::map<std::string, std::int64_t, std::less<>> windows_;
};

// Keeps what it sees, as a client would.
class Recorder final : public Watcher {
 public:
  bool on_event(const GenerationEvent& event) override {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
    return !leaves_;
  }
  bool on_quiet() override {
    const std::lock_guard lock(mutex_);
    ++quiet_count_;
    return !leaves_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    leaves_ = true;
  }
  bool has_ended() const {
    const std::lock_guard lock(mutex_);
    return !events_.empty() && std::holds_alternative<GenerationEvent::End>(events_.back().what);
  }
  int quiet_count() const {
    const std::lock_guard lock(mutex_);
    return quiet_count_;
  }
  std::vector<GenerationEvent> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  // The text of an answer as a client puts it together: rows replace, deltas append, blocks replace
  // their block.
  std::string text_of(const MessageId& id) const {
    std::map<std::size_t, std::string> blocks;
    for (const GenerationEvent& event : events()) {
      if (const auto* stored = std::get_if<GenerationEvent::MessageStored>(&event.what)) {
        if (stored->message.id != id) continue;
        blocks.clear();
        const auto content = json::Document::parse(stored->message.content, json::Mode::strict);
        for (const json::Value block : content->root().items())
          blocks.emplace(blocks.size(), std::string(block["text"].string()));
      } else if (const auto* delta = std::get_if<GenerationEvent::Delta>(&event.what)) {
        if (delta->message_id == id) blocks[delta->index] += delta->text;
      } else if (const auto* done = std::get_if<GenerationEvent::BlockFinished>(&event.what)) {
        if (done->message_id != id) continue;
        const auto block = json::Document::parse(done->block, json::Mode::strict);
        blocks[done->index] = std::string(block->root()["text"].string());
      }
    }
    std::string text;
    for (const auto& [index, block] : blocks) text += block;
    return text;
  }
  std::vector<std::string> names() const {
    static const char* const names[] = {"message", "delta", "block", "status", "title", "end"};
    std::vector<std::string> seen;
    for (const GenerationEvent& event : events()) seen.emplace_back(names[event.what.index()]);
    return seen;
  }
  // The status that was told last.
  std::optional<MessageStatus> status() const {
    std::optional<MessageStatus> last;
    for (const GenerationEvent& event : events()) {
      if (const auto* changed = std::get_if<GenerationEvent::StatusChanged>(&event.what))
        last = changed->status;
    }
    return last;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<GenerationEvent> events_;
  int quiet_count_ = 0;
  bool leaves_ = false;
};

// Everything that an event says.
inline std::string spelled(const GenerationEvent& event) {
  std::string out = event.position.generation.text() + "-" + std::to_string(event.position.number) +
                    " " + std::to_string(event.what.index());
  if (const auto* stored = std::get_if<GenerationEvent::MessageStored>(&event.what))
    out += message_json(stored->message);
  if (const auto* delta = std::get_if<GenerationEvent::Delta>(&event.what))
    out += delta->message_id.text() + std::to_string(delta->index) + delta->text;
  if (const auto* done = std::get_if<GenerationEvent::BlockFinished>(&event.what))
    out += done->message_id.text() + std::to_string(done->index) + done->block;
  if (const auto* changed = std::get_if<GenerationEvent::StatusChanged>(&event.what))
    out += changed->message_id.text() + std::string(status_name(changed->status));
  if (const auto* title = std::get_if<TitleChanged>(&event.what)) out += title->title;
  return out;
}

class GenerationsTest : public ::testing::Test {
 protected:
  GenerationsTest()
      : ids_(system_clock()),
        store_(make_memory_store(system_clock(), ids_)),
        user_(store_->local_user()) {
    tools_.add(tools::search_conversations(*store_));
    NewConversation conversation;
    conversation.id = conversation_;
    EXPECT_TRUE(store_->write(user_, conversation));
    restart({});
  }

  void restart(GenerationLimits limits) {
    generations_.reset();
    generations_ =
        std::make_unique<Generations>(*store_, models_, tools_, system_clock(), ids_, limits);
  }

  GenerationRequest ask(const std::string& question, std::vector<std::string> models = {"m"}) {
    GenerationRequest request;
    request.conversation_id = conversation_;
    request.question.emplace();
    request.question->id = ids_.next();
    request.question->conversation_id = conversation_;
    request.question->content = text_content(question);
    request.models = std::move(models);
    for (std::size_t i = 0; i < request.models.size(); ++i)
      request.answer_ids.push_back(ids_.next());
    return request;
  }
  void use_tool(std::size_t call, const std::string& id, const std::string& name) {
    models_.say(call, llm::ToolUseBegun{id, name});
    models_.say(call, llm::ToolUseEnded{});
  }
  Message row(const MessageId& id) {
    return store_->read([&](const Reader& reader) { return reader.messages().find(user_, id); })
        .value();
  }

  UlidMaker ids_;
  ScriptedModels models_;
  std::unique_ptr<Store> store_;
  tools::Registry tools_;
  UserId user_;
  ConversationId conversation_ = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").value();
  std::unique_ptr<Generations> generations_;
};

}  // namespace threadkeep::test
