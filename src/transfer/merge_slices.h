// A long conversation from elsewhere in pieces: each is a transaction of its own, so that others
// who write are let in between.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "store/store.h"

namespace threadkeep {

// How large a slice may be, so that the store writes it in about 10 ms on this machine and under
// its load: what one slice took says how large the next one may be.
class SlicePace {
 public:
  static constexpr std::size_t messages_max = 500;
  // A commit waits for the disk, whatever is in it.
  static constexpr std::size_t messages_min = 150;

  std::size_t messages() const { return messages_; }
  std::size_t bytes() const { return messages_ * (std::size_t{2} << 10); }
  void took(std::size_t messages, std::size_t bytes, std::chrono::microseconds time);

 private:
  std::size_t messages_ = messages_max / 2;
};

class MergeSlices {
 public:
  // Takes the messages out of the merge, slice by slice. Both must outlive this; the pace may
  // change between two slices.
  MergeSlices(ConversationMerge& merge, const SlicePace& pace);

  bool is_over() const { return has_begun_ && taken_ == merge_.messages.size(); }
  // Each can be merged after those before it: in the order of the messages. The head goes along the
  // way to the head of the whole, so that the last slice finds it where it can go on.
  ConversationMerge next();
  // The merge gets the first slice back, as if it had not been taken.
  void give_back(ConversationMerge slice);

 private:
  void find_way();

  ConversationMerge& merge_;
  const SlicePace& pace_;
  std::vector<bool> is_on_way_;  // to the head, by message; empty when one slice takes them all
  bool has_way_ = false;         // not when the head is stored already
  std::optional<MessageId> newest_on_way_;
  std::size_t taken_ = 0;
  bool has_begun_ = false;
};

}  // namespace threadkeep
