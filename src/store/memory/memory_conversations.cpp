#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "domain/refusals.h"
#include "domain/title.h"
#include "store/memory/memory_aggregates.h"
#include "store/operation_rules.h"

namespace threadkeep::memory {
namespace {

bool is_wanted(const Chat& chat, const ConversationFilter& filter) {
  const Conversation& row = chat.row;
  if (chat.row.is_erased || row.deleted_at.has_value() != filter.in_trash) return false;
  if (filter.is_archived && row.is_archived != *filter.is_archived) return false;
  if (filter.is_pinned && row.is_pinned != *filter.is_pinned) return false;
  if (filter.folder && row.folder != filter.folder) return false;
  return !filter.tag || std::find(row.tags.begin(), row.tags.end(), *filter.tag) != row.tags.end();
}

// The row after the patch, before it is counted as a change.
Conversation patched(const Chat& chat, const ConversationPatch& patch) {
  Conversation row = chat.row;
  apply(patch, row);
  if (patch.title) chat.title_anew(row);
  return row;
}

// The newest live child that says the same: the one of this id before others.
std::optional<Position> find_equal_child(const Chat& chat, Position parent,
                                         const UpsertMessage& message) {
  const auto children = chat.live_children_of(parent);
  for (const auto& id : {message.id, std::optional<MessageId>()}) {
    const auto child = std::find_if(children.rbegin(), children.rend(), [&](Position each) {
      const Message& row = chat.at(each).message;
      return (!id || row.id == *id) && is_same(said_by(row), {message.role, message.content});
    });
    if (child != children.rend()) return *child;
  }
  return std::nullopt;
}

}  // namespace

Result<Stored<Conversation>> MemoryConversations::run(const UserId& user,
                                                      const NewConversation& conversation) {
  ++state_.transaction;
  if (const Chat* chat = state_.find_chat(user, conversation.id)) {
    const bool is_equal = creation_text(chat->created_as) == creation_text(conversation);
    if (is_equal || chat->row.is_erased) return Stored<Conversation>{chat->row, true};
    return refusal::conversation_made_otherwise();
  }
  auto chat = state_.make_chat(user, conversation);
  if (!chat) return tl::unexpected(chat.error());
  state_.touch(state_.accounts[user], **chat);
  return Stored<Conversation>{(*chat)->row, false};
}

Result<Conversation> MemoryConversations::find(const UserId& user, const ConversationId& id) const {
  const Chat* chat = state_.find_chat(user, id);
  if (chat == nullptr) return refusal::no_conversation();
  return chat->row;
}

Result<ConversationPage> MemoryConversations::list(const UserId& user,
                                                   const ConversationFilter& filter,
                                                   const std::optional<ListPlace>& after,
                                                   int limit) const {
  const auto place_of = [](const Conversation& row) { return std::tie(row.updated_at, row.id); };
  std::vector<Conversation> rows;
  for (const Chat& chat : state_.accounts[user].chats) {
    if (!is_wanted(chat, filter)) continue;
    if (after && place_of(chat.row) >= std::tie(after->updated_at, after->id)) continue;
    rows.push_back(chat.row);
  }
  std::sort(rows.begin(), rows.end(), [&](const Conversation& a, const Conversation& b) {
    return place_of(a) > place_of(b);
  });
  ConversationPage page;
  if (rows.size() > static_cast<std::size_t>(limit)) {
    rows.resize(static_cast<std::size_t>(limit));
    page.next = ListPlace{rows.back().updated_at, rows.back().id};
  }
  page.conversations = std::move(rows);
  return page;
}

Result<Conversation> MemoryConversations::run(const UserId& user, const EditConversation& edit) {
  ++state_.transaction;
  const auto found = state_.find_live_chat(user, edit.id);
  if (!found) return tl::unexpected(found.error());
  Chat& chat = **found;
  if (edit.if_rev && *edit.if_rev != chat.row.rev) {
    return refusal::changed_since();
  }
  ConversationPatch patch = edit.patch;
  if (patch.head_id) {
    const auto position = chat.find(*patch.head_id);
    if (!position) return refusal::not_of_conversation("headId");
    const Position leaf = chat.shown_leaf(*position);
    patch.head_id.reset();
    if (leaf != 0) patch.head_id = chat.at(leaf).message.id;
  }
  keep_latest_edits(patch, chat.edit_times, state_.now);
  Conversation row = patched(chat, patch);
  if (!differ_in_editable(row, chat.row)) return chat.row;
  ++row.rev;
  chat.row = std::move(row);
  state_.touch(state_.accounts[user], chat);
  return chat.row;
}

Result<Position> MemoryConversations::walk_upsert(Account& account, Chat& chat,
                                                  const ConversationUpsert& upsert) {
  for (const UpsertMessage& message : upsert.messages) {
    const auto known = message.id ? account.spot_of.find(*message.id) : account.spot_of.end();
    if (known != account.spot_of.end() && &account.chats[known->second.chat] != &chat) {
      return refusal::message_of_other_conversation();
    }
  }
  Position at = 0;
  std::vector<NewMessage> fresh;
  std::set<MessageId> used;
  const auto is_free = [&](const MessageId& id) {
    return !used.contains(id) && !account.spot_of.contains(id);
  };
  for (const UpsertMessage& message : upsert.messages) {
    const auto known = message.id ? chat.find(*message.id) : std::nullopt;
    if (known && !chat.is_live(*known)) continue;
    const bool has_free_id = message.id && is_free(*message.id);
    // What follows one that is not there is not there either.
    const auto child =
        fresh.empty() && !has_free_id ? find_equal_child(chat, at, message) : std::nullopt;
    if (child) {
      at = *child;
      continue;
    }
    const MessageId& id = has_free_id ? *message.id : message.fresh_id;
    if (!is_free(id)) return refusal::message_id_taken();
    used.insert(id);
    fresh.push_back(message_of(message, id));
  }
  const auto room = state_.check_room(chat, fresh.size());
  if (!room) return tl::unexpected(room.error());
  for (const NewMessage& message : fresh)
    at = state_.add(account, chat, at, message).message.position;
  return at;
}

Result<Stored<Conversation>> MemoryConversations::run(const UserId& user,
                                                      const ConversationUpsert& upsert) {
  ++state_.transaction;
  const UnixMs now = state_.now;
  const Chat* found = state_.find_chat(user, upsert.id);
  const bool was_there = found != nullptr;
  if (was_there && found->row.deleted_at) {
    return refusal::deleted(found->row);
  }
  if (upsert.if_rev && (!was_there || *upsert.if_rev != found->row.rev)) {
    return refusal::changed_since();
  }
  Account& account = state_.accounts[user];
  if (!was_there) {
    const auto made = state_.make_chat(user, creation_of(upsert));
    if (!made) return tl::unexpected(made.error());
  }
  Chat& chat = account.chats[account.chat_of.at(upsert.id)];
  Chat before = chat;
  const std::int64_t seq_before = account.seq;
  const auto head = walk_upsert(account, chat, upsert);
  if (!head) {
    for (Position added = before.last() + 1; added <= chat.last(); ++added) {
      account.spot_of.erase(chat.at(added).message.id);
    }
    account.seq = seq_before;
    chat = std::move(before);
    if (!was_there) state_.unmake_newest_chat(user);
    return tl::unexpected(head.error());
  }
  const Conversation& old = before.row;
  ConversationPatch patch = patch_of(upsert, old);
  if (*head != 0) patch.head_id = chat.at(*head).message.id;
  Conversation row = patched(chat, patch);
  const bool has_more = chat.last() != before.last();
  if (has_more) row.updated_at = now;
  if (was_there && !has_more && !differ_in_editable(row, old)) {
    return Stored<Conversation>{chat.row, true};
  }
  if (was_there) ++row.rev;
  keep_latest_edits(patch, chat.edit_times, now);
  chat.row = std::move(row);
  state_.touch(account, chat);
  return Stored<Conversation>{chat.row, was_there};
}

Result<Conversation> MemoryConversations::run(const UserId& user,
                                              const DeleteConversation& deletion) {
  ++state_.transaction;
  Chat* chat = state_.find_chat(user, deletion.id);
  if (chat == nullptr) return refusal::no_conversation();
  const bool is_erasing = deletion.erase == Erase::now && !chat->row.is_erased;
  if (chat->row.deleted_at && !is_erasing) return chat->row;
  const UnixMs now = state_.now;
  if (!chat->row.deleted_at) chat->row.deleted_at = now;
  if (is_erasing) state_.erase(*chat);
  state_.touch(state_.accounts[user], *chat);
  return chat->row;
}

Result<Conversation> MemoryConversations::run(const UserId& user,
                                              const RestoreConversation& restore) {
  ++state_.transaction;
  Chat* chat = state_.find_chat(user, restore.id);
  if (chat == nullptr || chat->row.is_erased) {
    return refusal::no_conversation();
  }
  if (!chat->row.deleted_at) return chat->row;
  chat->row.deleted_at.reset();
  state_.touch(state_.accounts[user], *chat);
  return chat->row;
}

}  // namespace threadkeep::memory
