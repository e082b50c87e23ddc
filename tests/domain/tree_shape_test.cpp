// The tree as its exceptions, against the tree as a list of parents.
#include "domain/live_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace threadkeep {
namespace {

enum class ParentLookup { by_default, by_index };

// Jumps in memory. Counts what it is asked.
class Jumps final : public JumpIndex {
 public:
  explicit Jumps(ParentLookup lookup = ParentLookup::by_index) : lookup_(lookup) {}
  void add(Position child, Position parent) {
    parents_[child] = parent;
    children_[parent].push_back(child);
  }

  std::optional<Jump> last_at_or_before(Position position) const override {
    ++asked;
    auto at = parents_.upper_bound(position);
    if (at == parents_.begin()) return std::nullopt;
    --at;
    return Jump{at->first, at->second};
  }
  std::optional<Jump> first_at_or_after(Position position) const override {
    ++asked;
    const auto at = parents_.lower_bound(position);
    if (at == parents_.end()) return std::nullopt;
    return Jump{at->first, at->second};
  }
  std::vector<Position> children_of(Position parent) const override {
    ++asked;
    const auto at = children_.find(parent);
    return at == children_.end() ? std::vector<Position>() : at->second;
  }
  std::optional<Position> first_parent_at_or_after(Position position) const override {
    if (lookup_ == ParentLookup::by_default) return JumpIndex::first_parent_at_or_after(position);
    ++asked;
    const auto at = children_.lower_bound(position);
    if (at == children_.end()) return std::nullopt;
    return at->first;
  }

  mutable int asked = 0;

 private:
  ParentLookup lookup_;
  std::map<Position, Position> parents_;
  std::map<Position, std::vector<Position>> children_;
};

// The same tree, message by message.
class NaiveTree {
 public:
  void append(Position parent) { parents_.push_back(parent); }
  Position last() const { return static_cast<Position>(parents_.size()) - 1; }
  Position parent_of(Position position) const {
    return parents_[static_cast<std::size_t>(position)];
  }
  std::vector<Position> children_of(Position parent) const {
    std::vector<Position> children;
    for (Position p = 1; p <= last(); ++p) {
      if (parent_of(p) == parent) children.push_back(p);
    }
    return children;
  }
  Position newest_leaf_below(Position position) const {
    const std::vector<Position> children = children_of(position);
    return children.empty() ? position : newest_leaf_below(children.back());
  }
  // The same without the deleted ones.
  Position live_at_or_above(Position position, const std::set<Position>& deleted) const {
    while (deleted.contains(position)) position = parent_of(position);
    return position;
  }
  std::vector<Position> live_children_of(Position parent, const std::set<Position>& deleted) const {
    std::vector<Position> children;
    for (Position p = 1; p <= last(); ++p) {
      if (deleted.contains(p)) continue;
      Position above = parent_of(p);
      while (above != parent && deleted.contains(above)) above = parent_of(above);
      if (above == parent) children.push_back(p);
    }
    return children;
  }
  Position shown_leaf(Position position, const std::set<Position>& deleted) const {
    auto children = live_children_of(position, deleted);
    if (children.empty()) position = live_at_or_above(position, deleted);
    for (children = live_children_of(position, deleted); !children.empty();
         children = live_children_of(position, deleted)) {
      position = children.back();
    }
    return position;
  }
  std::vector<Position> path_back(Position from) const {
    std::vector<Position> path;
    for (; from > 0; from = parent_of(from)) path.push_back(from);
    return path;
  }

 private:
  std::vector<Position> parents_{0};
};

struct Tree {
  NaiveTree naive;
  Jumps jumps;
  explicit Tree(ParentLookup lookup = ParentLookup::by_index) : jumps(lookup) {}

