#include "domain/live_tree.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace threadkeep {

bool LiveTree::is_live(Position position) const {
  return !std::binary_search(deleted_.begin(), deleted_.end(), position);
}

Position LiveTree::first_deleted_from(Position position) const {
  const auto at = std::lower_bound(deleted_.begin(), deleted_.end(), position);
  return at == deleted_.end() ? last_ + 1 : *at;
}

Position LiveTree::run_end(Position position) const {
  const std::optional<Jump> next = jumps_.first_at_or_after(position + 1);
  return next ? next->child - 1 : last_;
}

// Run by run: within one the parent is the position before.
Position LiveTree::live_at_or_above(Position position) const {
  while (position > 0 && !is_live(position)) {
    const std::optional<Jump> jump = jumps_.last_at_or_before(position);
    const Position first = jump ? jump->child : 1;
    // As in the TreeShape: a broken row must not send a reader round in circles.
    if (jump && jump->parent >= first) throw std::runtime_error("a parent comes after its child");
    while (position >= first && !is_live(position)) --position;
    if (position < first) position = jump ? jump->parent : 0;
  }
  return position;
}

// The live ones that stand under a deleted one with nothing but deleted ones between.
void LiveTree::add_children_behind(Position deleted, std::vector<Position>& children) const {
  std::vector<Position> waiting{deleted};
  while (!waiting.empty()) {
    const Position first = waiting.back();
    waiting.pop_back();
    const Position end = run_end(first);
    Position live = first;
    while (live <= end && !is_live(live)) ++live;
    if (live <= end) children.push_back(live);
    for (auto fork = jumps_.first_parent_at_or_after(first); fork && *fork < live;
         fork = jumps_.first_parent_at_or_after(*fork + 1)) {
      for (const Position child : jumps_.children_of(*fork))
        (is_live(child) ? children : waiting).push_back(child);
    }
  }
}

std::vector<Position> LiveTree::children_of(Position parent) const {
  std::vector<Position> all = shape_.children_of(parent);
  if (deleted_.empty()) return all;
  std::vector<Position> children;
  for (const Position child : all) {
    if (is_live(child)) {
      children.push_back(child);
    } else {
      add_children_behind(child, children);
    }
  }
  std::sort(children.begin(), children.end());
  return children;
}

// As in the TreeShape; the walk along a run also halts before a deleted message.
Position LiveTree::newest_leaf_below(Position position) const {
  if (deleted_.empty() && position > 0) return shape_.newest_leaf_below(position);
  for (;;) {
    if (position > 0) {
      const Position end = std::min(run_end(position), first_deleted_from(position) - 1);
      const std::optional<Position> fork = jumps_.first_parent_at_or_after(position);
      position = fork ? std::min(*fork, end) : end;
    }
    const std::vector<Position> children = children_of(position);
    if (children.empty()) return position;
    position = children.back();
  }
}

Position LiveTree::shown_leaf(Position position) const {
  if (position > 0 && !is_live(position)) {
    std::vector<Position> children;
    add_children_behind(position, children);
    position = children.empty() ? live_at_or_above(position)
                                : *std::max_element(children.begin(), children.end());
  }
  return newest_leaf_below(position);
}

}  // namespace threadkeep
