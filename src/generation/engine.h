// The machinery behind Generations. Internal to src/generation; the files below it are its parts:
// asking.cpp starts answers and hears the model, reading_files.cpp
// reads documents for it, taking_turns.cpp begins the next answer of a duet,
// watching.cpp lets clients see them, following.cpp
// those that another process writes, tool_round.cpp runs tools for them, deciding.cpp those that
// the person was asked about, saving.cpp stores them,
// generations.cpp is the thread and the door.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "generation/generations.h"
#include "generation/running.h"
#include "renditions/pdf_texts.h"

namespace threadkeep {

using generation::Generation;
using generation::RunningAnswer;
using GenerationPtr = std::shared_ptr<Generation>;

class Generations::Impl {
 public:
  Impl(Store& store, llm::Models& models, const tools::Registry& tools, const Clock& clock,
       UlidMaker& ids, const GenerationLimits& limits, ContextSummaries* summaries)
      : store_(store),
        models_(models),
        tools_(tools),
        clock_(clock),
        ids_(ids),
        limits_(limits),
        summaries_(summaries),
        files_room_(limits.files_bytes_max),
        thread_([this] { run(); }),
        runner_(tools) {}
  ~Impl() { stop(0); }

  Result<std::int64_t> interrupt_unfinished();
  Result<void> start(const UserId& user, const GenerationRequest& request,
                     std::shared_ptr<Watcher> watcher);
  Result<DecidedAnswer> decide(const UserId& user, const DecisionRequest& request);
  Result<void> attach(const UserId& user, const MessageId& answer,
                      const std::optional<EventPosition>& last_seen,
                      std::shared_ptr<Watcher> watcher);
  void hear_of(const UserId& user);
  Result<Message> cancel(const UserId& user, const MessageId& answer);
  void stop(std::int64_t grace_ms);
  std::size_t running() const;
  bool knows_tool(std::string_view name) const { return tools_.find(name) != nullptr; }

 private:
  // starting
  // Names answers that are about to be stored and launched, as long as it lives: whoever finds
  // their rows before they run waits for it.
  class Starting;
  // When the earlier life could not be ended yet.
  Result<void> end_earlier_life();
  Result<std::int64_t> interrupt_unfinished_locked();
  BeginGeneration to_begin(const UserId& user, const GenerationRequest& request);
  Reservation first_of_duet(const UserId& user, const GenerationRequest& request);
  Result<void> launch(const UserId& user, const BegunGeneration& begun,
                      const std::vector<std::string>& allowed_tools,
                      std::shared_ptr<Watcher> watcher);
  // Tools that the conversation's settings allow; none that only a request can.
  void add_allowed_here(const Prompt& prompt, std::vector<std::string>& allowed) const;
  // When what the models are given has been read.
  void ask_models(const GenerationPtr& generation, const std::vector<RunningAnswer*>& answers);
  struct Reading;
  void on_text(const std::shared_ptr<Reading>& reading, std::size_t index,
               std::shared_ptr<const renditions::PdfText> text);
  void ask_model(const GenerationPtr& generation, RunningAnswer& answer);
  const generation::KeptSummaries* kept_summaries() const;
  Result<void> attach_here(const GenerationPtr& generation, const MessageId& answer,
                           std::size_t last_seen, std::shared_ptr<Watcher> watcher);
  // Without the answers of a duet that stand before `first`, where one is named.
  Result<void> replay_rows(const GenerationPtr& generation, const std::optional<MessageId>& first,
                           std::shared_ptr<Watcher> watcher);

  // answers that another process writes
  struct Follower {
    UserId user;
    Message row;  // as it has seen it
    std::shared_ptr<Watcher> watcher;
    std::vector<std::string> parts;  // of the answer, as far as they have been read
    MonotonicMs looked_at = 0;
    std::chrono::steady_clock::time_point told_at;  // anything at all
    bool has_news = false;  // something of the user's was written after the latest look
  };
  // Gives the row as it is, and later what becomes of it.
  void follow(const UserId& user, const Message& row, std::shared_ptr<Watcher> watcher);
  // True while there is more to wait for.
  bool look_again(Follower& follower) const;
  // Reads what is new of the answer. True when the row that the follower has seen is another now.
  Result<bool> read_on(Follower& follower) const;
  bool show_end(const Follower& follower) const;
  void look_after_followers(MonotonicMs now);

  // what the model says
  void on_event(const GenerationPtr& generation, RunningAnswer& answer, llm::Event event);
  void add_to_draft(Generation& generation, RunningAnswer& answer, const llm::Event& event);
  void on_finished(const GenerationPtr& generation, RunningAnswer& answer,
                   llm::Finished::Reason reason);

