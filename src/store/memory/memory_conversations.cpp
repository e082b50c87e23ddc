#include <algorithm>
#include <tuple>

#include "domain/content.h"
#include "domain/title.h"
#include "store/memory/memory_state.h"

namespace threadkeep::memory {
namespace {

bool is_wanted(const Chat& chat, const ConversationFilter& filter) {
  const Conversation& row = chat.row;
  if (chat.is_erased || row.deleted_at.has_value() != filter.in_trash) return false;
  if (filter.is_archived && row.is_archived != *filter.is_archived) return false;
  if (filter.is_pinned && row.is_pinned != *filter.is_pinned) return false;
  if (filter.folder && row.folder != filter.folder) return false;
  return !filter.tag || std::find(row.tags.begin(), row.tags.end(), *filter.tag) != row.tags.end();
}

// Gives the title back to the program: as if it had never been written by hand.
void title_anew(const Chat& chat, Conversation& row) {
  row.title.clear();
  row.title_source = TitleSource::none;
  for (const Node& node : chat.nodes) title_by(row, node.message);
}

// The row after the patch, before it is counted as a change.
Conversation patched(const Chat& chat, const ConversationPatch& patch,
                     const std::optional<MessageId>& head) {
  Conversation row = chat.row;
  if (patch.title && patch.title->empty()) {
    title_anew(chat, row);
  } else if (patch.title) {
    row.title = *patch.title;
    row.title_source = TitleSource::user;
  }
  if (patch.is_archived) row.is_archived = *patch.is_archived;
  if (patch.is_pinned) row.is_pinned = *patch.is_pinned;
  if (patch.is_unread) row.is_unread = *patch.is_unread;
  if (patch.folder) row.folder = *patch.folder;
  if (patch.tags) row.tags = *patch.tags;
  if (patch.model) row.model = *patch.model;
  if (head) row.head_id = head;
  return row;
}

auto editable(const Conversation& row) {
  return std::tie(row.title, row.title_source, row.is_archived, row.is_pinned, row.is_unread,
                  row.folder, row.tags, row.model, row.head_id);
}

}  // namespace

Result<Stored<Conversation>> MemoryStore::create_conversation(const UserId& user,
                                                              const NewConversation& conversation) {
  const Writing writing(*this);
  return create_now(user, conversation);
}

Result<Stored<Conversation>> MemoryStore::create_now(const UserId& user,
                                                     const NewConversation& conversation) {
  if (const Chat* chat = find_chat(user, conversation.id)) {
    const NewConversation& before = chat->created_as;
    const bool is_equal = before.title == conversation.title &&
                          before.model == conversation.model &&
                          before.metadata == conversation.metadata;
    if (is_equal || chat->is_erased) return Stored<Conversation>{chat->row, true};
    return fail(Errc::id_conflict, "The id belongs to a conversation that was made otherwise.");
  }
  auto chat = make_chat(user, conversation, clock_.now_ms());
  if (!chat) return tl::unexpected(chat.error());
  touch(accounts_[user], **chat);
  return Stored<Conversation>{(*chat)->row, false};
}

Result<Conversation> MemoryStore::find_conversation(const UserId& user, const ConversationId& id) {
  const std::lock_guard lock(mutex_);
  const Chat* chat = find_chat(user, id);
  if (chat == nullptr) return fail(Errc::not_found, "There is no such conversation.");
  return chat->row;
}

Result<ConversationPage> MemoryStore::list_conversations(const UserId& user,
                                                         const ConversationFilter& filter,
                                                         const std::optional<ListPlace>& behind,
                                                         int limit) {
  const std::lock_guard lock(mutex_);
  const auto place_of = [](const Conversation& row) { return std::tie(row.updated_at, row.id); };
  std::vector<Conversation> rows;
  for (const Chat& chat : accounts_[user].chats) {
    if (!is_wanted(chat, filter)) continue;
    if (behind && place_of(chat.row) >= std::tie(behind->updated_at, behind->id)) continue;
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

Result<Conversation> MemoryStore::update_conversation(const UserId& user, const ConversationId& id,
                                                      const ConversationPatch& patch,
                                                      std::optional<std::int64_t> if_rev) {
  const Writing writing(*this);
  return update_now(user, id, patch, if_rev);
}

Result<Conversation> MemoryStore::update_now(const UserId& user, const ConversationId& id,
                                             ConversationPatch patch,
                                             std::optional<std::int64_t> if_rev) {
  const auto found = find_live_chat(user, id);
  if (!found) return tl::unexpected(found.error());
  Chat& chat = **found;
  if (if_rev && *if_rev != chat.row.rev) {
    return fail(Errc::precondition_failed, "The conversation has changed since.");
  }
  std::optional<MessageId> head;
  if (patch.head_id) {
    const auto position = chat.find(*patch.head_id);
    if (!position) return fail(Errc::invalid_field, "headId is no message of this conversation.");
    head = chat.at(chat.newest_leaf_below(*position)).message.id;
  }
  keep_latest_edits(patch, chat.edit_times, clock_.now_ms());
  if (!patch.head_id) head.reset();
  Conversation row = patched(chat, patch, head);
  if (editable(row) == editable(chat.row)) return chat.row;
  ++row.rev;
  chat.row = std::move(row);
  touch(accounts_[user], chat);
  return chat.row;
}

Result<Position> MemoryStore::walk_upsert(Account& account, Chat& chat,
                                          const ConversationUpsert& upsert, UnixMs now) {
  for (const UpsertMessage& message : upsert.messages) {
    const auto known = message.id ? account.spot_of.find(*message.id) : account.spot_of.end();
    if (known != account.spot_of.end() && &account.chats[known->second.chat] != &chat) {
      return fail(Errc::id_conflict, "A message id belongs to another conversation.");
    }
  }
  Position at = 0;
  for (const UpsertMessage& message : upsert.messages) {
    const auto& children = chat.children_of(at);
    const auto equal_child = [&](const std::optional<MessageId>& id) {
      return std::find_if(children.rbegin(), children.rend(), [&](Position child) {
        const Message& row = chat.at(child).message;
        return (!id || row.id == *id) && is_same(row, message.role, message.content);
      });
    };
    const bool is_free = message.id && !account.spot_of.contains(*message.id);
    auto child = is_free ? children.rend() : equal_child(message.id);
    if (!is_free && child == children.rend()) child = equal_child(std::nullopt);
    if (child != children.rend()) {
      at = *child;
      continue;
    }
    if (const auto room = check_room(chat, 1); !room) return tl::unexpected(room.error());
    NewMessage fresh;
    fresh.id = is_free ? *message.id : message.fresh_id;
    if (account.spot_of.contains(fresh.id)) {
      return fail(Errc::id_conflict, "A message id is taken.");
    }
    fresh.role = message.role;
    fresh.content = message.content;
    fresh.status = message.status;
    fresh.model = message.model;
    fresh.created_at = message.created_at;
    fresh.metadata = message.metadata;
    at = add(account, chat, at, fresh, now).message.position;
  }
  return at;
}

Result<Stored<Conversation>> MemoryStore::upsert_conversation(const UserId& user,
                                                              const ConversationUpsert& upsert,
                                                              std::optional<std::int64_t> if_rev) {
  const Writing writing(*this);
  const UnixMs now = clock_.now_ms();
  const Chat* found = find_chat(user, upsert.id);
  const bool was_there = found != nullptr;
  if (was_there && found->row.deleted_at) {
    return fail(Errc::conversation_deleted, "The conversation is in the trash.");
  }
  if (if_rev && (!was_there || *if_rev != found->row.rev)) {
    return fail(Errc::precondition_failed, "The conversation has changed since.");
  }
  Account& account = accounts_[user];
  if (!was_there) {
    NewConversation fresh;
    fresh.id = upsert.id;
    fresh.title = upsert.title.value_or("");
    fresh.model = upsert.model.value_or(std::nullopt);
    const auto made = make_chat(user, fresh, now);
    if (!made) return tl::unexpected(made.error());
  }
  Chat& chat = account.chats[account.chat_of.at(upsert.id)];
  Chat before = chat;
  const std::int64_t seq_before = account.seq;
  const auto head = walk_upsert(account, chat, upsert, now);
  if (!head) {
    for (Position added = before.last() + 1; added <= chat.last(); ++added) {
      account.spot_of.erase(chat.at(added).message.id);
    }
    account.seq = seq_before;
    chat = std::move(before);
    if (!was_there) unmake_newest_chat(user);
    return tl::unexpected(head.error());
  }
  const Conversation& old = before.row;
  ConversationPatch patch;
  patch.model = upsert.model;
  if (upsert.title && *upsert.title != old.title) patch.title = upsert.title;
  const auto new_head =
      *head == 0 ? std::optional<MessageId>() : std::optional(chat.at(*head).message.id);
  Conversation row = patched(chat, patch, new_head);
  const bool has_more = chat.last() != before.last();
  if (has_more) row.updated_at = now;
  if (was_there && !has_more && editable(row) == editable(old)) {
    return Stored<Conversation>{chat.row, true};
  }
  if (was_there) ++row.rev;
  patch.head_id = new_head;
  keep_latest_edits(patch, chat.edit_times, now);
  chat.row = std::move(row);
  touch(account, chat);
  return Stored<Conversation>{chat.row, was_there};
}

void MemoryStore::unmake_newest_chat(const UserId& user) {
  Account& account = accounts_[user];
  const ConversationId id = account.chats.back().row.id;
  owner_of_.erase(id);
  account.chat_of.erase(id);
  account.chats.pop_back();
}

void MemoryStore::erase(Chat& chat, UnixMs now) const {
  for (Node& node : chat.nodes) {
    Message& row = node.message;
    row.content = "[]";
    row.metadata = "{}";
    row.usage.reset();
    row.error.reset();
    if (!is_final(row.status)) row.status = MessageStatus::interrupted;
    row.deleted_at = now;
  }
  chat.is_erased = true;
  chat.erased_at = now;
  chat.row.title.clear();
  chat.row.title_source = TitleSource::none;
  chat.row.metadata = "{}";
  chat.row.folder.reset();
  chat.row.tags.clear();
  chat.row.message_count = 0;
  chat.row.head_id.reset();
}

Result<Conversation> MemoryStore::delete_conversation(const UserId& user, const ConversationId& id,
                                                      Erase erase_when) {
  const Writing writing(*this);
  return delete_now(user, id, erase_when);
}

Result<Conversation> MemoryStore::delete_now(const UserId& user, const ConversationId& id,
                                             Erase erase_when) {
  Chat* chat = find_chat(user, id);
  if (chat == nullptr) return fail(Errc::not_found, "There is no such conversation.");
  const bool is_erasing = erase_when == Erase::now && !chat->is_erased;
  if (chat->row.deleted_at && !is_erasing) return chat->row;
  const UnixMs now = clock_.now_ms();
  if (!chat->row.deleted_at) chat->row.deleted_at = now;
  if (is_erasing) erase(*chat, now);
  touch(accounts_[user], *chat);
  return chat->row;
}

Result<Conversation> MemoryStore::restore_conversation(const UserId& user,
                                                       const ConversationId& id) {
  const Writing writing(*this);
  return restore_now(user, id);
}

Result<Conversation> MemoryStore::restore_now(const UserId& user, const ConversationId& id) {
  Chat* chat = find_chat(user, id);
  if (chat == nullptr || chat->is_erased) {
    return fail(Errc::not_found, "There is no such conversation.");
  }
  if (!chat->row.deleted_at) return chat->row;
  chat->row.deleted_at.reset();
  touch(accounts_[user], *chat);
  return chat->row;
}

}  // namespace threadkeep::memory
