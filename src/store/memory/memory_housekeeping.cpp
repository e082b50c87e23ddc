#include <algorithm>

#include "store/memory/memory_aggregates.h"
#include "store/operation_rules.h"

namespace threadkeep::memory {
namespace {

void forget(State& state, Account& account, Chat& chat) {
  account.min_seq = std::max(account.min_seq, chat.row.seq);
  account.chat_of.erase(chat.row.id);
  state.owner_of.erase(chat.row.id);
  for (const Node& node : chat.nodes) account.spot_of.erase(node.message.id);
  chat.nodes.clear();
  chat.is_forgotten = true;
}

// Those that were deleted until then. Returns how many.
std::int64_t forget_presets(Account& account, UnixMs due) {
  std::int64_t count = 0;
  std::erase_if(account.presets, [&](const auto& each) {
    const Preset& row = each.second.kept.row;
    if (row.deleted_at.value_or(due + 1) > due) return false;
    account.min_seq = std::max(account.min_seq, row.seq);
    ++count;
    return true;
  });
  return count;
}

}  // namespace

UserId MemoryHousekeeping::local_user() {
  if (!state_.local_user) state_.local_user = state_.ids.next();
  return *state_.local_user;
}

std::int64_t MemoryHousekeeping::interrupt_unfinished() {
  ++state_.transaction;
  std::int64_t count = 0;
  for (auto& [user, account] : state_.accounts) {
    for (Chat& chat : account.chats) {
      for (Node& node : chat.nodes) {
        if (is_final(node.message.status)) continue;
        node.message.status = MessageStatus::interrupted;
        node.parts.clear();
        node.message.seq = ++account.seq;
        node.transaction = state_.transaction;
        ++count;
      }
    }
  }
  return count;
}

std::int64_t MemoryHousekeeping::bump_epoch(std::int64_t above) {
  ++state_.transaction;
  const std::int64_t next = next_epoch(state_.epochs.back(), above, state_.now);
  state_.epochs.push_back(next);
  for (auto& [user, account] : state_.accounts) account.epoch_starts[next] = account.seq;
  return next;
}

Purged MemoryHousekeeping::purge(UnixMs now) {
  ++state_.transaction;
  Purged purged;
  const UnixMs due = now - limits::ids_kept_ms;
  const UnixMs trash_due = now - limits::trash_kept_ms;
  for (auto& [user, account] : state_.accounts) {
    for (Chat& chat : account.chats) {
      if (chat.row.is_erased || chat.row.deleted_at.value_or(trash_due + 1) > trash_due) continue;
      ++state_.transaction;
      state_.erase(chat);
      state_.touch(account, chat);
      ++purged.erased;
    }
    for (Chat& chat : account.chats) {
      for (Node& node : chat.nodes) {
        Message& row = node.message;
        if (row.is_erased || row.deleted_at.value_or(trash_due + 1) > trash_due) continue;
        erase_words(row, now);
        row.seq = ++account.seq;
        node.transaction = ++state_.transaction;
        ++purged.messages;
      }
    }
    for (Chat& chat : account.chats) {
      if (!chat.row.is_erased || chat.is_forgotten || chat.erased_at > due) continue;
      forget(state_, account, chat);
      ++purged.forgotten;
    }
    purged.forgotten += forget_presets(account, due);
    purged.operations += static_cast<std::int64_t>(std::erase_if(
        account.operations, [&](const auto& each) { return each.second.ran_at <= due; }));
  }
  return purged;
}

}  // namespace threadkeep::memory
