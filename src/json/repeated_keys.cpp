#include <algorithm>
#include <functional>

#include "json/tree.h"

namespace threadkeep::json {
namespace {

constexpr std::size_t few_keys = 12;  // up to here, comparing pairs is faster than sorting

}  // namespace

// Many keys are sorted by hash and then by bytes: keys made to collide cost n log n and no more.
std::uint32_t drop_repeated_keys(Tree& tree, std::uint32_t object, std::vector<HashedKey>& keys) {
  const auto text_of = [&](const HashedKey& key) { return tree.string(tree.nodes[key.node]); };
  std::uint32_t first_repeat = 0;
  const auto on_repeat = [&](const HashedKey& earlier, const HashedKey& later) {
    tree.nodes[earlier.node].is_dropped = true;
    first_repeat = first_repeat == 0 ? later.node : std::min(first_repeat, later.node);
  };
  keys.clear();
  for (std::uint32_t key = object + 1; key != tree.nodes.size(); key = tree.after(key + 1)) {
    keys.push_back({0, key});
  }
  if (keys.size() <= few_keys) {
    for (std::size_t later = 1; later < keys.size(); ++later) {
      for (std::size_t earlier = 0; earlier < later; ++earlier) {
        if (text_of(keys[earlier]) == text_of(keys[later])) on_repeat(keys[earlier], keys[later]);
      }
    }
    return first_repeat;
  }
  for (HashedKey& key : keys) key.hash = std::hash<std::string_view>()(text_of(key));
  std::sort(keys.begin(), keys.end(), [&](const HashedKey& a, const HashedKey& b) {
    if (a.hash != b.hash) return a.hash < b.hash;
    const int order = text_of(a).compare(text_of(b));
    return order != 0 ? order < 0 : a.node < b.node;
  });
  for (std::size_t i = 1; i < keys.size(); ++i) {
    const bool is_same =
        keys[i - 1].hash == keys[i].hash && text_of(keys[i - 1]) == text_of(keys[i]);
    if (is_same) on_repeat(keys[i - 1], keys[i]);
  }
  return first_repeat;
}

}  // namespace threadkeep::json
