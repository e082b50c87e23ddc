#include "generation/running.h"

#include <algorithm>

#include "json/json.h"

namespace threadkeep::generation {
namespace {

std::optional<std::string> usage_json(const std::optional<llm::Usage>& usage) {
  if (!usage) return std::nullopt;
  std::string json;
  json::Writer writer(json);
  writer.begin_object()
      .member("inputTokens", usage->input_tokens)
      .member("outputTokens", usage->output_tokens);
  if (usage->cached_input_tokens) writer.member("cachedInputTokens", *usage->cached_input_tokens);
  if (usage->reasoning_tokens) writer.member("reasoningTokens", *usage->reasoning_tokens);
  if (usage->cost_nano_usd) writer.member("costNanoUsd", *usage->cost_nano_usd);
  writer.end_object();
  return json;
}

// A model that was cut and then stopped by hand or failed was not ended by the cut.
std::optional<FinishReason> finish_reason_of(const RunningAnswer& answer) {
  return answer.status == MessageStatus::complete ? answer.finish_reason : std::nullopt;
}

}  // namespace

void Generation::emit(GenerationEvent::What what) {
  const GenerationEvent& event = log.add(id, std::move(what));
  std::erase_if(watchers, [&](const auto& watcher) { return !watcher->on_event(event); });
  told_at = std::chrono::steady_clock::now();
}

void Generation::tell_quiet(std::chrono::milliseconds quiet) {
  const auto now = std::chrono::steady_clock::now();
  if (now - told_at < quiet) return;
  std::erase_if(watchers, [](const auto& watcher) { return !watcher->on_quiet(); });
  told_at = now;
}

void Generation::end_open_block(RunningAnswer& answer) {
  const auto index = answer.draft.end_block();
  if (!index) return;
  emit(GenerationEvent::BlockFinished{answer.id, *index, answer.draft.block_json(*index)});
}

void Generation::add_tool_result(RunningAnswer& answer, std::string_view use_id,
                                 const tools::ToolResult& result) {
  std::string block;
  json::Writer writer(block);
  writer.begin_object().member("type", "tool_result").member("toolUseId", use_id);
  writer.key("content").raw(result.content);
  if (result.is_error) writer.member("isError", true);
  writer.end_object();
  add_block(answer, block);
}

void Generation::add_block(RunningAnswer& answer, const std::string& block) {
  const std::size_t index = answer.draft.add_block(block);
  emit(GenerationEvent::BlockFinished{answer.id, index, answer.draft.block_json(index)});
}

void Generation::emit_status(const RunningAnswer& answer) {
  emit(GenerationEvent::StatusChanged{answer.id, answer.status, usage_json(answer.usage),
                                      answer.error, finish_reason_of(answer)});
}

void Generation::end_if_all_stored(MonotonicMs now) {
  if (ended_at) return;
  for (const auto& answer : answers) {
    if (!answer->is_stored) return;
  }
  ended_at = now;
  emit(GenerationEvent::End{});
  watchers.clear();
  prompt = {};
}

FinishAnswer Generation::state_of(const RunningAnswer& answer) const {
  FinishAnswer state;
  state.id = answer.id;
  state.content = answer.draft.content();
  state.status = answer.status;
  state.error = answer.error;
  state.usage = usage_json(answer.usage);
  if (answer.usage) state.token_count = answer.usage->output_tokens;
  if (const auto reason = finish_reason_of(answer))
    state.metadata = metadata_with_finish_reason(answer.metadata, *reason);
  if (answer.context_from) {
    state.metadata = metadata_with_context(
        state.metadata.value_or(answer.metadata), *answer.context_from,
        answer.was_given_summary ? OlderMessages::in_short : OlderMessages::left_out);
  }
  if (!answer.left_out_files.empty()) {
    state.metadata = metadata_with_left_out_files(state.metadata.value_or(answer.metadata),
                                                  answer.left_out_files);
  }
  return state;
}

RunningAnswer& Generation::add(const Message& row, std::size_t part_bytes, MonotonicMs now) {
  auto answer = std::make_unique<RunningAnswer>(part_bytes);
  answer->id = row.id;
  answer->model = row.model.value_or("");
  answer->metadata = row.metadata;
  answer->decisions = decisions_of(row);
  answer->parent_id = row.parent_id;
  answer->started_at = now;
  answers.push_back(std::move(answer));
  emit(GenerationEvent::MessageStored{row});
  return *answers.back();
}

std::vector<RunningAnswer*> answers_of(const Generation& generation) {
  const std::lock_guard lock(generation.mutex);
  std::vector<RunningAnswer*> answers;
  for (const auto& answer : generation.answers) answers.push_back(answer.get());
  return answers;
}

GenerationEvent::StatusChanged status_of(const Message& row) {
  return {row.id, row.status, row.usage, row.error, finish_reason(row)};
}

std::string error_json(std::string_view type, std::string_view detail) {
  std::string data;
  json::Writer(data).begin_object().member("type", type).member("detail", detail).end_object();
  return data;
}

std::string no_room_for_files() {
  return error_json("overloaded",
                    "So many answers with files are being written that this server has no room for "
                    "the files of this one. Try again in a moment.");
}

}  // namespace threadkeep::generation
