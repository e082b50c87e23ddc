// The tree in a ChatGPT conversation's "mapping", put in order whatever its links say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace threadkeep::chatgpt {

using NodeIndex = std::uint32_t;
inline constexpr NodeIndex no_node = 0xFFFFFFFF;

struct TreeNode {
  std::string_view id;  // its key in the mapping, inside the document
  json::Value body;     // {message, parent, children}, or whatever stands there
  NodeIndex parent = no_node;
};

// Every entry of the mapping once, parents before children, siblings in the order of their parent's
// "children" and those that it does not name behind them. The parent is what "parent" says; else
// who names the node among its "children"; else none. A circle is cut above its first node. Views
// into the document of `mapping`.
class NodeTree {
 public:
  explicit NodeTree(const json::Value& mapping);

  // Indices in `nodes` in that order: depth first, so that a path without forks is one run.
  const std::vector<NodeIndex>& order() const { return order_; }
  const TreeNode& operator[](NodeIndex index) const { return nodes_[index]; }
  std::size_t size() const { return nodes_.size(); }
  NodeIndex find(std::string_view id) const;  // no_node when there is none

  std::int64_t orphans() const { return orphans_; }  // whose parent is named but not there
  std::int64_t circles() const { return circles_; }

 private:
  struct Links {
    NodeIndex first_child = no_node, last_child = no_node, next_sibling = no_node;
    bool is_placed = false;  // among its parent's children
  };

  void find_parents();
  void place_children();
  void append_child(NodeIndex parent, NodeIndex child);
  void visit(NodeIndex root);
  NodeIndex first_of_circle(NodeIndex start);
  void detach(NodeIndex child);

  std::vector<TreeNode> nodes_;
  std::vector<Links> links_;
  std::vector<NodeIndex> order_;
  std::vector<bool> is_visited_;
  std::vector<NodeIndex> by_id_;        // sorted: no keys, however chosen, make it slow
  std::vector<NodeIndex> passed_from_;  // where the walk began that last came through here
  std::int64_t orphans_ = 0;
  std::int64_t circles_ = 0;
};

}  // namespace threadkeep::chatgpt
