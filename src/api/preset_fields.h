// Reading edits of presets out of JSON bodies.
#pragma once

#include <string>

#include "api/fields.h"
#include "domain/preset.h"

namespace threadkeep::api {

// {name?, settings?}; a name for a named preset only.
PresetPatch read_preset_patch(Fields& fields, const std::string& id);

}  // namespace threadkeep::api
