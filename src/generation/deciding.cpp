// Calls of tools that the person was asked about: the answer that carries them out.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "domain/entry_rules.h"
#include "generation/engine.h"
#include "generation/starting.h"

namespace threadkeep {
namespace {

using generation::GivenResult;

// In the order of the open calls of the answer.
Result<std::vector<Decision>> in_order(const std::vector<Draft::ToolUse>& calls,
                                       const DecisionRequest& request) {
  for (const DecisionRequest::OfCall& one : request.decisions) {
    const bool is_open = std::any_of(calls.begin(), calls.end(), [&](const Draft::ToolUse& call) {
      return call.id == one.tool_use_id;
    });
    if (!is_open)
      return fail(Errc::invalid_field, "decisions: names a call that does not wait for one.");
  }
  std::vector<Decision> decisions;
  for (const Draft::ToolUse& call : calls) {
    const auto found = std::find_if(request.decisions.begin(), request.decisions.end(),
                                    [&](const auto& one) { return one.tool_use_id == call.id; });
    if (found == request.decisions.end())
      return fail(Errc::invalid_field, "decisions: must hold one for each call that waits.");
    decisions.push_back(found->decision);
  }
  return decisions;
}

// The setting with the tools that are allowed from now on; nothing: it stays as it is.
std::optional<EditConversation> allowing(const Conversation& conversation,
                                         const std::vector<Draft::ToolUse>& calls,
                                         const std::vector<Decision>& decisions) {
  const auto before = conversation.settings.allowed_tools.value_or(std::vector<std::string>());
  std::vector<std::string> allowed = before;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const bool is_new = decisions[i] == Decision::allow_in_conversation &&
                        std::find(allowed.begin(), allowed.end(), calls[i].name) == allowed.end();
    // The oldest gives way: it is asked about again.
    if (is_new && allowed.size() == limits::tools_named_max) allowed.erase(allowed.begin());
    if (is_new && !entry::wrong_with(entry::tool, calls[i].name)) allowed.push_back(calls[i].name);
  }
  if (allowed == before) return std::nullopt;
  EditConversation edit;
  edit.id = conversation.id;
  edit.patch.settings.allowed_tools.emplace(std::move(allowed));
  return edit;
}

}  // namespace

Result<DecidedAnswer> Generations::Impl::decide(const UserId& user,
                                                const DecisionRequest& request) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return fail(Errc::storage_unavailable, "The server is stopping.");
  }
  if (auto ended = end_earlier_life(); !ended) return tl::unexpected(ended.error());
  // Not within the transaction: it may read the store.
  const auto waiting = store_.read(
      [&](const Reader& reader) { return reader.messages().find(user, request.answer); });
  if (!waiting) return tl::unexpected(waiting.error());
  if (generation::call_note(*waiting).awaits && !models_.knows(user, waiting->model.value_or("")))
    return fail(Errc::invalid_field, "The model of the answer cannot be asked any more.");
  const MessageId id = generation::deciding_answer(request.answer);
  Starting starting(*this, {{id, {}}});
  const auto begun = store_.write(user, [&](Writer& writer) -> Result<BegunGeneration> {
    const auto row = writer.messages().find(user, request.answer);
    if (!row) return tl::unexpected(row.error());
    if (row->deleted_at) return fail(Errc::not_found, "There is no such message.");
    if (!generation::call_note(*row).awaits)
      return fail(Errc::nothing_to_decide, "No call of this answer waits for the person's word.");
    const std::vector<Draft::ToolUse> calls = generation::open_calls(row->content);
    const auto decisions = in_order(calls, request);
    if (!decisions) return tl::unexpected(decisions.error());
    BeginGeneration begin;
    begin.conversation_id = row->conversation_id;
    begin.answer_to = row->id;
    begin.answers = {{id, row->model.value_or(""), generation::metadata_with(*decisions)}};
    auto reserved = writer.run(user, begin);
    if (!reserved || reserved->was_there) return reserved;
    if (const auto edit = allowing(reserved->conversation, calls, *decisions)) {
      // The calls that wait are carried out all the same; the next one is asked about again.
      (void)writer.run(user, *edit);
    }
    return reserved;
  });
  if (!begun) return tl::unexpected(begun.error());
  const DecidedAnswer decided{begun->answers.front(), begun->was_there};
  if (begun->was_there) return decided;
  if (auto launched = launch(user, *begun, request.allowed_tools, nullptr); !launched)
    return tl::unexpected(launched.error());
  return decided;
}

std::string Generations::Impl::decisions_taken_over(const UserId& user,
                                                    const GenerationRequest& request) {
  if (!request.answer_to || request.question) return "{}";
  const MessageId id = generation::deciding_answer(*request.answer_to);
  const auto row =
      store_.read([&](const Reader& reader) { return reader.messages().find(user, id); });
  if (!row || row->parent_id != request.answer_to) return "{}";
  const auto decisions = generation::decisions_of(*row);
  return decisions ? generation::metadata_with(*decisions) : "{}";
}

void Generations::Impl::begin_decided_round(const GenerationPtr& generation,
                                            RunningAnswer& answer) {
  // The one that was reserved with the decision runs the calls; those that are asked for again
  // later take over what it has.
  const MessageId first = generation::deciding_answer(answer.parent_id.value_or(answer.id));
  std::vector<GivenResult> earlier;
  if (answer.id != first) {
    const auto row = store_.read(
        [&](const Reader& reader) { return reader.messages().find(generation->user, first); });
    if (row) earlier = generation::first_results(row->content);
  }
  RoundPlan plan;
  const auto& turns = generation->prompt.turns;
  if (!turns.empty()) plan.uses = generation::open_calls(turns.back().content);
  for (std::size_t i = 0; i < plan.uses.size(); ++i) {
    const auto& decisions = *answer.decisions;
    const Decision decision = i < decisions.size() ? decisions[i] : Decision::deny;
    const Verdict verdict = verdict_on(*generation, plan.uses[i].name);
    const auto known = std::find_if(earlier.begin(), earlier.end(), [&](const GivenResult& one) {
      return one.use_id == plan.uses[i].id;
    });
    std::optional<tools::ToolResult> result;
    if (known != earlier.end()) {
      result = std::move(known->result);
      earlier.erase(known);
    } else if (decision == Decision::deny) {
      result = generation::result_without_run(decision);
    } else if (answer.id != first) {
      result = generation::result_of_unknown_outcome();
    } else if (verdict.kind == Verdict::Kind::refuse) {
      result = tools::tool_error(verdict.refusal);
    }
    plan.results.push_back(std::move(result));
  }
  {
    const std::lock_guard lock(generation->mutex);
    ++answer.tool_rounds;
    answer.tool_uses += plan.uses.size();
  }
  start_round(generation, answer, std::move(plan));
}

}  // namespace threadkeep
