#include <algorithm>
#include <tuple>
#include <variant>

#include "domain/refusals.h"
#include "store/memory/memory_aggregates.h"
#include "store/operation_rules.h"

namespace threadkeep::memory {
namespace {

using Stage = SnapshotPlace::Stage;

// A changed row: one of the three is there.
struct Changed {
  const Chat* chat = nullptr;
  const Node* node = nullptr;
  const PresetNode* preset = nullptr;
  std::int64_t seq = 0;
  std::int64_t transaction = 0;
};

std::vector<Changed> all_rows(const Account& account) {
  std::vector<Changed> rows;
  for (const Chat& chat : account.chats) {
    if (chat.is_forgotten) continue;
    rows.push_back({&chat, nullptr, nullptr, chat.row.seq, chat.transaction});
    if (chat.row.is_erased) continue;
    for (const Node& node : chat.nodes) {
      rows.push_back({nullptr, &node, nullptr, node.message.seq, node.transaction});
    }
  }
  for (const auto& [id, preset] : account.presets)
    rows.push_back({nullptr, nullptr, &preset, preset.kept.row.seq, preset.transaction});
  std::sort(rows.begin(), rows.end(),
            [](const Changed& a, const Changed& b) { return a.seq < b.seq; });
  return rows;
}

void put(ChangePage& page, const Changed& row) {
  if (row.node != nullptr) {
    page.messages.push_back(row.node->message);
  } else if (row.preset != nullptr) {
    page.presets.push_back(row.preset->kept.row);
  } else if (row.chat->row.is_erased) {
    page.tombstones.push_back(Tombstone{row.chat->row.id, row.seq});
  } else {
    page.conversations.push_back(row.chat->row);
  }
}

// Those that are not erased, newest first.
std::vector<const Chat*> newest_first(const Account& account) {
  std::vector<const Chat*> chats;
  for (const Chat& chat : account.chats) {
    if (!chat.row.is_erased) chats.push_back(&chat);
  }
  std::sort(chats.begin(), chats.end(), [](const Chat* a, const Chat* b) {
    return std::tie(a->row.updated_at, a->row.id) > std::tie(b->row.updated_at, b->row.id);
  });
  return chats;
}

bool is_after(const Chat& chat, const SnapshotPlace& place) {
  if (place.id == ConversationId() && place.updated_at == 0) return true;
  return std::tie(chat.row.updated_at, chat.row.id) < std::tie(place.updated_at, place.id);
}

// The conversation whose messages come after the place.
const Chat* next_chat(const Account& account, const SnapshotPlace& place) {
  const Chat* next = nullptr;
  if (place.stage == Stage::messages) {
    for (const Chat* chat : newest_first(account)) {
      if (is_after(*chat, place) && chat->row.seq <= place.seq) return chat;
    }
    return nullptr;
  }
  for (const Chat& chat : account.chats) {
    if (chat.row.is_erased || chat.row.seq <= place.seq || chat.row.id <= place.id) continue;
    if (next == nullptr || chat.row.id < next->row.id) next = &chat;
  }
  return next;
}

}  // namespace

std::int64_t MemorySync::epoch() const { return state_.epochs.back(); }

std::int64_t MemorySync::resume_floor(const UserId& user, std::int64_t epoch) const {
  if (std::find(state_.epochs.begin(), state_.epochs.end(), epoch) == state_.epochs.end()) return 0;
  const Account& account = state_.accounts[user];
  std::optional<std::int64_t> floor;
  for (const std::int64_t later : state_.epochs) {
    if (later <= epoch) continue;
    const auto start = account.epoch_starts.find(later);
    if (start == account.epoch_starts.end()) return 0;
    floor = std::min(floor.value_or(start->second), start->second);
  }
  return floor.value_or(0);
}

Result<ChangePage> MemorySync::changes(const UserId& user, const std::optional<FeedPlace>& since,
                                       int limit) const {
  const Account& account = state_.accounts[user];
  ChangePage page;
  page.epoch = state_.epochs.back();
  const auto place = check_place(since, {page.epoch, account.seq, account.min_seq});
  if (!place) return tl::unexpected(place.error());
  page.next = *place;
  int count = 0;
  std::size_t bytes = 0;
  std::int64_t transaction = 0;
  const std::int64_t after = page.next.seq;
  for (const Changed& row : all_rows(account)) {
    if (row.seq <= after) continue;
    const bool is_full = count >= limit || bytes >= limits::feed_page_bytes;
    const bool is_too_long = count >= limit + limits::feed_transaction_rows_max;
    if (is_full && (row.transaction != transaction || is_too_long)) {
      page.has_more = true;
      return page;
    }
    put(page, row);
    ++count;
    if (row.node != nullptr) bytes += row.node->message.content.size();
    if (row.preset != nullptr) bytes += preset_bytes(row.preset->kept.row);
    transaction = row.transaction;
    page.next.seq = row.seq;
  }
  page.next.seq = account.seq;
  return page;
}

Result<SnapshotPage> MemorySync::snapshot(const UserId& user, SnapshotOf what,
                                          const std::optional<SnapshotPlace>& from,
                                          int limit) const {
  const Account& account = state_.accounts[user];
  SnapshotPage page;
  page.epoch = state_.epochs.back();
  if (from && from->epoch != page.epoch) return refusal::snapshot_of_other_epoch();
  SnapshotPlace place = from.value_or(SnapshotPlace{});
  place.epoch = page.epoch;
  if (!from) place.seq = account.seq;
  if (!from) page.presets = MemoryPresets(state_).list(user);
  page.changes_from = FeedPlace{page.epoch, place.seq, 0};
  const auto is_full = [&] {
    return page.conversations.size() + page.messages.size() >= static_cast<std::size_t>(limit);
  };
  const auto go_to = [&](Stage stage) { place = {place.epoch, place.seq, stage, 0, {}, 0}; };

  if (place.stage == Stage::conversations) {
    for (const Chat* chat : newest_first(account)) {
      if (is_full() || !is_after(*chat, place)) continue;
      page.conversations.push_back(chat->row);
      if (is_full()) place.updated_at = chat->row.updated_at;
      if (is_full()) place.id = chat->row.id;
    }
    if (!is_full()) go_to(Stage::messages);
  }
  if (what == SnapshotOf::conversations && place.stage != Stage::conversations) return page;
  const Chat* chat = place.position == 0 ? nullptr : state_.find_chat(user, place.id);
  while (!is_full()) {
    if (chat == nullptr || chat->row.is_erased) {
      place.position = 0;
      chat = next_chat(account, place);
    }
    if (chat == nullptr) {
      if (place.stage == Stage::changed) return page;
      go_to(Stage::changed);
      continue;
    }
    if (place.position == 0) {
      place.updated_at = chat->row.updated_at;
      place.id = chat->row.id;
    }
    if (place.position < chat->last()) {
      page.messages.push_back(chat->at(++place.position).message);
    } else {
      place.position = 0;
      chat = nullptr;
    }
  }
  page.next = place;
  return page;
}

Result<Noted> MemorySync::note_operation(const UserId& user, const RunOperation& operation) {
  const auto [at, is_new] = state_.accounts[user].operations.try_emplace(
      operation.id, RanOperation{state_.now, operation.digest});
  if (is_new) return Noted::first;
  return at->second.digest == operation.digest ? Noted::again : Noted::otherwise;
}

void MemorySync::forget_operation(const UserId& user, const Ulid& id) {
  state_.accounts[user].operations.erase(id);
}

}  // namespace threadkeep::memory
