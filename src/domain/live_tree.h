// The tree of a conversation as it is shown: without the messages that were deleted alone. What
// stood under one of them stands under what that stood under.
#pragma once

#include <utility>
#include <vector>

#include "domain/tree_shape.h"

namespace threadkeep {

// Pure rules over a TreeShape and the positions that are deleted. Where none is, every answer costs
// what it costs in the TreeShape; otherwise what the forks do that lie among the deleted ones.
class LiveTree {
 public:
  // `deleted` ascends. The jumps must outlive this object.
  LiveTree(const JumpIndex& jumps, Position last, std::vector<Position> deleted)
      : jumps_(jumps), shape_(jumps, last), last_(last), deleted_(std::move(deleted)) {}

  const TreeShape& shape() const { return shape_; }
  bool is_live(Position position) const;
  // The position itself, or the nearest live message above it; 0: there is none.
  Position live_at_or_above(Position position) const;
  // 0 for a first message.
  Position parent_of(Position position) const {
    return live_at_or_above(shape_.parent_of(position));
  }
  // Ascending. `parent` is live; for 0: all first messages.
  std::vector<Position> children_of(Position parent) const;
  // Where a path ends that was to end at or below `position`: from each message to its newest
  // child, beginning at the position; when nothing is left there, at what is nearest above it. 0:
  // no message is live.
  Position shown_leaf(Position position) const;

 private:
  Position run_end(Position position) const;
  // The first deleted one at or after the position; last + 1: there is none.
  Position first_deleted_from(Position position) const;
  void add_children_behind(Position deleted, std::vector<Position>& children) const;
  Position newest_leaf_below(Position position) const;

  const JumpIndex& jumps_;
  TreeShape shape_;
  Position last_;
  std::vector<Position> deleted_;
};

}  // namespace threadkeep
