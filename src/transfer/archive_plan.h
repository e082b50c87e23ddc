// Which files of an archive are read, and in which order.
#pragma once

#include <vector>

#include "transfer/archive.h"

namespace threadkeep {

struct ArchivePlan {
  // By name: those that a format names, in any folder. By guess: all other JSON, when there are
  // none of those.
  enum class Certainty { by_name, by_guess };
  Certainty certainty = Certainty::by_name;
  std::vector<Archive::Entry> read;  // sorted by name
  std::vector<Archive::Entry> not_read;
  bool holds_archive = false;
};

ArchivePlan plan_of(const Archive& archive);

}  // namespace threadkeep
