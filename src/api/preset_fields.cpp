#include "api/preset_fields.h"

namespace threadkeep::api {

PresetPatch read_preset_patch(Fields& fields, const std::string& id) {
  PresetPatch patch;
  if (const auto name = fields.line("name", entry::preset_name)) {
    if (kind_of_preset(id) != PresetKind::named)
      fields.refuse("name", "must not be given: only a preset whose id is a ULID has one.");
    patch.name.emplace(*name);
  }
  patch.settings = fields.settings("settings");
  if (patch.settings.allowed_tools)
    fields.refuse("settings.allowedTools", "must not be given: it is said in each conversation.");
  return patch;
}

}  // namespace threadkeep::api
