#include "store/replica.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace threadkeep::test {
namespace {

// Pages must be in order, behind the place, and end where they say.
void check_page(const ChangePage& page, const std::optional<FeedPlace>& since) {
  const std::int64_t behind = since ? since->seq : 0;
  std::vector<std::int64_t> numbers;
  const auto add = [&numbers](const auto& rows, auto seq_of) {
    std::int64_t before = 0;
    for (const auto& row : rows) {
      EXPECT_GT(seq_of(row), before);
      before = seq_of(row);
      numbers.push_back(before);
    }
  };
  add(page.conversations, [](const Conversation& row) { return row.seq; });
  add(page.messages, [](const Message& row) { return row.seq; });
  add(page.presets, [](const Preset& row) { return row.seq; });
  add(page.tombstones, [](const Tombstone& row) { return row.seq; });
  std::sort(numbers.begin(), numbers.end());
  EXPECT_EQ(std::adjacent_find(numbers.begin(), numbers.end()), numbers.end());
  if (!numbers.empty()) {
    EXPECT_GT(numbers.front(), behind);
    EXPECT_LE(numbers.back(), page.next.seq);
  }
  EXPECT_GE(page.next.seq, behind);
  EXPECT_FALSE(page.has_more && numbers.empty());
}

// What a checkpoint that is not announced may have changed stays out.
std::string shown(const Message& row) {
  if (is_final(row.status)) return show(row);
  return row.id.text() + " at " + std::to_string(row.position);
}

}  // namespace

void Replica::take(const Conversation& row) { conversations_[row.id] = row; }
void Replica::take(const Message& row) { messages_[row.id] = row; }

void Replica::take(const Preset& row) {
  presets_.erase(row.id);
  if (!row.deleted_at) presets_.emplace(row.id, row);
}

bool Replica::pull(Store& store, int limit) {
  const auto page = read_changes(store, user_, place_, limit);
  if (!page) {
    EXPECT_EQ(page.error().code, Errc::resync_required) << page.error().detail;
    if (page.error().code != Errc::resync_required) throw std::runtime_error(page.error().detail);
    read_snapshot(store, limit);
    return true;
  }
  check_page(*page, place_);
  for (const Conversation& row : page->conversations) take(row);
  for (const Message& row : page->messages) take(row);
  for (const Preset& row : page->presets) take(row);
  for (const Tombstone& row : page->tombstones) {
    conversations_.erase(row.id);
    std::erase_if(messages_,
                  [&](const auto& each) { return each.second.conversation_id == row.id; });
  }
  place_ = page->next;
  return page->has_more;
}

void Replica::read_snapshot(Store& store, int limit) {
  conversations_.clear();
  messages_.clear();
  presets_.clear();
  place_.reset();
  std::optional<SnapshotPlace> from;
  do {
    const auto page = snapshot_page(store, user_, SnapshotOf::everything, from, limit).value();
    if (!place_) place_ = page.changes_from;
    EXPECT_EQ(page.changes_from.seq, place_->seq);
    for (const Conversation& row : page.conversations) take(row);
    for (const Message& row : page.messages) take(row);
    for (const Preset& row : page.presets) take(row);
    from = page.next;
  } while (from);
}

std::string Replica::difference(Store& store) const {
  std::size_t count = 0;
  for (const bool in_trash : {false, true}) {
    ConversationFilter filter;
    filter.in_trash = in_trash;
    const auto page = list_conversations(store, user_, filter, std::nullopt, 100'000).value();
    for (const Conversation& row : page.conversations) {
      const auto here = conversations_.find(row.id);
      if (here == conversations_.end()) return "missing: " + show(row);
      if (show(here->second) != show(row)) return "stale: " + show(here->second) + "\n" + show(row);
      std::int64_t messages = 0;
      for (const auto& [id, message] : messages_)
        messages += message.conversation_id == row.id && !message.deleted_at;
      if (messages != row.message_count) return "messages missing of: " + show(row);
    }
    count += page.conversations.size();
  }
  if (count != conversations_.size()) return "conversations that are gone are held still";
  const auto presets = list_presets(store, user_);
  for (const Preset& row : presets) {
    const auto here = presets_.find(row.id);
    if (here == presets_.end()) return "missing: " + show(row);
    if (show(here->second) != show(row)) return "stale: " + show(here->second) + "\n" + show(row);
  }
  if (presets.size() != presets_.size()) return "presets that are gone are held still";
  for (const auto& [id, message] : messages_) {
    const auto row = find_message(store, user_, id);
    if (!row) return "gone: " + show(message);
    if (shown(*row) != shown(message)) return "stale: " + show(message) + "\n" + show(*row);
  }
  return "";
}

}  // namespace threadkeep::test
