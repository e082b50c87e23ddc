#include "domain/tree_shape.h"

#include <algorithm>
#include <stdexcept>

namespace threadkeep {
namespace {

// The run that ends at a position, and the parent of its first message.
struct RunBack {
  Run run;
  Position parent = 0;
};

RunBack run_back_from(const JumpIndex& jumps, Position position) {
  const std::optional<Jump> jump = jumps.last_at_or_before(position);
  if (!jump) return {{1, position}, 0};
  // A parent always stands before its child; a broken row must not send a reader round in circles.
  if (jump->parent >= jump->child) throw std::runtime_error("a message's parent comes after it");
  return {{jump->child, position}, jump->parent};
}

}  // namespace

std::optional<Position> JumpIndex::first_parent_at_or_after(Position position) const {
  std::optional<Position> first;
  for (auto jump = first_at_or_after(position + 1); jump;
       jump = first_at_or_after(jump->child + 1)) {
    if (jump->parent >= position && (!first || jump->parent < *first)) first = jump->parent;
    if (first == position) break;
  }
  return first;
}

Position TreeShape::parent_of(Position position) const {
  const std::optional<Jump> jump = jumps_.last_at_or_before(position);
  return jump && jump->child == position ? jump->parent : position - 1;
}

std::vector<Position> TreeShape::children_of(Position parent) const {
  std::vector<Position> children = jumps_.children_of(parent);
  const Position next = parent + 1;
  const bool is_listed = !children.empty() && children.front() == next;
  if (!is_listed && next <= last_ && parent_of(next) == parent)
    children.insert(children.begin(), next);
  return children;
}

// Along a run the newest child is the next message, up to the first message that has a jump: that
// child is newer than the run's.
Position TreeShape::newest_leaf_below(Position position) const {
  for (;;) {
    const std::optional<Jump> next = jumps_.first_at_or_after(position + 1);
    const Position run_end = next ? next->child - 1 : last_;
    const std::optional<Position> fork = jumps_.first_parent_at_or_after(position);
    if (!fork || *fork > run_end) return run_end;
    position = jumps_.children_of(*fork).back();
  }
}

std::vector<Run> TreeShape::path_back(Position from, std::int64_t count) const {
  std::vector<Run> path;
  while (from > 0 && count > 0) {
    RunBack back = run_back_from(jumps_, from);
    if (from - back.run.first >= count) back.run.first = from - count + 1;
    path.push_back(back.run);
    count -= back.run.last - back.run.first + 1;
    from = back.parent;
  }
  return path;
}

std::vector<Run> TreeShape::branch_of(Position root) const {
  std::vector<Run> runs;
  std::vector<Position> waiting{root};
  while (!waiting.empty()) {
    const Position first = waiting.back();
    waiting.pop_back();
    const std::optional<Jump> next = jumps_.first_at_or_after(first + 1);
    const Run& run = runs.emplace_back(Run{first, next ? next->child - 1 : last_});
    for (auto fork = jumps_.first_parent_at_or_after(first); fork && *fork <= run.last;
         fork = jumps_.first_parent_at_or_after(*fork + 1)) {
      for (const Position child : jumps_.children_of(*fork)) waiting.push_back(child);
    }
  }
  std::sort(runs.begin(), runs.end());
  return runs;
}

bool TreeShape::is_on_path(Position ancestor, Position position) const {
  while (ancestor > 0 && position >= ancestor) {
    const RunBack back = run_back_from(jumps_, position);
    if (ancestor >= back.run.first) return true;
    position = back.parent;
  }
  return false;
}

}  // namespace threadkeep
