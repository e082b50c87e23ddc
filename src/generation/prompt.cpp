#include "generation/prompt.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "domain/content.h"
#include "generation/decisions.h"
#include "generation/duet.h"
#include "generation/prompt_files.h"

namespace threadkeep {
namespace {

constexpr int system_messages_max = 8;

bool says_something(const Message& message) {
  return message.content != "[]" || generation::decisions_of(message);
}

// As the model of `answer` is given it.
llm::Turn turn_of(Message message, const std::optional<generation::DuetTurn>& listener) {
  if (listener) return generation::heard_by(*listener, message);
  return {message.role, std::move(message.content)};
}

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

}  // namespace

Result<Prompt> load_prompt(Store& store, const UserId& user, const Message& answer,
                           std::size_t context_bytes_max) {
  Prompt prompt;
  std::size_t bytes = 0;
  std::optional<Position> from;
  Position oldest = answer.position;  // that is given
  bool is_first = true;
  bool reached_root = false;
  bool is_full = false;
  const auto duet = generation::duet_turn_of(answer);
  std::vector<generation::CallNote> notes;
  while (!reached_root && !is_full) {
    auto page = store.read([&](const Reader& reader) {
      return reader.messages().path_page(user, answer.conversation_id, answer.id, from,
                                         limits::page_limit_max, Deleted::left_out);
    });
    if (!page) return tl::unexpected(page.error());
    for (auto entry = page->messages.rbegin(); entry != page->messages.rend() && !is_full;
         ++entry) {
      Message& message = entry->message;
      if (message.position >= answer.position || !says_something(message)) continue;
      if (is_first) prompt.continues = !duet && message.role == Role::assistant;
      // The message that is answered is always given, however long it is.
      is_full = !is_first && bytes + message.content.size() > context_bytes_max;
      if (is_full) break;
      is_first = false;
      bytes += message.content.size();
      oldest = message.position;
      prompt.messages.push_back(message.id);
      notes.push_back(generation::call_note(message));
      prompt.turns.push_back(turn_of(std::move(message), duet));
    }
    from = page->next;
    reached_root = !from;
  }
  std::reverse(prompt.turns.begin(), prompt.turns.end());
  std::reverse(prompt.messages.begin(), prompt.messages.end());
  std::reverse(notes.begin(), notes.end());
  generation::settle_calls(prompt.turns, prompt.messages, notes,
                           generation::decisions_of(answer).has_value());
  prompt.is_cut = is_full;
  if (is_full) {
    auto opening = opening_system_turns(store, user, answer, oldest);
    if (!opening) return tl::unexpected(opening.error());
    prompt.turns.insert(prompt.turns.begin(), opening->begin(), opening->end());
    prompt.opening = opening->size();
  }
  // The others are part of the path that is given.
  while (!is_full && prompt.opening < prompt.turns.size() &&
         prompt.turns[prompt.opening].role == Role::system) {
    ++prompt.opening;
  }
  prompt.messages.erase(
      prompt.messages.begin(),
      prompt.messages.end() - static_cast<std::ptrdiff_t>(prompt.turns.size() - prompt.opening));
  if (auto taken = take_settings(store, user, answer, prompt); !taken)
    return tl::unexpected(taken.error());
  prompt.attachments = load_attachments(store, user, prompt.turns);
  return prompt;
}

}  // namespace threadkeep
