// What a format makes of settings for more than one conversation.
#pragma once

#include <string>

#include "domain/preset.h"

namespace threadkeep {

struct SourcePreset {
  std::string id;
  PresetPatch patch;   // as edited when the source says that it was
  std::string reason;  // a whole sentence: why it cannot come in; empty: it can
};

}  // namespace threadkeep
