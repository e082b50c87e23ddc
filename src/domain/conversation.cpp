#include "domain/conversation.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "domain/setting_rules.h"
#include "domain/title.h"

namespace threadkeep {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 4> source_names{"default", "excerpt", "model", "user"};

template <class Field>
void keep_latest(std::optional<Field>& field, UnixMs& edited_at, UnixMs when) {
  if (!field) return;
  if (when < edited_at) {
    field.reset();
  } else {
    edited_at = when;
  }
}

// Each part with its length, so that no border between two of them can be moved.
void add_part(std::string& text, const std::string& part) {
  text += std::to_string(part.size()) + ":" + part;
}

void add_value(std::string& text, bool flag) { text += flag ? "yes" : "no"; }
void add_value(std::string& text, UnixMs ms) { text += std::to_string(ms); }
void add_value(std::string& text, Effort effort) { text += effort_name(effort); }
void add_value(std::string& text, double number) { json::Writer(text).number(number); }
void add_value(std::string& text, const Ulid& id) { text += id.text(); }
void add_value(std::string& text, const std::string& words) { add_part(text, words); }
void add_value(std::string& text, const std::vector<std::string>& list) {
  text += std::to_string(list.size()) + " ";
  for (const std::string& item : list) add_part(text, item);
}
template <class Value>
void add_value(std::string& text, const std::optional<Value>& value) {
  text += value ? "some " : "none";
  if (value) add_value(text, *value);
}

template <class Value>
void add_field(std::string& text, const char* name, const std::optional<Value>& value) {
  if (!value) return;
  text.append(name).append("=");
  add_value(text, *value);
  text += ";";
}

auto editable(const Conversation& row) {
  return std::tie(row.title, row.title_source, row.is_archived, row.is_pinned, row.is_unread,
                  row.folder, row.tags, row.model, row.head_id, row.settings);
}

// Processes on one store may have clocks that differ a little.
constexpr std::int64_t clocks_differ_ms_max = 120'000;

// A time that has not come yet is of a clock that was ahead: nobody knows when that edit was, and
// it must not win against what people do until then.
void forget_if_ahead(UnixMs& edited_at, UnixMs now) {
  if (edited_at > now + clocks_differ_ms_max) edited_at = 0;
}

}  // namespace

std::string_view title_source_name(TitleSource source) {
  return source_names[static_cast<std::size_t>(source)];
}

std::optional<TitleSource> parse_title_source(std::string_view name) {
  for (std::size_t i = 0; i < source_names.size(); ++i) {
    if (source_names[i] == name) return static_cast<TitleSource>(i);
  }
  return std::nullopt;
}

Conversation row_of(const NewConversation& created_as, UnixMs now) {
  Conversation row;
  row.id = created_as.id;
  row.title = created_as.title;
  row.title_source = created_as.title.empty() ? TitleSource::none : TitleSource::user;
  row.model = created_as.model;
  row.settings = created_as.settings;
  row.metadata = created_as.metadata;
  row.created_at = std::min(created_as.created_at.value_or(now), now);
  row.updated_at = now;
  row.rev = 1;
  return row;
}

std::string creation_text(const NewConversation& created_as) {
  std::string text;
  add_part(text, created_as.title);
  if (created_as.model) add_part(text, *created_as.model);
  text += "/";
  add_part(text, created_as.metadata);
  if (!created_as.settings.is_empty()) add_part(text, settings_json(created_as.settings));
  return text;
}

NewConversation creation_of(const Conversation& source) {
  return {source.id, source.title, source.model, source.metadata, {}, source.settings};
}

void take_over(Conversation& row, const Conversation& source) {
  row.title_source = source.title_source;
  row.created_at = source.created_at;
  row.updated_at = source.updated_at;
  row.is_archived = source.is_archived;
  row.is_pinned = source.is_pinned;
  row.folder = source.folder;
  row.tags = source.tags;
}

void erase_words(Conversation& row) {
  row.title.clear();
  row.title_source = TitleSource::none;
  row.metadata = "{}";
  row.settings = {};
  row.folder.reset();
  row.tags.clear();
  row.message_count = 0;
  row.head_id.reset();
  row.is_erased = true;
}

