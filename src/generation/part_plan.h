// What of a growing draft has to be written, checkpoint by checkpoint.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "generation/draft.h"
#include "store/answers.h"

namespace threadkeep {

// Not safe from several threads. The store holds an answer in parts, of which a checkpoint writes
// the last one. A part is written again, longer, up to `part_bytes`; then the next one begins.
// When a checkpoint fails, or nobody knows whether it did, the next one writes the same part again.
class PartPlan {
 public:
  explicit PartPlan(std::size_t part_bytes) : part_bytes_(part_bytes) {}

  // The parts to be written now, so that the store has all that the draft has rendered.
  std::vector<AnswerPart> next(Draft& draft);
  // What next() returned last is stored.
  void confirm();

 private:
  static constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

  const std::size_t part_bytes_;
  std::vector<std::size_t> begins_{0};  // of the parts, in the rendered text
  std::size_t stored_ = 0;              // of it
  std::size_t pending_ = 0;             // the same, after confirm()
  bool is_confirmed_ = true;            // what next() returned last
  std::size_t rewritten_ = nowhere;     // what is stored from here on is not so any more
};

}  // namespace threadkeep