  void append(Position parent) {
    naive.append(parent);
    const Position child = naive.last();
    if (parent != child - 1) jumps.add(child, parent);
  }
  TreeShape shape() const { return {jumps, naive.last()}; }
};

Tree random_tree(std::mt19937_64& random, std::size_t messages_max, ParentLookup lookup) {
  Tree tree(lookup);
  const std::size_t messages = random() % (messages_max + 1);
  const std::size_t forks_of_100 = random() % 101;  // from one line to parents at random
  const bool forks_near = random() % 2 == 0;
  for (std::size_t i = 0; i < messages; ++i) {
    const auto last = static_cast<std::uint64_t>(tree.naive.last());
    Position parent = static_cast<Position>(last);
    if (random() % 100 < forks_of_100) {
      const std::uint64_t back =
          random() % (forks_near ? std::min<std::uint64_t>(last, 4) + 1 : last + 1);
      parent = static_cast<Position>(last - back);
    }
    tree.append(parent);
  }
  return tree;
}

using Runs = std::vector<threadkeep::Run>;  // the test class has a Run of its own

std::vector<Position> positions_of(const Runs& runs) {
  std::vector<Position> positions;
  for (const threadkeep::Run& run : runs) {
    for (Position p = run.last; p >= run.first; --p) positions.push_back(p);
  }
  return positions;
}

void compare(const Tree& tree, std::mt19937_64& random) {
  const TreeShape shape = tree.shape();
  const Position last = tree.naive.last();
  for (Position p = 0; p <= last; ++p) {
    ASSERT_EQ(shape.children_of(p), tree.naive.children_of(p)) << p;
    ASSERT_EQ(shape.newest_leaf_below(p), tree.naive.newest_leaf_below(p)) << p;
    if (p == 0) continue;
    ASSERT_EQ(shape.parent_of(p), tree.naive.parent_of(p)) << p;
    const std::vector<Position> path = tree.naive.path_back(p);
    ASSERT_EQ(positions_of(shape.path_back(p, last + 1)), path);
    const auto count = static_cast<std::int64_t>(random() % (path.size() + 2));
    const Runs runs = shape.path_back(p, count);
    const auto shown = std::min(static_cast<std::size_t>(count), path.size());
    ASSERT_EQ(
        positions_of(runs),
        std::vector<Position>(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(shown)));
    for (std::size_t i = 1; i < runs.size(); ++i) {
      ASSERT_LT(runs[i].last, runs[i - 1].first - 1) << "two runs that are one";
    }
    const std::set<Position> on_path(path.begin(), path.end());
    for (Position q = 0; q <= last; ++q)
      ASSERT_EQ(shape.is_on_path(q, p), on_path.contains(q)) << q << " " << p;
  }
}

TEST(TreeShape, AgreesWithAListOfParents) {
  std::mt19937_64 random(12);
  int forked = 0;
  for (int round = 0; round < 4'000; ++round) {
    const ParentLookup lookup = round % 2 == 0 ? ParentLookup::by_index : ParentLookup::by_default;
    const Tree tree = random_tree(random, round % 50 == 0 ? 120 : 24, lookup);
    compare(tree, random);
    if (testing::Test::HasFatalFailure()) FAIL() << "round " << round;
    if (tree.jumps.first_at_or_after(1)) ++forked;
  }
  EXPECT_GT(forked, 2'000);
}

TEST(TreeShape, ABranchIsAMessageAndAllBelowIt) {
  std::mt19937_64 random(13);
  for (int round = 0; round < 500; ++round) {
    const Tree tree = random_tree(random, 40, ParentLookup::by_index);
    for (Position root = 1; root <= tree.naive.last(); ++root) {
      std::vector<Position> below;
      for (Position p = root; p <= tree.naive.last(); ++p) {
        if (tree.shape().is_on_path(root, p)) below.push_back(p);
      }
      std::vector<Position> branch;
      for (const threadkeep::Run& run : tree.shape().branch_of(root)) {
        for (Position p = run.first; p <= run.last; ++p) branch.push_back(p);
      }
      ASSERT_EQ(branch, below) << "round " << round;
    }
  }
}

TEST(LiveTree, AgreesWithAListOfParentsWithoutTheDeletedOnes) {
  std::mt19937_64 random(14);
  for (int round = 0; round < 3'000; ++round) {
    const Tree tree = random_tree(random, 30, ParentLookup::by_index);
    const std::uint64_t deleted_of_10 = random() % 11;
    std::set<Position> deleted;
    for (Position p = 1; p <= tree.naive.last(); ++p) {
      if (random() % 10 < deleted_of_10) deleted.insert(p);
    }
    const LiveTree live(tree.jumps, tree.naive.last(), {deleted.begin(), deleted.end()});
    for (Position p = 0; p <= tree.naive.last(); ++p) {
      ASSERT_EQ(live.live_at_or_above(p), tree.naive.live_at_or_above(p, deleted)) << round;
      ASSERT_EQ(live.shown_leaf(p), tree.naive.shown_leaf(p, deleted)) << round << " " << p;
      if (deleted.contains(p)) continue;
      ASSERT_EQ(live.children_of(p), tree.naive.live_children_of(p, deleted)) << round << " " << p;
    }
  }
}

TEST(LiveTree, ALongDeletedRunCostsNoMoreThanAShortOne) {
  constexpr Position last = 100'000;
  Jumps jumps;
  jumps.add(90'001, 5);  // beside all that was deleted
  std::vector<Position> deleted;
  for (Position p = 6; p <= 90'000; ++p) deleted.push_back(p);
  const LiveTree live(jumps, last, deleted);
  EXPECT_EQ(live.children_of(5), (std::vector<Position>{90'001}));
  EXPECT_EQ(live.shown_leaf(50'000), last);
  EXPECT_EQ(live.live_at_or_above(90'000), 5);
  EXPECT_LT(jumps.asked, 30);
}

TEST(TreeShape, OfNothing) {
  const Tree tree;
  const TreeShape shape = tree.shape();
  EXPECT_EQ(shape.newest_leaf_below(0), 0);
  EXPECT_TRUE(shape.children_of(0).empty());
  EXPECT_TRUE(shape.path_back(0, 50).empty());
  EXPECT_FALSE(shape.is_on_path(0, 0));
}

TEST(TreeShape, OfAnEditedQuestionAndAnAnswerAskedAgain) {
  Tree tree;  // 1 question, 2 answer, 3 question, 4 answer, 5 answer again, 6 question edited, 7
              // its answer, 8 another beginning
  for (const Position parent : {0, 1, 2, 3, 3, 2, 6, 0}) tree.append(parent);
  const TreeShape shape = tree.shape();
  EXPECT_EQ(shape.children_of(3), (std::vector<Position>{4, 5}));
  EXPECT_EQ(shape.children_of(2), (std::vector<Position>{3, 6}));
  EXPECT_EQ(shape.children_of(0), (std::vector<Position>{1, 8}));
  EXPECT_EQ(shape.path_back(7, 50), (Runs{{6, 7}, {1, 2}}));
  EXPECT_EQ(shape.path_back(7, 3), (Runs{{6, 7}, {2, 2}}));
  EXPECT_EQ(shape.path_back(7, 2), (Runs{{6, 7}}));
  EXPECT_EQ(shape.path_back(7, 1), (Runs{{7, 7}}));
  EXPECT_TRUE(shape.path_back(7, 0).empty());
  EXPECT_EQ(shape.newest_leaf_below(1), 7);
  EXPECT_EQ(shape.newest_leaf_below(3), 5);
  EXPECT_EQ(shape.newest_leaf_below(4), 4);
  EXPECT_EQ(shape.newest_leaf_below(0), 8);
  EXPECT_TRUE(shape.is_on_path(1, 7));
  EXPECT_FALSE(shape.is_on_path(3, 7));
  EXPECT_TRUE(shape.is_on_path(7, 7));
}

TEST(TreeShape, LongRunsCostNoMoreThanShortOnes) {
  constexpr Position last = 8'000'000;
  Jumps jumps;
  jumps.add(4'000'001, 1'000'000);
  jumps.add(6'000'001, 5'000'000);
  const TreeShape shape(jumps, last);
  EXPECT_EQ(shape.newest_leaf_below(1), last);
  EXPECT_EQ(shape.newest_leaf_below(1'000'001), 4'000'000);
  EXPECT_EQ(shape.newest_leaf_below(5'500'000), 6'000'000);
  EXPECT_EQ(shape.path_back(last, last),
            (Runs{{6'000'001, last}, {4'000'001, 5'000'000}, {1, 1'000'000}}));
  EXPECT_TRUE(shape.is_on_path(1, last));
  EXPECT_FALSE(shape.is_on_path(2'000'000, last));
  EXPECT_LT(jumps.asked, 40);
}

TEST(TreeShape, AJumpToTheMessageBeforeChangesNothing) {
  Jumps jumps;
  jumps.add(3, 2);
  const TreeShape shape(jumps, 4);
  EXPECT_EQ(shape.children_of(2), (std::vector<Position>{3}));
  EXPECT_EQ(shape.newest_leaf_below(1), 4);
  EXPECT_EQ(positions_of(shape.path_back(4, 9)), (std::vector<Position>{4, 3, 2, 1}));
}

TEST(TreeShape, ABrokenRowIsAnErrorAndNoEndlessWalk) {
  Jumps jumps;
  jumps.add(5, 7);
  const TreeShape shape(jumps, 9);
  EXPECT_THROW((void)shape.path_back(9, 50), std::runtime_error);
  EXPECT_THROW((void)shape.is_on_path(1, 9), std::runtime_error);
}

}  // namespace
}  // namespace threadkeep