void apply(const ConversationPatch& patch, Conversation& row) {
  if (patch.title) {
    row.title = *patch.title;
    const bool is_by_person = patch.edited_at != not_by_hand;
    row.title_source = patch.title->empty() ? TitleSource::none
                       : is_by_person       ? TitleSource::user
                                            : TitleSource::model;
  }
  if (patch.is_archived) row.is_archived = *patch.is_archived;
  if (patch.is_pinned) row.is_pinned = *patch.is_pinned;
  if (patch.is_unread) row.is_unread = *patch.is_unread;
  if (patch.folder) row.folder = *patch.folder;
  if (patch.tags) row.tags = *patch.tags;
  if (patch.model) row.model = *patch.model;
  if (patch.head_id) row.head_id = patch.head_id;
  apply(patch.settings, row.settings);
}

std::string edit_text(const ConversationPatch& patch) {
  std::string text;
  add_field(text, "title", patch.title);
  add_field(text, "isArchived", patch.is_archived);
  add_field(text, "isPinned", patch.is_pinned);
  add_field(text, "isUnread", patch.is_unread);
  add_field(text, "folder", patch.folder);
  add_field(text, "tags", patch.tags);
  add_field(text, "headId", patch.head_id);
  add_field(text, "model", patch.model);
  add_field(text, "system", patch.settings.system);
  add_field(text, "temperature", patch.settings.temperature);
  add_field(text, "maxTokens", patch.settings.max_tokens);
  add_field(text, "effort", patch.settings.effort);
  add_field(text, "tools", patch.settings.tools);
  add_field(text, "allowedTools", patch.settings.allowed_tools);
  add_field(text, "editedAt", patch.edited_at);
  return text;
}

bool differ_in_editable(const Conversation& a, const Conversation& b) {
  return editable(a) != editable(b);
}

bool note_edit(UnixMs& latest, const std::optional<UnixMs>& edited_at, UnixMs now) {
  forget_if_ahead(latest, now);
  const UnixMs when = edited_at ? std::min(*edited_at, now) : std::max(latest, now);
  if (when < latest) return false;
  latest = when;
  return true;
}

void keep_latest_edits(ConversationPatch& patch, EditTimes& times, UnixMs now) {
  SettingTimes& settings = times.settings;
  for (UnixMs* edited_at :
       {&times.title, &times.is_archived, &times.is_pinned, &times.is_unread, &times.folder,
        &times.tags, &times.model, &times.head, &settings.system, &settings.temperature,
        &settings.max_tokens, &settings.effort, &settings.tools, &settings.allowed_tools}) {
    forget_if_ahead(*edited_at, now);
  }
  // A clock that was set back must not make an edit of this moment lose.
  const auto when = [&](UnixMs before) {
    if (patch.edited_at == not_by_hand) return before;
    return patch.edited_at ? std::min(*patch.edited_at, now) : std::max(before, now);
  };
  keep_latest(patch.title, times.title, when(times.title));
  keep_latest(patch.is_archived, times.is_archived, when(times.is_archived));
  keep_latest(patch.is_pinned, times.is_pinned, when(times.is_pinned));
  keep_latest(patch.is_unread, times.is_unread, when(times.is_unread));
  keep_latest(patch.folder, times.folder, when(times.folder));
  keep_latest(patch.tags, times.tags, when(times.tags));
  keep_latest(patch.model, times.model, when(times.model));
  keep_latest(patch.head_id, times.head, when(times.head));
  SettingsPatch& edited = patch.settings;
  keep_latest(edited.system, settings.system, when(settings.system));
  keep_latest(edited.temperature, settings.temperature, when(settings.temperature));
  keep_latest(edited.max_tokens, settings.max_tokens, when(settings.max_tokens));
  keep_latest(edited.effort, settings.effort, when(settings.effort));
  keep_latest(edited.tools, settings.tools, when(settings.tools));
  keep_latest(edited.allowed_tools, settings.allowed_tools, when(settings.allowed_tools));
}

}  // namespace threadkeep
