#include "transfer/formats/chatgpt_tree.h"

#include <algorithm>
#include <numeric>

namespace threadkeep::chatgpt {

NodeTree::NodeTree(const json::Value& mapping) {
  for (const json::Member& member : mapping.members()) {
    nodes_.push_back({.id = member.key, .body = member.value});
  }
  by_id_.resize(nodes_.size());
  std::iota(by_id_.begin(), by_id_.end(), NodeIndex{0});
  std::sort(by_id_.begin(), by_id_.end(),
            [this](NodeIndex a, NodeIndex b) { return nodes_[a].id < nodes_[b].id; });
  links_.resize(nodes_.size());
  is_visited_.resize(nodes_.size());
  order_.reserve(nodes_.size());
  find_parents();
  place_children();

  const auto count = static_cast<NodeIndex>(nodes_.size());
  for (NodeIndex node = 0; node < count; ++node) {
    if (nodes_[node].parent == no_node) visit(node);
  }
  // What no root leads to hangs below a circle.
  for (NodeIndex node = 0; node < count; ++node) {
    if (is_visited_[node]) continue;
    const NodeIndex first = first_of_circle(node);
    detach(first);
    visit(first);
    ++circles_;
  }
}

NodeIndex NodeTree::find(std::string_view id) const {
  const auto found = std::lower_bound(
      by_id_.begin(), by_id_.end(), id,
      [this](NodeIndex node, std::string_view wanted) { return nodes_[node].id < wanted; });
  return found != by_id_.end() && nodes_[*found].id == id ? *found : no_node;
}

void NodeTree::find_parents() {
  const auto count = static_cast<NodeIndex>(nodes_.size());
  std::vector<NodeIndex> named_by(count, no_node);
  for (NodeIndex node = 0; node < count; ++node) {
    for (const json::Value child : nodes_[node].body["children"].items()) {
      const NodeIndex index = child.is_string() ? find(child.string()) : no_node;
      if (index != no_node && named_by[index] == no_node) named_by[index] = node;
    }
  }
  for (NodeIndex node = 0; node < count; ++node) {
    const json::Value parent = nodes_[node].body["parent"];
    NodeIndex index = parent.is_string() ? find(parent.string()) : no_node;
    if (index == no_node) index = named_by[node];
    nodes_[node].parent = index;
    if (index == no_node && !parent.is_null()) ++orphans_;
  }
}

void NodeTree::place_children() {
  const auto count = static_cast<NodeIndex>(nodes_.size());
  for (NodeIndex node = 0; node < count; ++node) {
    for (const json::Value child : nodes_[node].body["children"].items()) {
      const NodeIndex index = child.is_string() ? find(child.string()) : no_node;
      if (index != no_node && nodes_[index].parent == node) append_child(node, index);
    }
  }
  for (NodeIndex node = 0; node < count; ++node) {
    if (nodes_[node].parent != no_node) append_child(nodes_[node].parent, node);
  }
}

void NodeTree::append_child(NodeIndex parent, NodeIndex child) {
  if (links_[child].is_placed) return;
  links_[child].is_placed = true;
  Links& above = links_[parent];
  if (above.first_child == no_node) {
    above.first_child = child;
  } else {
    links_[above.last_child].next_sibling = child;
  }
  above.last_child = child;
}

// Without recursion: a chain may be as long as the file.
void NodeTree::visit(NodeIndex root) {
  NodeIndex node = root;
  for (;;) {
    is_visited_[node] = true;
    order_.push_back(node);
    NodeIndex next = links_[node].first_child;
    while (next == no_node && node != root) {
      next = links_[node].next_sibling;
      if (next == no_node) node = nodes_[node].parent;
    }
    if (next == no_node) return;
    node = next;
  }
}

NodeIndex NodeTree::first_of_circle(NodeIndex start) {
  passed_from_.resize(nodes_.size(), no_node);
  NodeIndex inside = start;
  while (passed_from_[inside] != start) {
    passed_from_[inside] = start;
    inside = nodes_[inside].parent;
  }
  NodeIndex first = inside;
  for (NodeIndex node = nodes_[inside].parent; node != inside; node = nodes_[node].parent) {
    first = std::min(first, node);
  }
  return first;
}

void NodeTree::detach(NodeIndex child) {
  const NodeIndex parent = nodes_[child].parent;
  nodes_[child].parent = no_node;
  NodeIndex previous = no_node;
  for (NodeIndex node = links_[parent].first_child; node != child;
       node = links_[node].next_sibling) {
    previous = node;
  }
  const NodeIndex next = links_[child].next_sibling;
  (previous == no_node ? links_[parent].first_child : links_[previous].next_sibling) = next;
  if (links_[parent].last_child == child) links_[parent].last_child = previous;
  links_[child].next_sibling = no_node;
}

}  // namespace threadkeep::chatgpt
