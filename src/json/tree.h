// The tree over a source text: one node per value and per key, in source order. Inside src/json
// only.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace threadkeep::json {

struct Node {
  std::uint32_t begin = 0;  // span in the source
  std::uint32_t end = 0;
  // Array, object: the node after the last one inside. String with escapes: where its text lies in
  // `decoded`.
  std::uint32_t link = 0;
  Kind kind = Kind::null;
  bool has_escapes = false;
  bool is_dropped = false;  // a key whose later duplicate won
};

// A container's first child is the node after it. A member is its key's node and then its value's.
struct Tree {
  std::string text;
  std::vector<Node> nodes;
  std::string decoded;  // for each string with escapes: its length as four bytes, then its text

  std::uint32_t after(std::uint32_t node) const {
    const Node& n = nodes[node];
    return n.kind == Kind::array || n.kind == Kind::object ? n.link : node + 1;
  }

  std::string_view source(const Node& node) const {
    return std::string_view(text).substr(node.begin, node.end - node.begin);
  }

  std::string_view string(const Node& node) const {
    if (!node.has_escapes) return source(node).substr(1, node.end - node.begin - 2);
    std::uint32_t length = 0;
    std::memcpy(&length, decoded.data() + node.link, sizeof length);
    return std::string_view(decoded).substr(node.link + sizeof length, length);
  }
};

struct HashedKey {
  std::size_t hash = 0;
  std::uint32_t node = 0;
};

// Marks every key of an object that comes again later in it as dropped, and returns the first key
// that repeats an earlier one: 0 when there is none. The object's members are the last nodes of the
// tree. `keys` is space to work in.
std::uint32_t drop_repeated_keys(Tree& tree, std::uint32_t object, std::vector<HashedKey>& keys);

// Fills `tree` from its text.
Result<void> read(Tree& tree, Mode mode);

}  // namespace threadkeep::json
