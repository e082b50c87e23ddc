// The shape of a conversation's tree, stored as its exceptions.
//
// Messages have positions 1..last in the order of appending. Nearly always a message answers the
// one before it, so the parent of position p is p-1, unless p is recorded as a jump {child p,
// parent}. Position 0 stands for "no parent": position 1 answers 0 without a jump, every other
// first message is a jump to 0. A path from a leaf to the root is thus a short list of runs, and
// each run is one range of a clustered key.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace threadkeep {

using Position = std::int64_t;

struct Jump {
  Position child = 0;
  Position parent = 0;
  friend auto operator<=>(const Jump&, const Jump&) = default;
};

struct Run {
  Position first = 0;
  Position last = 0;
  friend auto operator<=>(const Run&, const Run&) = default;
};

// Where the jumps of one conversation are looked up: a table of the database, or a vector. Each
// call is one index look-up.
class JumpIndex {
 public:
  virtual ~JumpIndex() = default;
  // The jump with the largest child <= position.
  virtual std::optional<Jump> last_at_or_before(Position position) const = 0;
  // The jump with the smallest child >= position.
  virtual std::optional<Jump> first_at_or_after(Position position) const = 0;
  // The children of all jumps to this parent, ascending.
  virtual std::vector<Position> children_of(Position parent) const = 0;
  // The smallest parent >= position that has a jump. This default walks through the jumps after
  // `position` one by one: whoever can look up by parent should answer with that.
  virtual std::optional<Position> first_parent_at_or_after(Position position) const;
};

// Pure rules over a JumpIndex; `last` is the last position of the conversation (0: empty).
class TreeShape {
 public:
  TreeShape(const JumpIndex& jumps, Position last) : jumps_(jumps), last_(last) {}

  // The parent of a position; 0 for a first message.
  Position parent_of(Position position) const;
  // All children, ascending. For 0: all first messages.
  std::vector<Position> children_of(Position parent) const;
  // The newest leaf below a position: from each message to its newest child. The position itself
  // when it has none.
  Position newest_leaf_below(Position position) const;
  // The newest `count` positions of the path that ends at `from` (inclusive), as runs from newest
  // to oldest.
  std::vector<Run> path_back(Position from, std::int64_t count) const;
  // Whether `ancestor` lies on the path from the root to `position` (a message lies on its own
  // path; 0, which is no message, on none).
  bool is_on_path(Position ancestor, Position position) const;
  // A message and all that stands under it, as runs, ascending.
  std::vector<Run> branch_of(Position root) const;

 private:
  const JumpIndex& jumps_;
  Position last_;
};

}  // namespace threadkeep
