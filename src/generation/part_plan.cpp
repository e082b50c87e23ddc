#include "generation/part_plan.h"

#include <algorithm>
#include <string>

namespace threadkeep {
namespace {

std::int64_t number_of(std::size_t index) { return static_cast<std::int64_t>(index) + 1; }

}  // namespace

std::vector<AnswerPart> PartPlan::next(Draft& draft) {
  const std::string& rendered = draft.rendered();
  pending_ = rendered.size();
  rewritten_ = std::min(rewritten_, draft.take_rewritten_from().value_or(nowhere));
  if (rewritten_ >= stored_) {
    // A part that may hold more than is known must be written again first.
    const bool is_full = rendered.size() - begins_.back() > part_bytes_;
    if (is_full && is_confirmed_ && stored_ > begins_.back()) begins_.push_back(stored_);
    is_confirmed_ = false;
    return {{number_of(begins_.size() - 1), rendered.substr(begins_.back())}};
  }
  is_confirmed_ = false;
  // Everything from the part on in which it changed goes into that part; the later ones, which
  // stay, have nothing, and the last of them is written on.
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), rewritten_);
  const auto changed = static_cast<std::size_t>(after - begins_.begin()) - 1;
  std::vector<AnswerPart> parts{{number_of(changed), rendered.substr(begins_[changed])}};
  for (std::size_t i = changed + 1; i < begins_.size(); ++i) {
    begins_[i] = rendered.size();
    parts.push_back({number_of(i), ""});
  }
  return parts;
}

void PartPlan::confirm() {
  stored_ = pending_;
  is_confirmed_ = true;
  rewritten_ = nowhere;
}

}  // namespace threadkeep
