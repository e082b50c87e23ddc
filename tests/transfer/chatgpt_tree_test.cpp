#include "transfer/formats/chatgpt_tree.h"

#include <chrono>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace threadkeep::chatgpt {
namespace {

struct Ordered {
  std::vector<std::string> ids;
  std::vector<std::string> parents;  // "-" for none
  std::int64_t orphans = 0;
  std::int64_t circles = 0;
};

Ordered order_of(std::string_view mapping) {
  const auto document = json::Document::parse(std::string(mapping), json::Mode::foreign);
  const NodeTree tree(document.value().root());
  Ordered result{{}, {}, tree.orphans(), tree.circles()};
  for (const NodeIndex index : tree.order()) {
    result.ids.emplace_back(tree[index].id);
    const NodeIndex parent = tree[index].parent;
    result.parents.emplace_back(parent == no_node ? "-" : tree[parent].id);
  }
  return result;
}

using testing::ElementsAre;

TEST(NodeTree, ParentsComeFirstAndSiblingsInTheOrderOfChildren) {
  const Ordered tree = order_of(R"({
    "b":{"parent":"a","children":["d"]}, "c":{"parent":"a"}, "d":{"parent":"b"},
    "a":{"parent":null,"children":["c","b"]}})");
  EXPECT_THAT(tree.ids, ElementsAre("a", "c", "b", "d"));
  EXPECT_THAT(tree.parents, ElementsAre("-", "a", "a", "b"));
}

TEST(NodeTree, ChildrenThatAreNotNamedStandBehindTheNamed) {
  const Ordered tree = order_of(
      R"({"a":{"children":["c"]},"b":{"parent":"a"},"c":{"parent":"a"},"d":{"parent":"a"}})");
  EXPECT_THAT(tree.ids, ElementsAre("a", "c", "b", "d"));
}

TEST(NodeTree, ANodeWithoutParentHangsWhereItIsNamed) {
  const Ordered tree = order_of(R"({"a":{"children":["b","b",7,"nobody"]},"b":{}})");
  EXPECT_THAT(tree.ids, ElementsAre("a", "b"));
  EXPECT_THAT(tree.parents, ElementsAre("-", "a"));
  EXPECT_EQ(tree.orphans, 0);
}

TEST(NodeTree, TheParentThatTheNodeNamesCounts) {
  const Ordered tree =
      order_of(R"({"a":{"children":["c"]},"b":{"children":[]},"c":{"parent":"b"}})");
  EXPECT_THAT(tree.ids, ElementsAre("a", "b", "c"));
  EXPECT_THAT(tree.parents, ElementsAre("-", "-", "b"));
}

TEST(NodeTree, AMissingParentMakesABeginning) {
  const Ordered tree = order_of(R"({"a":{"parent":"gone","children":["b"]},"b":{"parent":"a"},
                                    "c":{"parent":5}})");
  EXPECT_THAT(tree.ids, ElementsAre("a", "b", "c"));
  EXPECT_EQ(tree.orphans, 2);
}

TEST(NodeTree, ACircleIsCutAboveItsFirstNode) {
  const Ordered tree = order_of(R"({"t":{"parent":"y"},"x":{"parent":"z"},"y":{"parent":"x"},
                                    "z":{"parent":"y"},"r":{},"s":{"parent":"s"}})");
  EXPECT_THAT(tree.ids, ElementsAre("r", "x", "y", "t", "z", "s"));
  EXPECT_THAT(tree.parents, ElementsAre("-", "-", "x", "y", "y", "-"));
  EXPECT_EQ(tree.circles, 2);
}

TEST(NodeTree, EntriesThatAreNoNodesKeepTheirPlace) {
  EXPECT_THAT(order_of(R"({"a":null,"b":3,"c":[],"d":{"children":{"x":1}}})").ids,
              ElementsAre("a", "b", "c", "d"));
  EXPECT_TRUE(order_of("{}").ids.empty());
}

// A hundred thousand in a chain, the same number in circles, and as many siblings: neither the
// stack nor the time grows beyond the input.
TEST(NodeTree, SizeCostsNoMoreThanItsLength) {
  constexpr int count = 100'000;
  for (const std::string_view shape : {"chain", "self", "ring", "siblings"}) {
    std::string mapping = "{";
    for (int i = 0; i < count; ++i) {
      int parent = i - 1;
      if (shape == "self") parent = i;
      if (shape == "ring") parent = (i + count - 1) % count;
      if (shape == "siblings") parent = 0;
      if (i > 0) mapping += ',';
      mapping += "\"" + std::to_string(i) + "\":{\"parent\":\"" + std::to_string(parent) + "\"}";
    }
    const auto begin = std::chrono::steady_clock::now();
    const Ordered tree = order_of(mapping + "}");
    const auto took = std::chrono::steady_clock::now() - begin;
    EXPECT_EQ(tree.ids.size(), static_cast<std::size_t>(count)) << shape;
    EXPECT_EQ(tree.circles, shape == "self" ? count : shape == "chain" ? 0 : 1) << shape;
    EXPECT_LT(took, std::chrono::seconds(20)) << shape;
  }
}

}  // namespace
}  // namespace threadkeep::chatgpt
