#include <algorithm>
#include <tuple>

#include "domain/content.h"
#include "domain/title.h"
#include "store/memory/memory_aggregates.h"

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

Result<Stored<Conversation>> MemoryConversations::run(const UserId& user,
                                                      const NewConversation& conversation) {
  ++state_.transaction;
  if (const Chat* chat = state_.find_chat(user, conversation.id)) {
    const NewConversation& before = chat->created_as;
    const bool is_equal = before.title == conversation.title &&
                          before.model == conversation.model &&
                          before.metadata == conversation.metadata;
    if (is_equal || chat->is_erased) return Stored<Conversation>{chat->row, true};
    return fail(Errc::id_conflict, "The id belongs to a conversation that was made otherwise.");
  }
  auto chat = state_.make_chat(user, conversation);
  if (!chat) return tl::unexpected(chat.error());
  state_.touch(state_.accounts[user], **chat);
  return Stored<Conversation>{(*chat)->row, false};
}

Result<Conversation> MemoryConversations::find(const UserId& user, const ConversationId& id) const {
  const Chat* chat = state_.find_chat(user, id);
  if (chat == nullptr) return fail(Errc::not_found, "There is no such conversation.");
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
    return fail(Errc::precondition_failed, "The conversation has changed since.");
  }
  ConversationPatch patch = edit.patch;
  std::optional<MessageId> head;
  if (patch.head_id) {
    const auto position = chat.find(*patch.head_id);
    if (!position) return fail(Errc::invalid_field, "headId is no message of this conversation.");
    head = chat.at(chat.newest_leaf_below(*position)).message.id;
  }
  keep_latest_edits(patch, chat.edit_times, state_.now);
  if (!patch.head_id) head.reset();
  Conversation row = patched(chat, patch, head);
  if (editable(row) == editable(chat.row)) return chat.row;
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
    if (const auto room = state_.check_room(chat, 1); !room) return tl::unexpected(room.error());
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
    at = state_.add(account, chat, at, fresh).message.position;
  }
  return at;
}

Result<Stored<Conversation>> MemoryConversations::run(const UserId& user,
                                                      const ConversationUpsert& upsert) {
  ++state_.transaction;
  const UnixMs now = state_.now;
  const Chat* found = state_.find_chat(user, upsert.id);
  const bool was_there = found != nullptr;
  if (was_there && found->row.deleted_at) {
    return fail(Errc::conversation_deleted, "The conversation is in the trash.");
  }
  if (upsert.if_rev && (!was_there || *upsert.if_rev != found->row.rev)) {
    return fail(Errc::precondition_failed, "The conversation has changed since.");
  }
  Account& account = state_.accounts[user];
  if (!was_there) {
    NewConversation fresh;
    fresh.id = upsert.id;
    fresh.title = upsert.title.value_or("");
    fresh.model = upsert.model.value_or(std::nullopt);
    const auto made = state_.make_chat(user, fresh);
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
  state_.touch(account, chat);
  return Stored<Conversation>{chat.row, was_there};
}

Result<Conversation> MemoryConversations::run(const UserId& user,
                                              const DeleteConversation& deletion) {
  ++state_.transaction;
  Chat* chat = state_.find_chat(user, deletion.id);
  if (chat == nullptr) return fail(Errc::not_found, "There is no such conversation.");
  const bool is_erasing = deletion.erase == Erase::now && !chat->is_erased;
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
  if (chat == nullptr || chat->is_erased) {
    return fail(Errc::not_found, "There is no such conversation.");
  }
  if (!chat->row.deleted_at) return chat->row;
  chat->row.deleted_at.reset();
  state_.touch(state_.accounts[user], *chat);
  return chat->row;
}

}  // namespace threadkeep::memory
