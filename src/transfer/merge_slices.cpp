#include "transfer/merge_slices.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <variant>

namespace threadkeep {

void SlicePace::took(std::size_t messages, std::size_t bytes, std::chrono::microseconds time) {
  constexpr std::chrono::microseconds enough = std::chrono::milliseconds(10);
  // A small one says nothing: most of its time was the disk's.
  const bool is_small = messages < messages_ / 2 && bytes < this->bytes() / 2;
  if (time > enough && !is_small) {
    const auto share = static_cast<double>(enough.count()) / static_cast<double>(time.count());
    messages_ = static_cast<std::size_t>(static_cast<double>(messages_) * std::max(share, 0.5));
  } else if (time < enough / 2) {
    messages_ += messages_ / 4;
  }
  messages_ = std::clamp(messages_, messages_min, messages_max);
}

MergeSlices::MergeSlices(ConversationMerge& merge, const SlicePace& pace)
    : merge_(merge), pace_(pace) {
  std::size_t bytes = 0;
  for (const NewMessage& message : merge.messages) bytes += message.content.size();
  if (merge.messages.size() > pace.messages() || bytes > pace.bytes()) find_way();
}

void MergeSlices::find_way() {
  const std::vector<NewMessage>& messages = merge_.messages;
  std::vector<std::size_t> by_id(messages.size());
  std::iota(by_id.begin(), by_id.end(), std::size_t{0});
  std::sort(by_id.begin(), by_id.end(),
            [&](std::size_t a, std::size_t b) { return messages[a].id < messages[b].id; });
  is_on_way_.assign(messages.size(), false);
  MessageId at = merge_.conversation.head_id.value_or(messages.back().id);
  for (;;) {
    const auto found = std::lower_bound(
        by_id.begin(), by_id.end(), at,
        [&](std::size_t index, const MessageId& id) { return messages[index].id < id; });
    // One that is stored already, or a circle, which the store refuses.
    if (found == by_id.end() || messages[*found].id != at || is_on_way_[*found]) return;
    is_on_way_[*found] = has_way_ = true;
    const auto* parent = std::get_if<MessageId>(&messages[*found].place);
    if (parent == nullptr) return;
    at = *parent;
  }
}

ConversationMerge MergeSlices::next() {
  has_begun_ = true;
  const bool is_sliced = !is_on_way_.empty();
  ConversationMerge slice{merge_.conversation, {}};
  std::size_t bytes = 0;
  for (; taken_ < merge_.messages.size(); ++taken_) {
    const bool is_full =
        is_sliced && (slice.messages.size() >= pace_.messages() || bytes >= pace_.bytes());
    // Without a message of the way the head would go where the way does not lead.
    if (is_full && (newest_on_way_ || !has_way_)) break;
    NewMessage& message = merge_.messages[taken_];
    bytes += message.content.size();
    if (is_sliced && is_on_way_[taken_]) newest_on_way_ = message.id;
    slice.messages.push_back(std::move(message));
  }
  if (!is_over() && newest_on_way_) slice.conversation.head_id = newest_on_way_;
  return slice;
}

void MergeSlices::give_back(ConversationMerge slice) {
  std::move(slice.messages.begin(), slice.messages.end(), merge_.messages.begin());
  taken_ = 0;
  newest_on_way_.reset();
  has_begun_ = false;
}

}  // namespace threadkeep
