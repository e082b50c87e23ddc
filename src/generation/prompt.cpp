#include "generation/prompt.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "domain/content.h"
#include "generation/duet.h"
#include "generation/prompt_files.h"

namespace threadkeep {
namespace {

using generation::KeptSummaries;
using generation::Path;
using generation::PlaceOfTurn;

constexpr int system_messages_max = 8;

// The system messages that the path begins with, as far as they stand before `position`.
Result<std::vector<llm::Turn>> opening_system_turns(Store& store, const UserId& user,
                                                    const Message& answer, Position position) {
  const auto start = store.read([&](const Reader& reader) {
    return reader.messages().path_start(user, answer.conversation_id, answer.id,
                                        system_messages_max);
  });
  if (!start) return tl::unexpected(start.error());
  std::vector<llm::Turn> turns;
  for (const Message& message : *start) {
    if (message.role != Role::system || message.position >= position) break;
    turns.push_back({Role::system, message.content});
  }
  return turns;
}

ConversationSettings preset_of(const Reader& reader, const UserId& user, const std::string& id) {
  const auto preset = reader.presets().find(user, id);
  return preset ? preset->settings : ConversationSettings{};
}

// As they are now: whoever changes them while a model answers changes the next answer.
Result<void> take_settings(Store& store, const UserId& user, const Message& answer,
                           Prompt& prompt) {
  auto effect = store.read([&](const Reader& reader) -> Result<SettingsInEffect> {
    const auto conversation = reader.conversations().find(user, answer.conversation_id);
    if (!conversation) return tl::unexpected(conversation.error());
    ConversationSettings of_folder;
    if (conversation->folder)
      of_folder = preset_of(reader, user, folder_preset_id(*conversation->folder));
    return settings_in_effect(conversation->settings, of_folder,
                              preset_of(reader, user, std::string(default_preset_id)));
  });
  if (!effect) return tl::unexpected(effect.error());
  std::vector<llm::Turn> prompts;
  for (const std::string& text : effect->system)
    prompts.push_back({Role::system, text_content(text)});
  prompt.turns.insert(prompt.turns.begin(), prompts.begin(), prompts.end());
  prompt.opening += prompts.size();
  prompt.settings = {effect->max_tokens, effect->temperature, effect->effort};
  prompt.tools = std::move(effect->tools);
  prompt.allowed_tools = std::move(effect->allowed_tools);
  return {};
}

// After the opening.
std::size_t turns_through(const Prompt& prompt, const MessageId& message) {
  const auto found = std::find_if(prompt.places.begin(), prompt.places.end(),
                                  [&](const PlaceOfTurn& place) { return place.last == message; });
  return found == prompt.places.end() ? 0
                                      : static_cast<std::size_t>(found - prompt.places.begin()) + 1;
}

// Whether the summary is about the messages that stand there now, and not about the last one:
// whoever is to answer that reads it whole. Somebody may have deleted some, who does not want them
// to be read by a model any more.
bool is_about(const Prompt& prompt, const Prompt::InShort& in_short) {
  return in_short.turns > 0 && in_short.turns < prompt.places.size() &&
         prompt.places[in_short.turns - 1].number == in_short.summary.messages;
}

std::optional<Prompt::InShort> kept_by_answers(const Prompt& prompt, const Path& path) {
  for (const ContextSummary& summary : path.summaries) {
    const Prompt::InShort in_short{summary, turns_through(prompt, summary.through), true};
    if (in_short.turns > 0) return in_short;
  }
  return std::nullopt;
}

std::optional<Prompt::InShort> kept_in_memory(const Prompt& prompt, const UserId& user,
                                              const KeptSummaries* summaries) {
  if (summaries == nullptr) return std::nullopt;
  for (std::size_t i = prompt.places.size(); i > 0; --i) {
    auto summary = summaries->find(user, prompt.places[i - 1].last);
    if (summary) return Prompt::InShort{*std::move(summary), i, false};
  }
  return std::nullopt;
}

// The numbers of the places become those of the whole path.
Result<void> count_whole(Store& store, const UserId& user, const Message& answer, const Path& path,
                         Prompt& prompt) {
  if (!path.is_cut) return {};
  const auto before = path.count_before(store, user, answer);
  if (!before) return tl::unexpected(before.error());
  prompt.are_counted = before->has_value();
  for (PlaceOfTurn& place : prompt.places) place.number += before->value_or(0);
  return {};
}

enum class Counting { where_needed, always };

Result<void> take_summary(Store& store, const UserId& user, const Message& answer, const Path& path,
                          const KeptSummaries* summaries, Counting counting, Prompt& prompt) {
  std::vector<Prompt::InShort> found;
  if (auto in_short = kept_by_answers(prompt, path)) found.push_back(*std::move(in_short));
  if (auto in_short = kept_in_memory(prompt, user, summaries))
    found.push_back(*std::move(in_short));
  if (found.empty() && counting == Counting::where_needed) return {};
  if (auto counted = count_whole(store, user, answer, path, prompt); !counted) return counted;
  for (Prompt::InShort& in_short : found) {
    const bool is_further = !prompt.in_short || in_short.turns > prompt.in_short->turns;
    if (prompt.are_counted && is_further && is_about(prompt, in_short))
      prompt.in_short = std::move(in_short);
  }
  return {};
}

Result<Prompt> prompt_of(Store& store, const UserId& user, const Message& answer, Path& path) {
  Prompt prompt;
  prompt.turns = std::move(path.turns);
  prompt.is_cut = path.is_cut;
  prompt.continues = path.ends_with_answer;
  if (path.is_cut) {
    auto opening = opening_system_turns(store, user, answer, path.oldest);
    if (!opening) return tl::unexpected(opening.error());
    prompt.turns.insert(prompt.turns.begin(), opening->begin(), opening->end());
    prompt.opening = opening->size();
  }
  // The others are part of the path that is given.
  while (!path.is_cut && prompt.opening < prompt.turns.size() &&
         prompt.turns[prompt.opening].role == Role::system) {
    ++prompt.opening;
  }
  prompt.places.assign(
      path.places.end() - static_cast<std::ptrdiff_t>(prompt.turns.size() - prompt.opening),
      path.places.end());
  return prompt;
}

}  // namespace

Result<Prompt> load_prompt(Store& store, const UserId& user, const Message& answer,
                           std::size_t context_bytes_max, const FilesRoom& room,
                           const KeptSummaries* summaries) {
  auto path = Path::read(store, user, answer, Path::Extent::above, context_bytes_max);
  if (!path) return tl::unexpected(path.error());
  auto prompt = prompt_of(store, user, answer, *path);
  if (!prompt) return prompt;
  Result<void> taken;
  if (!generation::duet_turn_of(answer)) {
    taken = take_summary(store, user, answer, *path, summaries, Counting::where_needed, *prompt);
  }
  if (taken) taken = take_settings(store, user, answer, *prompt);
  if (!taken) return tl::unexpected(taken.error());
  const auto share = std::make_shared<FilesRoom::Share>(room);
  auto loaded = load_attachments(store, user, prompt->turns, *share);
  if (!loaded) prompt->has_room = Prompt::Room::no;
  if (loaded) prompt->attachments = *std::move(loaded);
  if (prompt->attachments) prompt->files_share = share;
  return prompt;
}

Result<Prompt> load_prompt_after(Store& store, const UserId& user, const Message& answer,
                                 std::size_t context_bytes_max, const KeptSummaries& summaries) {
  auto path = Path::read(store, user, answer, Path::Extent::with_answer, context_bytes_max);
  if (!path) return tl::unexpected(path.error());
  auto prompt = prompt_of(store, user, answer, *path);
  if (!prompt) return prompt;
  auto taken = take_summary(store, user, answer, *path, &summaries, Counting::always, *prompt);
  if (taken) taken = take_settings(store, user, answer, *prompt);
  if (!taken) return tl::unexpected(taken.error());
  return prompt;
}

}  // namespace threadkeep
