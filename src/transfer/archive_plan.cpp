#include "transfer/archive_plan.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "transfer/format.h"

namespace threadkeep {
namespace {

bool is_named(std::string_view file_name) {
  return std::any_of(formats().begin(), formats().end(),
                     [&](const Format& format) { return format.names_conversations(file_name); });
}

bool is_json(std::string_view name) {
  const std::string lowered = lower(name);
  return lowered.ends_with(".json") || lowered.ends_with(".jsonl") || lowered.ends_with(".ndjson");
}

}  // namespace

ArchivePlan plan_of(const Archive& archive) {
  ArchivePlan plan;
  std::vector<Archive::Entry> guesses;
  for (const Archive::Entry& entry : archive.entries()) {
    plan.holds_archive = plan.holds_archive || lower(entry.name).ends_with(".zip");
    if (is_named(entry.file_name())) {
      plan.read.push_back(entry);
    } else {
      (is_json(entry.name) ? guesses : plan.not_read).push_back(entry);
    }
  }
  if (plan.read.empty()) {
    plan.certainty = ArchivePlan::Certainty::by_guess;
    plan.read = std::move(guesses);
  } else {
    plan.not_read.insert(plan.not_read.end(), guesses.begin(), guesses.end());
  }
  std::sort(plan.read.begin(), plan.read.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return plan;
}

}  // namespace threadkeep
