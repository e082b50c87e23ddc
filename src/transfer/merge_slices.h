// A long conversation from elsewhere in pieces: each is a transaction of its own, so that others
// who write are let in between.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "store/store.h"

namespace threadkeep {

class MergeSlices {
 public:
  // Of one slice: about as much as the store writes in 20 ms.
  static constexpr std::size_t messages_max = 500;
  static constexpr std::size_t bytes_max = std::size_t{1} << 20;

  // Takes the messages out of the merge, slice by slice; it must outlive this.
  explicit MergeSlices(ConversationMerge& merge);

  bool is_over() const { return has_begun_ && taken_ == merge_.messages.size(); }
  // Each can be merged after those before it: in the order of the messages. The head goes along the
  // way to the head of the whole, so that the last slice finds it where it can go on.
  ConversationMerge next();
  // The merge gets the first slice back, as if it had not been taken.
  void give_back(ConversationMerge slice);

 private:
  void find_way();

  ConversationMerge& merge_;
  std::vector<bool> is_on_way_;  // to the head, by message; empty when one slice takes them all
  bool has_way_ = false;         // not when the head is stored already
  std::optional<MessageId> newest_on_way_;
  std::size_t taken_ = 0;
  bool has_begun_ = false;
};

}  // namespace threadkeep
