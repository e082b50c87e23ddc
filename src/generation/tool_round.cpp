// The tools of one round: they run side by side, and their results are stored in the order in which
// the model asked for them.
#include <algorithm>
#include <utility>

#include "generation/engine.h"
#include "json/json.h"

namespace threadkeep {

using tools::tool_error;
using tools::ToolResult;

namespace generation {

ToolRound::~ToolRound() {
  for (std::stop_source& stop : stops) stop.request_stop();
}

bool allows_tool(const Generation& generation, std::string_view name) {
  const auto& allowed = generation.prompt.allowed_tools;
  return std::find(allowed.begin(), allowed.end(), name) != allowed.end();
}

bool leaves_tool(const Generation& generation, std::string_view name) {
  const auto& tools = generation.prompt.tools;
  return !tools || std::find(tools->begin(), tools->end(), name) != tools->end();
}

}  // namespace generation

Generations::Impl::Verdict Generations::Impl::verdict_on(const Generation& generation,
                                                         const std::string& tool) const {
  using Kind = Verdict::Kind;
  const tools::RunnableToolPtr found = tools_.find(tool);
  // What was not offered may be asked for all the same: a model remembers it, or makes it up.
  if (!found) return {Kind::run, ""};
  if (!tools_.may_use(tool, generation.allowed_tools))
    return {Kind::refuse, "The person has not allowed this tool here."};
  if (!generation::leaves_tool(generation, tool))
    return {Kind::refuse, "The settings of this conversation leave this tool out."};
  if (found->access != tools::Access::when_confirmed || generation::allows_tool(generation, tool))
    return {Kind::run, ""};
  if (generation.is_duet)
    return {Kind::refuse, "In a duet the person is not asked, and this tool needs their word."};
  return {Kind::ask_person, ""};
}

Generations::Impl::RoundPlan Generations::Impl::plan_round(const Generation& generation,
                                                           const std::vector<Draft::ToolUse>& uses,
                                                           std::size_t runs) const {
  RoundPlan plan;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    std::optional<ToolResult> result;
    if (i >= runs) {
      result = tool_error(i < limits_.tool_uses_per_round_max
                              ? "No more tools can be used in this answer."
                              : "So many tools cannot be used at once.");
    } else {
      const Verdict verdict = verdict_on(generation, uses[i].name);
      if (verdict.kind == Verdict::Kind::ask_person) {
        plan.awaits_person = true;
        continue;
      }
      if (verdict.kind == Verdict::Kind::refuse) result = tool_error(verdict.refusal);
    }
    plan.uses.push_back(uses[i]);
    plan.results.push_back(std::move(result));
  }
  return plan;
}

bool Generations::Impl::are_durable(const GenerationPtr& generation, RunningAnswer& answer,
                                    const std::vector<Draft::ToolUse>& uses) {
  const bool acts = std::any_of(uses.begin(), uses.end(), [this](const Draft::ToolUse& use) {
    const tools::RunnableToolPtr tool = tools_.find(use.name);
    return tool && !tool->server.empty();
  });
  std::optional<Checkpoint> checkpoint;
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended || !acts || answer.stored_bytes == answer.draft.bytes()) return true;
    answer.is_round_due = true;
    if (!answer.is_saving) checkpoint = begin_checkpoint(answer, clock_.monotonic_ms());
  }
  if (checkpoint) save_checkpoint(generation, answer, std::move(*checkpoint));
  return false;
}

// A model that asks for another tool after each result is told that there are no more, once, and
// not asked again.
void Generations::Impl::begin_tool_round(const GenerationPtr& generation, RunningAnswer& answer) {
  std::unique_ptr<llm::Call> finished_call;  // dies outside of the lock
  std::vector<Draft::ToolUse> uses;
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) return;
    finished_call = std::move(answer.call);
    uses = answer.draft.open_tool_uses();
  }
  finished_call.reset();
  // What may do something elsewhere is never done without a trace of it.
  if (!are_durable(generation, answer, uses)) return;
  std::size_t runs = 0;  // the first of them that are run
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) return;
    if (++answer.tool_rounds <= limits_.tool_rounds_max) {
      runs = std::min({uses.size(), limits_.tool_uses_per_round_max,
                       limits_.tool_uses_max - std::min(limits_.tool_uses_max, answer.tool_uses)});
    }
    answer.tool_uses += runs;
  }
  start_round(generation, answer, plan_round(*generation, uses, runs));
}

void Generations::Impl::start_round(const GenerationPtr& generation, RunningAnswer& answer,
                                    RoundPlan plan) {
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) return;
    answer.awaits_person = plan.awaits_person;
    answer.tool_round = std::make_unique<generation::ToolRound>();
    answer.tool_round->uses = plan.uses;
    answer.tool_round->results.resize(plan.uses.size());
  }
  if (plan.uses.empty()) return end_tool_round(generation, answer);
  for (std::size_t i = 0; i < plan.uses.size(); ++i) {
    if (plan.results[i]) {
      on_tool_result(generation, answer, i, std::move(*plan.results[i]));
      continue;
    }
    std::stop_source stop = runner_.run({generation->user, plan.uses[i].name, plan.uses[i].input},
                                        [this, generation, &answer, i](ToolResult result) {
                                          on_tool_result(generation, answer, i, std::move(result));
                                        });
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) {
      stop.request_stop();
      return;
    }
    if (answer.tool_round) answer.tool_round->stops.push_back(std::move(stop));
  }
}

void Generations::Impl::on_tool_result(const GenerationPtr& generation, RunningAnswer& answer,
                                       std::size_t index, ToolResult result) {
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended || !answer.tool_round) return;
    generation::ToolRound& round = *answer.tool_round;
    round.results[index] = std::move(result);
    for (; round.stored < round.uses.size() && round.results[round.stored]; ++round.stored)
      generation->add_tool_result(answer, round.uses[round.stored].id,
                                  *round.results[round.stored]);
    if (round.stored < round.uses.size()) return;
  }
  do_later([this, generation, &answer] { end_tool_round(generation, answer); });
}

void Generations::Impl::end_tool_round(const GenerationPtr& generation, RunningAnswer& answer) {
  std::unique_ptr<generation::ToolRound> round;
  std::optional<Checkpoint> checkpoint;
  bool is_last = false;
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) return;
    round = std::move(answer.tool_round);
    is_last = answer.tool_rounds > limits_.tool_rounds_max || answer.awaits_person;
    if (answer.awaits_person) answer.finish_reason = FinishReason::confirmation;
    if (!answer.is_saving) checkpoint = begin_checkpoint(answer, clock_.monotonic_ms());
  }
  if (checkpoint) save_checkpoint(generation, answer, std::move(*checkpoint));
  if (is_last) {
    finish(generation, answer, MessageStatus::complete, std::nullopt);
  } else {
    ask_models(generation, {&answer});
  }
}

}  // namespace threadkeep
