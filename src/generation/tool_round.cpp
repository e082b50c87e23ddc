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

bool leaves_tool(const Generation& generation, std::string_view name) {
  const auto& tools = generation.prompt.tools;
  return !tools || std::find(tools->begin(), tools->end(), name) != tools->end();
}

}  // namespace generation

// A model that asks for another tool after each result is told that there are no more, once, and
// not asked again.
void Generations::Impl::begin_tool_round(const GenerationPtr& generation, RunningAnswer& answer) {
  std::unique_ptr<llm::Call> finished_call;  // dies outside of the lock
  std::vector<Draft::ToolUse> uses;
  std::size_t runs = 0;  // the first of them that are run
  {
    const std::lock_guard lock(generation->mutex);
    if (answer.is_ended) return;
    finished_call = std::move(answer.call);
    uses = answer.draft.open_tool_uses();
    if (++answer.tool_rounds <= limits_.tool_rounds_max) {
      runs = std::min({uses.size(), limits_.tool_uses_per_round_max,
                       limits_.tool_uses_max - std::min(limits_.tool_uses_max, answer.tool_uses)});
    }
    answer.tool_uses += runs;
    answer.tool_round = std::make_unique<generation::ToolRound>();
    answer.tool_round->uses = uses;
    answer.tool_round->results.resize(uses.size());
  }
  finished_call.reset();
  for (std::size_t i = 0; i < runs; ++i) {
    // What was not offered may be asked for all the same: a model remembers it, or makes it up.
    if (tools_.find(uses[i].name) && !tools_.may_use(uses[i].name, generation->allowed_tools)) {
      on_tool_result(generation, answer, i,
                     tool_error("The person has not allowed this tool here."));
      continue;
    }
    if (tools_.find(uses[i].name) && !generation::leaves_tool(*generation, uses[i].name)) {
      on_tool_result(generation, answer, i,
                     tool_error("The settings of this conversation leave this tool out."));
      continue;
    }
    std::stop_source stop = runner_.run({generation->user, uses[i].name, uses[i].input},
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
  for (std::size_t i = runs; i < uses.size(); ++i) {
    on_tool_result(
        generation, answer, i,
        tool_error(i < limits_.tool_uses_per_round_max ? "No more tools can be used in this answer."
                                                       : "So many tools cannot be used at once."));
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
    is_last = answer.tool_rounds > limits_.tool_rounds_max;
    if (!answer.is_saving) checkpoint = begin_checkpoint(answer, clock_.monotonic_ms());
  }
  if (checkpoint) save_checkpoint(generation, answer, std::move(*checkpoint));
  if (is_last) {
    finish(generation, answer, MessageStatus::complete, std::nullopt);
  } else {
    ask_model(generation, answer);
  }
}

}  // namespace threadkeep
