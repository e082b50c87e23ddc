#include "domain/preset.h"

#include <array>

#include "base/ulid.h"
#include "domain/conversation.h"
#include "domain/entry_rules.h"
#include "domain/setting_rules.h"
#include "json/json.h"

namespace threadkeep {
namespace {

constexpr std::string_view folder_prefix = "folder:";

// In the order of the enumerators.
constexpr std::array<std::string_view, 3> kind_names{"named", "default", "folder"};

tl::unexpected<Error> no_id() {
  return fail(Errc::invalid_id,
              "A preset's id is \"default\", \"folder:\" with the name of a folder, or a ULID.");
}

template <class Field>
void take_away(std::optional<std::optional<Field>>& field) {
  field.emplace();
}

template <class Value>
std::optional<Value> nearest(const std::optional<Value>& own, const std::optional<Value>& of_folder,
                             const std::optional<Value>& by_default) {
  return own ? own : of_folder ? of_folder : by_default;
}

}  // namespace

std::string folder_preset_id(std::string_view folder) {
  return std::string(folder_prefix).append(folder);
}

std::string_view preset_kind_name(PresetKind kind) {
  return kind_names[static_cast<std::size_t>(kind)];
}

PresetKind kind_of_preset(std::string_view id) {
  if (id == default_preset_id) return PresetKind::everywhere;
  return id.substr(0, folder_prefix.size()) == folder_prefix ? PresetKind::folder
                                                             : PresetKind::named;
}

Result<std::string> parse_preset_id(std::string_view text) {
  switch (kind_of_preset(text)) {
    case PresetKind::everywhere:
      return std::string(text);
    case PresetKind::folder:
      if (entry::wrong_with(entry::folder, text.substr(folder_prefix.size()))) return no_id();
      return std::string(text);
    case PresetKind::named:
      break;
  }
  const auto id = Ulid::parse(text);
  if (!id) return no_id();
  return id->text();
}

PresetPatch removal_of_preset(const std::optional<UnixMs>& edited_at) {
  PresetPatch patch;
  take_away(patch.name);
  take_away(patch.settings.system);
  take_away(patch.settings.temperature);
  take_away(patch.settings.max_tokens);
  take_away(patch.settings.effort);
  take_away(patch.settings.tools);
  patch.edited_at = edited_at;
  return patch;
}

void keep_latest_edits(PresetPatch& patch, PresetTimes& times, UnixMs now) {
  const auto keep = [&](auto& field, UnixMs& latest) {
    if (field && !note_edit(latest, patch.edited_at, now)) field.reset();
  };
  keep(patch.name, times.name);
  keep(patch.settings.system, times.settings.system);
  keep(patch.settings.temperature, times.settings.temperature);
  keep(patch.settings.max_tokens, times.settings.max_tokens);
  keep(patch.settings.effort, times.settings.effort);
  keep(patch.settings.tools, times.settings.tools);
}

bool apply(const PresetPatch& patch, Preset& row, UnixMs now) {
  const Preset before = row;
  const bool is_named = kind_of_preset(row.id) == PresetKind::named;
  if (is_named && patch.name) row.name = *patch.name;
  apply(patch.settings, row.settings);
  row.settings.allowed_tools.reset();
  if (is_named && !row.name) row.settings = {};
  const bool has_any = is_named ? row.name.has_value() : !row.settings.is_empty();
  if (row.rev > 0 && row.name == before.name && row.settings == before.settings) return false;
  if (has_any) {
    row.deleted_at.reset();
  } else if (!row.deleted_at) {
    row.deleted_at = now;
  }
  row.updated_at = now;
  ++row.rev;
  return true;
}

std::string edit_text(const PresetPatch& patch) {
  ConversationPatch edit;
  edit.settings = patch.settings;
  edit.edited_at = patch.edited_at;
  std::string name = patch.name ? patch.name->value_or("") : "";
  return std::string(!patch.name   ? "same"
                     : *patch.name ? "name "
                                   : "none ")
      .append(std::to_string(name.size()))
      .append(":")
      .append(name)
      .append(edit_text(edit));
}

std::size_t preset_bytes(const Preset& row) {
  return row.id.size() + row.name.value_or("").size() + settings_json(row.settings).size();
}

SettingsInEffect settings_in_effect(const ConversationSettings& own,
                                    const ConversationSettings& of_folder,
                                    const ConversationSettings& by_default) {
  SettingsInEffect effect;
  if (of_folder.system) effect.system.push_back(*of_folder.system);
  if (own.system) effect.system.push_back(*own.system);
  if (effect.system.empty() && by_default.system) effect.system.push_back(*by_default.system);
  effect.temperature = nearest(own.temperature, of_folder.temperature, by_default.temperature);
  effect.max_tokens = nearest(own.max_tokens, of_folder.max_tokens, by_default.max_tokens);
  effect.effort = nearest(own.effort, of_folder.effort, by_default.effort);
  effect.tools = nearest(own.tools, of_folder.tools, by_default.tools);
  effect.allowed_tools = own.allowed_tools.value_or(std::vector<std::string>());
  return effect;
}

}  // namespace threadkeep
