// Presets in the store (domain/preset.h): few and small, read all at once. They are in the change
// feed and in the snapshot like conversations.
//
// Failures are listed in the order in which they are looked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/conversation.h"
#include "domain/preset.h"
#include "store/conversations.h"

namespace threadkeep {

struct EditPreset {
  std::string id;
  PresetPatch patch;
  std::optional<std::int64_t> if_rev = {};  // only when the preset is there with this rev
};

struct DeletePreset {
  std::string id;
  std::optional<UnixMs> edited_at = {};  // when the person did it; none: now
  std::optional<std::int64_t> if_rev = {};
};

class Presets {
 public:
  virtual ~Presets() = default;

  // Fails: not_found, also of a deleted one.
  virtual Result<Preset> find(const UserId& user, const std::string& id) const = 0;
  // Those that are not deleted, by the time of their making, then by id.
  virtual std::vector<Preset> list(const UserId& user) const = 0;

  // Makes the preset when it is not there (`was_there` is false then); a deleted one is there when
  // something is set in it that was edited after the deletion: of a named one, the name. Field by
  // field the later edit stays. What changes nothing leaves rev and seq as they are. Fails:
  // not_found (a named one that never was, and the edit gives no name), precondition_failed,
  // too_large (presets_max, presets_bytes_max).
  virtual Result<Stored<Preset>> run(const UserId& user, const EditPreset& operation) = 0;
  // An edit that takes everything away: what was edited later stays. The words are gone for good;
  // the id is kept for ids_kept_ms, for the devices that have it. Deleting a deleted one again
  // changes nothing. Fails: not_found, precondition_failed.
  virtual Result<Preset> run(const UserId& user, const DeletePreset& operation) = 0;
};

}  // namespace threadkeep