  // tools; on the thread, but for on_tool_result
  // What becomes of a use of the tool.
  struct Verdict {
    enum class Kind { run, refuse, ask_person };
    Kind kind = Kind::run;
    const char* refusal = "";
  };
  Verdict verdict_on(const Generation& generation, const std::string& tool) const;
  struct RoundPlan {
    std::vector<Draft::ToolUse> uses;
    std::vector<std::optional<tools::ToolResult>> results;  // none: it is run
    bool awaits_person = false;                             // for other uses
  };
  RoundPlan plan_round(const Generation& generation, const std::vector<Draft::ToolUse>& uses,
                       std::size_t runs) const;
  void start_round(const GenerationPtr& generation, RunningAnswer& answer, RoundPlan plan);
  // Whether the uses are stored, or need not be before they are run. Otherwise they will be, and
  // the round begins then.
  bool are_durable(const GenerationPtr& generation, RunningAnswer& answer,
                   const std::vector<Draft::ToolUse>& uses);
  // What was decided about the calls of the answer before.
  void begin_decided_round(const GenerationPtr& generation, RunningAnswer& answer);
  // Metadata of answers to one whose calls were carried out already: they take the results over.
  std::string decisions_taken_over(const UserId& user, const GenerationRequest& request);
  void begin_tool_round(const GenerationPtr& generation, RunningAnswer& answer);
  void on_tool_result(const GenerationPtr& generation, RunningAnswer& answer, std::size_t index,
                      tools::ToolResult result);
  void end_tool_round(const GenerationPtr& generation, RunningAnswer& answer);

  // taking turns
  // What comes after the answer that ends in this state: an answer of the other model, or nothing.
  // With the generation's mutex held.
  std::optional<Reservation> next_turn(const Generation& generation, const FinishAnswer& end);
  void pass_on(const GenerationPtr& generation, RunningAnswer& answer, FinishAnswer end);
  // Runs on the store's thread, maybe after this Impl is gone.
  static void on_passed_on(const Clock& clock, std::size_t part_bytes, Generation& generation,
                           RunningAnswer& answer, const Result<Message>& next);
  void take_turn(const GenerationPtr& generation, RunningAnswer& answer);
  // No answer follows the one that runs, and none that is being reserved is begun.
  void end_duet(const GenerationPtr& generation);

  // storing
  bool needs_checkpoint(const RunningAnswer& answer, MonotonicMs now) const;
  struct Checkpoint {
    CheckpointAnswer step;
    std::size_t bytes = 0;  // of the draft
    MonotonicMs now = 0;
  };
  // With the generation's mutex held.
  Checkpoint begin_checkpoint(RunningAnswer& answer, MonotonicMs now) const;
  void save_checkpoint(const GenerationPtr& generation, RunningAnswer& answer,
                       Checkpoint checkpoint);
  // With the answer that follows, where there is one.
  void store_end(const GenerationPtr& generation, RunningAnswer& answer, FinishAnswer end);
  void save_end(const GenerationPtr& generation, RunningAnswer& answer, FinishAnswer end);
  // Runs on the store's thread, maybe after this Impl is gone.
  static void on_end_saved(const Clock& clock, Generation& generation, RunningAnswer& answer,
                           const Result<void>& saved);
  void finish(const GenerationPtr& generation, RunningAnswer& answer, MessageStatus status,
              std::optional<std::string> error);
  // Ends an answer here that was ended elsewhere.
  void let_go(const GenerationPtr& generation, RunningAnswer& answer);

  // the thread
  void run();
  void do_later(std::function<void()> task);
  void look_after(const GenerationPtr& generation, MonotonicMs now);
  // Waits while the answer is being launched. Nothing: it does not run here.
  GenerationPtr find(const UserId& user, const MessageId& answer);
  std::vector<GenerationPtr> all() const;

  Store& store_;
  llm::Models& models_;
  const tools::Registry& tools_;
  const Clock& clock_;
  UlidMaker& ids_;
  const GenerationLimits limits_;
  ContextSummaries* const summaries_;  // null: none are made
  const FilesRoom files_room_;

  std::mutex unfinished_mutex_;
  enum class EarlierLife { not_asked, unfinished, ended };
  EarlierLife earlier_life_ = EarlierLife::not_asked;  // guarded by that mutex

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable launched_;
  std::map<MessageId, GenerationPtr> by_answer_;
  std::multiset<MessageId> starting_;
  std::vector<Follower> followers_;
  std::multiset<UserId> followed_;  // whose the followers' answers are
  std::set<UserId> heard_of_;       // of these: something was written since the thread looked
  std::deque<std::function<void()>> tasks_;
  bool is_stopping_ = false;
  std::thread thread_;
  // Last: no text and no tool is done any more when the rest goes.
  renditions::PdfTexts pdf_texts_;
  tools::Runner runner_;
};

}  // namespace threadkeep
