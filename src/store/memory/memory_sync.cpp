#include <algorithm>
#include <tuple>
#include <variant>

#include "store/memory/memory_state.h"

namespace threadkeep::memory {
namespace {

using Stage = SnapshotPlace::Stage;

// A changed row: one of the two is there.
struct Changed {
  const Chat* chat = nullptr;
  const Node* node = nullptr;
  std::int64_t seq = 0;
  std::int64_t transaction = 0;
};

std::vector<Changed> all_rows(const Account& account) {
  std::vector<Changed> rows;
  for (const Chat& chat : account.chats) {
    if (chat.is_forgotten) continue;
    rows.push_back({&chat, nullptr, chat.row.seq, chat.transaction});
    if (chat.is_erased) continue;
    for (const Node& node : chat.nodes) {
      rows.push_back({nullptr, &node, node.message.seq, node.transaction});
    }
  }
  std::sort(rows.begin(), rows.end(),
            [](const Changed& a, const Changed& b) { return a.seq < b.seq; });
  return rows;
}

void put(ChangePage& page, const Changed& row) {
  if (row.node != nullptr) {
    page.messages.push_back(row.node->message);
  } else if (row.chat->is_erased) {
    page.tombstones.push_back(Tombstone{row.chat->row.id, row.seq});
  } else {
    page.conversations.push_back(row.chat->row);
  }
}

// Those that are not erased, newest first.
std::vector<const Chat*> newest_first(const Account& account) {
  std::vector<const Chat*> chats;
  for (const Chat& chat : account.chats) {
    if (!chat.is_erased) chats.push_back(&chat);
  }
  std::sort(chats.begin(), chats.end(), [](const Chat* a, const Chat* b) {
    return std::tie(a->row.updated_at, a->row.id) > std::tie(b->row.updated_at, b->row.id);
  });
  return chats;
}

bool is_behind(const Chat& chat, const SnapshotPlace& place) {
  if (place.id == ConversationId() && place.updated_at == 0) return true;
  return std::tie(chat.row.updated_at, chat.row.id) < std::tie(place.updated_at, place.id);
}

// The conversation whose messages come behind the place.
const Chat* next_chat(const Account& account, const SnapshotPlace& place) {
  const Chat* next = nullptr;
  if (place.stage == Stage::messages) {
    for (const Chat* chat : newest_first(account)) {
      if (is_behind(*chat, place) && chat->row.seq <= place.seq) return chat;
    }
    return nullptr;
  }
  for (const Chat& chat : account.chats) {
    if (chat.is_erased || chat.row.seq <= place.seq || chat.row.id <= place.id) continue;
    if (next == nullptr || chat.row.id < next->row.id) next = &chat;
  }
  return next;
}

}  // namespace

Result<std::int64_t> MemoryStore::epoch() {
  const std::lock_guard lock(mutex_);
  return epochs_.back();
}

Result<std::int64_t> MemoryStore::bump_epoch(std::int64_t above) {
  const Writing writing(*this);
  const std::int64_t next =
      std::max({epochs_.back() + 1, above + 1, static_cast<std::int64_t>(clock_.now_ms() / 1'000)});
  epochs_.push_back(next);
  for (auto& [user, account] : accounts_) account.epoch_starts[next] = account.seq;
  return next;
}

Result<std::int64_t> MemoryStore::resume_floor(const UserId& user, std::int64_t epoch) {
  const std::lock_guard lock(mutex_);
  if (std::find(epochs_.begin(), epochs_.end(), epoch) == epochs_.end()) return 0;
  const Account& account = accounts_[user];
  std::optional<std::int64_t> floor;
  for (const std::int64_t later : epochs_) {
    if (later <= epoch) continue;
    const auto start = account.epoch_starts.find(later);
    if (start == account.epoch_starts.end()) return 0;
    floor = std::min(floor.value_or(start->second), start->second);
  }
  return floor.value_or(0);
}

Result<ChangePage> MemoryStore::changes(const UserId& user, const std::optional<FeedPlace>& since,
                                        int limit) {
  const std::lock_guard lock(mutex_);
  const Account& account = accounts_[user];
  ChangePage page;
  page.epoch = epochs_.back();
  page.next = since.value_or(FeedPlace{page.epoch, 0, account.min_seq});
  if (page.next.epoch != page.epoch || page.next.seq > account.seq ||
      std::max(page.next.seq, page.next.horizon) < account.min_seq) {
    return fail(Errc::resync_required, "The feed cannot go on from there. Read the snapshot.");
  }
  int count = 0;
  std::size_t bytes = 0;
  std::int64_t transaction = 0;
  const std::int64_t behind = page.next.seq;
  for (const Changed& row : all_rows(account)) {
    if (row.seq <= behind) continue;
    const bool is_full = count >= limit || bytes >= limits::feed_page_bytes;
    const bool is_too_long = count >= limit + limits::feed_transaction_rows_max;
    if (is_full && (row.transaction != transaction || is_too_long)) {
      page.has_more = true;
      return page;
    }
    put(page, row);
    ++count;
    if (row.node != nullptr) bytes += row.node->message.content.size();
    transaction = row.transaction;
    page.next.seq = row.seq;
  }
  page.next.seq = account.seq;
  return page;
}

Result<SnapshotPage> MemoryStore::snapshot(const UserId& user, SnapshotOf what,
                                           const std::optional<SnapshotPlace>& from, int limit) {
  const std::lock_guard lock(mutex_);
  const Account& account = accounts_[user];
  SnapshotPage page;
  page.epoch = epochs_.back();
  if (from && from->epoch != page.epoch) {
    return fail(Errc::resync_required, "The snapshot is of another epoch. Begin it again.");
  }
  SnapshotPlace place = from.value_or(SnapshotPlace{});
  place.epoch = page.epoch;
  if (!from) place.seq = account.seq;
  page.changes_from = FeedPlace{page.epoch, place.seq, 0};
  const auto is_full = [&] {
    return page.conversations.size() + page.messages.size() >= static_cast<std::size_t>(limit);
  };
  const auto go_to = [&](Stage stage) { place = {place.epoch, place.seq, stage, 0, {}, 0}; };

  if (place.stage == Stage::conversations) {
    for (const Chat* chat : newest_first(account)) {
      if (is_full() || !is_behind(*chat, place)) continue;
      page.conversations.push_back(chat->row);
      if (is_full()) place.updated_at = chat->row.updated_at;
      if (is_full()) place.id = chat->row.id;
    }
    if (!is_full()) go_to(Stage::messages);
  }
  if (what == SnapshotOf::conversations && place.stage != Stage::conversations) return page;
  const Chat* chat = place.position == 0 ? nullptr : find_chat(user, place.id);
  while (!is_full()) {
    if (chat == nullptr || chat->is_erased) {
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

Result<Pushed> MemoryStore::run(const UserId& user, const PushOperation& operation) {
  Pushed pushed;
  const auto changed = [&pushed](const Result<Conversation>& row) -> Result<Pushed> {
    if (!row) return tl::unexpected(row.error());
    pushed.conversation = *row;
    return pushed;
  };
  if (const auto* fresh = std::get_if<NewConversation>(&operation.what)) {
    const auto stored = create_now(user, *fresh);
    if (!stored) return tl::unexpected(stored.error());
    pushed.was_there = stored->was_there;
    pushed.conversation = stored->value;
    return pushed;
  }
  if (const auto* message = std::get_if<NewMessage>(&operation.what)) {
    const auto stored = append_now(user, *message);
    if (!stored) return tl::unexpected(stored.error());
    pushed.was_there = stored->was_there;
    pushed.message = stored->value;
    pushed.conversation = find_chat(user, message->conversation_id)->row;
    return pushed;
  }
  if (const auto* edit = std::get_if<EditConversation>(&operation.what)) {
    return changed(update_now(user, edit->id, edit->patch, std::nullopt));
  }
  if (const auto* deletion = std::get_if<DeleteConversation>(&operation.what)) {
    return changed(delete_now(user, deletion->id, deletion->erase));
  }
  return changed(restore_now(user, std::get<RestoreConversation>(operation.what).id));
}

Pushed MemoryStore::look_at(const UserId& user, const PushOperation& operation) {
  struct ConversationOf {
    ConversationId operator()(const NewMessage& message) const { return message.conversation_id; }
    ConversationId operator()(const NewConversation& what) const { return what.id; }
    ConversationId operator()(const EditConversation& what) const { return what.id; }
    ConversationId operator()(const DeleteConversation& what) const { return what.id; }
    ConversationId operator()(const RestoreConversation& what) const { return what.id; }
  };
  Pushed pushed;
  pushed.was_there = true;
  if (const Chat* chat = find_chat(user, std::visit(ConversationOf{}, operation.what))) {
    pushed.conversation = chat->row;
  }
  if (const auto* message = std::get_if<NewMessage>(&operation.what)) {
    const Account& account = accounts_[user];
    const auto spot = account.spot_of.find(message->id);
    if (spot != account.spot_of.end() && !account.chats[spot->second.chat].is_erased) {
      pushed.message = account.chats[spot->second.chat].at(spot->second.position).message;
    }
  }
  return pushed;
}

Result<std::vector<Result<Pushed>>> MemoryStore::push(
    const UserId& user, std::int64_t epoch, const std::vector<PushOperation>& operations) {
  const Writing writing(*this);
  if (epoch != epochs_.back()) {
    return fail(Errc::epoch_changed, "The database was restored since. Read the snapshot first.");
  }
  std::vector<Result<Pushed>> results;
  for (const PushOperation& operation : operations) {
    ++transaction_;
    if (accounts_[user].operations.contains(operation.id)) {
      results.emplace_back(look_at(user, operation));
      continue;
    }
    results.push_back(run(user, operation));
    if (results.back()) accounts_[user].operations[operation.id] = clock_.now_ms();
  }
  return results;
}

void MemoryStore::forget(const UserId& user, Chat& chat) {
  Account& account = accounts_[user];
  account.min_seq = std::max(account.min_seq, chat.row.seq);
  account.chat_of.erase(chat.row.id);
  owner_of_.erase(chat.row.id);
  for (const Node& node : chat.nodes) account.spot_of.erase(node.message.id);
  chat.nodes.clear();
  chat.is_forgotten = true;
}

Result<Purged> MemoryStore::purge(UnixMs now) {
  const Writing writing(*this);
  Purged purged;
  const UnixMs due = now - limits::ids_kept_ms;
  for (auto& [user, account] : accounts_) {
    for (Chat& chat : account.chats) {
      const UnixMs trash_due = now - limits::trash_kept_ms;
      if (chat.is_erased || chat.row.deleted_at.value_or(trash_due + 1) > trash_due) continue;
      ++transaction_;
      erase(chat, clock_.now_ms());
      touch(account, chat);
      ++purged.erased;
    }
    for (Chat& chat : account.chats) {
      if (!chat.is_erased || chat.is_forgotten || chat.erased_at > due) continue;
      forget(user, chat);
      ++purged.forgotten;
    }
    purged.operations += static_cast<std::int64_t>(
        std::erase_if(account.operations, [&](const auto& each) { return each.second <= due; }));
  }
  return purged;
}

void MemoryStore::set_commit_listener(CommitListener listener) {
  const std::lock_guard lock(listener_mutex_);
  listener_ = std::move(listener);
}

void MemoryStore::tell_commit() {
  for (auto& [user, account] : accounts_) {
    if (account.seq == account.told_seq) continue;
    account.told_seq = account.seq;
    caller_.call([this, user = user, seq = account.seq] {
      const std::lock_guard lock(listener_mutex_);
      if (listener_) listener_(user, seq);
    });
  }
}

}  // namespace threadkeep::memory
