// Settings for more than one conversation: those with a name, those of a folder, and the default.
// Plain types and pure rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/settings.h"

namespace threadkeep {

// The id of a preset says what it is for:
//   default       every conversation, where nothing nearer says otherwise
//   folder:NAME   the conversations in the folder of that name
//   a ULID        nothing by itself: it has a name, and is taken over into conversations
enum class PresetKind : std::uint8_t { named, everywhere, folder };

inline constexpr std::string_view default_preset_id = "default";
std::string folder_preset_id(std::string_view folder);

std::string_view preset_kind_name(PresetKind kind);
// Of an id that parse_preset_id returned.
PresetKind kind_of_preset(std::string_view id);
// The id as it is stored. Fails: invalid_id.
Result<std::string> parse_preset_id(std::string_view text);

struct Preset {
  std::string id;
  std::optional<std::string> name;  // of a named one; none: it is deleted
  ConversationSettings settings;
  UnixMs created_at = 0;
  UnixMs updated_at = 0;
  std::int64_t rev = 0;  // counts its changes; the ETag
  std::int64_t seq = 0;  // the user's commit sequence at its latest change
  // Nothing is set in it any more: only that it was there is kept, for the devices that have it.
  std::optional<UnixMs> deleted_at;
};

// What is absent stays. The inner optional says "none".
struct PresetPatch {
  std::optional<std::optional<std::string>> name;
  SettingsPatch settings = {};
  std::optional<UnixMs> edited_at = {};  // when the person did it; none: now
};

// When each field was edited last.
struct PresetTimes {
  UnixMs name = 0;
  SettingTimes settings;

  friend bool operator==(const PresetTimes&, const PresetTimes&) = default;
};

// Takes everything away: a deletion is an edit of all fields, so that the later wish stays.
PresetPatch removal_of_preset(const std::optional<UnixMs>& edited_at);

// Takes out of the patch each field that was edited later than the patch was made, and notes the
// time of the others (note_edit in domain/conversation.h).
void keep_latest_edits(PresetPatch& patch, PresetTimes& times, UnixMs now);

// Changes the fields that the patch has. What may act unasked is said in each conversation: no
// preset allows a tool. A named preset that loses its name loses all, and a setting alone does not
// bring it back. Whether it changed; then updated_at and rev have moved, and deleted_at says
// whether anything is left.
bool apply(const PresetPatch& patch, Preset& row, UnixMs now);

// One text for equal patches, and others for all others.
std::string edit_text(const PresetPatch& patch);

// Of what a preset takes of presets_bytes_max.
std::size_t preset_bytes(const Preset& row);

// How the models of one conversation are asked.
struct SettingsInEffect {
  std::vector<std::string> system;  // in the order in which a model is given them
  std::optional<double> temperature;
  std::optional<std::int64_t> max_tokens;
  std::optional<Effort> effort;
  std::optional<std::vector<std::string>> tools;
  std::vector<std::string> allowed_tools;  // the conversation's own
};

// Setting by setting what is nearest: the conversation's own, else its folder's, else the default.
// Of system prompts a model is given the folder's and then the conversation's; the default's where
// there is neither.
SettingsInEffect settings_in_effect(const ConversationSettings& own,
                                    const ConversationSettings& of_folder,
                                    const ConversationSettings& by_default);

}  // namespace threadkeep
