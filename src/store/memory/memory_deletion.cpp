#include <algorithm>

#include "domain/refusals.h"
#include "domain/title.h"
#include "store/memory/memory_aggregates.h"
#include "store/operation_rules.h"

namespace threadkeep::memory {
namespace {

// Ascending.
std::vector<Position> find_chosen(const Chat& chat, const ChosenMessages& chosen) {
  std::vector<Position> positions;
  if (const auto* branch = std::get_if<Branch>(&chosen)) {
    const auto root = chat.find(branch->root);
    for (Position at = root.value_or(chat.last() + 1); at <= chat.last(); ++at) {
      if (chat.is_on_path(*root, at)) positions.push_back(at);
    }
    return positions;
  }
  for (const MessageId& id : std::get<std::vector<MessageId>>(chosen)) {
    if (const auto position = chat.find(id)) positions.push_back(*position);
  }
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  return positions;
}

void keep_deleted_together(const Chat& chat, std::vector<Position>& branch) {
  const auto together = chat.at(branch.front()).message.deleted_at;
  std::erase_if(branch, [&](Position position) {
    const auto& deleted_at = chat.at(position).message.deleted_at;
    return !deleted_at || deleted_at != together;
  });
}

// Makes the changes and returns the positions that have changed.
template <class Operation>
std::vector<Position> make_changes(State& state, Account& account, Chat& chat,
                                   const Operation& operation,
                                   const std::vector<Position>& chosen) {
  std::vector<Position> changed;
  for (const Position position : chosen) {
    Node& node = chat.at(position);
    const auto change = change_of(operation, node.message, node.deletion_edited_at, state.now);
    if (change == DeletionChange::none) continue;
    apply(change, node.message, state.now);
    node.parts.clear();
    node.message.seq = ++account.seq;
    node.transaction = state.transaction;
    changed.push_back(position);
  }
  return changed;
}

void follow(State& state, Account& account, Chat& chat, Position head) {
  if (head != chat.head()) {
    chat.set_head(head);
    chat.edit_times.head = state.now;
  }
  chat.row.message_count = std::count_if(chat.nodes.begin(), chat.nodes.end(),
                                         [](const auto& node) { return !node.message.deleted_at; });
  forget_excerpt(chat.row);
  chat.title_anew(chat.row);
  state.touch(account, chat);
}

}  // namespace

Result<Conversation> MemoryMessages::run(const UserId& user, const DeleteMessages& deletion) {
  ++state_.transaction;
  const auto found = state_.find_live_chat(user, deletion.conversation_id);
  if (!found) return tl::unexpected(found.error());
  Chat& chat = **found;
  Account& account = state_.accounts[user];
  const auto chosen = find_chosen(chat, deletion.chosen);
  if (chosen.empty()) return refusal::no_message();
  const Position head = chat.head();
  if (make_changes(state_, account, chat, deletion, chosen).empty()) return chat.row;
  follow(state_, account, chat, head == 0 || chat.is_live(head) ? head : chat.shown_leaf(head));
  return chat.row;
}

Result<Conversation> MemoryMessages::run(const UserId& user, const RestoreMessages& restore) {
  ++state_.transaction;
  const auto found = state_.find_live_chat(user, restore.conversation_id);
  if (!found) return tl::unexpected(found.error());
  Chat& chat = **found;
  Account& account = state_.accounts[user];
  auto chosen = find_chosen(chat, restore.chosen);
  if (chosen.empty()) return refusal::no_message();
  if (std::holds_alternative<Branch>(restore.chosen)) keep_deleted_together(chat, chosen);
  const auto changed = make_changes(state_, account, chat, restore, chosen);
  if (changed.empty()) return chat.row;
  const Position head = chat.head();
  const bool is_above = chat.is_on_path(changed.front(), head);
  follow(state_, account, chat, is_above ? head : chat.shown_leaf(changed.front()));
  return chat.row;
}

}  // namespace threadkeep::memory
