#include <tuple>

#include "store/sql/operations.h"

namespace threadkeep::sql {
namespace {

// Gives the title back to the program: as if it had never been written by hand.
void title_anew(Transaction& transaction, ConversationRow& row) {
  row.value.title.clear();
  row.value.title_source = TitleSource::none;
  Query questions(transaction.connection,
                  "SELECT content FROM messages WHERE key BETWEEN $1 AND $2 AND role = 0 ORDER BY "
                  "key",
                  message_key(row.key, 1), message_key(row.key, row.last));
  while (row.value.title_source == TitleSource::none && questions.next()) {
    title_by(row.value, Role::user, questions.text(0));
  }
}

auto editable(const Conversation& row) {
  return std::tie(row.title, row.title_source, row.is_archived, row.is_pinned, row.folder, row.tags,
                  row.model, row.head_id);
}

// Overwrites every word of the conversation; the ids stay, so that nothing can be made twice. The
// messages take their numbers of the commit sequence in the order of their positions.
void erase_bodies(Transaction& transaction, ConversationRow& row, std::int64_t first_seq) {
  Query(transaction.connection,
        "UPDATE messages SET content = '[]', metadata = '{}', usage = NULL, error = NULL, status = "
        "CASE WHEN status IN (1, 2) THEN 4 ELSE status END, deleted_at = $1, seq = key - $2 + $3 "
        "WHERE key BETWEEN $2 AND $4",
        transaction.now, message_key(row.key, 1), first_seq, message_key(row.key, row.last))
      .run();
  Query(transaction.connection, "UPDATE conversations SET created_as = $2 WHERE key = $1", row.key,
        Bytes{""})
      .run();
  transaction.has_erased = true;
  row.state = State::erased;
  row.head = 0;
  Conversation& value = row.value;
  value.title.clear();
  value.title_source = TitleSource::none;
  value.metadata = "{}";
  value.folder.reset();
  value.tags.clear();
  value.message_count = 0;
  value.head_id.reset();
  replace_tags(transaction, row);
}

}  // namespace

Result<Stored<Conversation>> create_conversation(Transaction& transaction, const UserId& user,
                                                 const NewConversation& conversation) {
  if (auto row = find_conversation_row(transaction, user, conversation.id)) {
    if (row->state == State::erased || is_created_as(transaction, *row, conversation)) {
      return Stored<Conversation>{std::move(row->value), true};
    }
    return fail(Errc::id_conflict, "The id belongs to a conversation that was made otherwise.");
  }
  auto row = make_conversation(transaction, user, conversation);
  if (!row) return tl::unexpected(row.error());
  row->value.seq = take_seq(transaction, row->user(), 1);
  insert_conversation(transaction, *row, conversation);
  return Stored<Conversation>{std::move(row->value), false};
}

Result<Conversation> find_conversation(Transaction& transaction, const UserId& user,
                                       const ConversationId& id) {
  auto row = find_conversation_row(transaction, user, id);
  if (!row) return fail(Errc::not_found, "There is no such conversation.");
  return std::move(row->value);
}

ConversationRow patched(Transaction& transaction, const ConversationRow& row,
                        const ConversationPatch& patch, const std::optional<Parent>& head) {
  ConversationRow result = row;
  Conversation& value = result.value;
  if (patch.title && patch.title->empty()) {
    title_anew(transaction, result);
  } else if (patch.title) {
    value.title = *patch.title;
    value.title_source = TitleSource::user;
  }
  if (patch.is_archived) value.is_archived = *patch.is_archived;
  if (patch.is_pinned) value.is_pinned = *patch.is_pinned;
  if (patch.folder) value.folder = *patch.folder;
  if (patch.tags) value.tags = *patch.tags;
  if (patch.model) value.model = *patch.model;
  if (head) {
    result.head = head->position;
    value.head_id = head->id;
  }
  return result;
}

bool differ_in_editable(const Conversation& a, const Conversation& b) {
  return editable(a) != editable(b);
}

Result<Conversation> update_conversation(Transaction& transaction, const UserId& user,
                                         const ConversationId& id, const ConversationPatch& patch,
                                         std::optional<std::int64_t> if_rev) {
  const auto before = find_live_conversation(transaction, user, id);
  if (!before) return tl::unexpected(before.error());
  if (if_rev && *if_rev != before->value.rev) {
    return fail(Errc::precondition_failed, "The conversation has changed since.");
  }
  std::optional<Parent> head;
  if (patch.head_id) {
    const auto position = find_position(transaction, *before, *patch.head_id);
    if (!position) return fail(Errc::invalid_field, "headId is no message of this conversation.");
    const Jumps jumps(transaction.connection, *before);
    head.emplace();
    head->position = TreeShape(jumps, before->last).newest_leaf_below(*position);
    head->id = find_message_id(transaction, message_key(before->key, head->position));
  }
  ConversationRow row = patched(transaction, *before, patch, head);
  if (!differ_in_editable(row.value, before->value)) return std::move(row.value);
  ++row.value.rev;
  row.value.seq = take_seq(transaction, row.user(), 1);
  update_conversation_row(transaction, row);
  if (row.value.tags != before->value.tags) replace_tags(transaction, row);
  return std::move(row.value);
}

Result<Conversation> delete_conversation(Transaction& transaction, const UserId& user,
                                         const ConversationId& id, Store::Erase erase) {
  auto row = find_conversation_row(transaction, user, id);
  if (!row) return fail(Errc::not_found, "There is no such conversation.");
  const bool is_erasing = erase == Store::Erase::now && row->state != State::erased;
  if (row->state != State::live && !is_erasing) return std::move(row->value);
  if (row->state == State::live) row->value.deleted_at = transaction.now;
  const std::int64_t messages = is_erasing ? row->last : 0;
  const std::int64_t first_seq = take_seq(transaction, row->user(), messages + 1);
  row->state = State::trash;
  if (is_erasing) erase_bodies(transaction, *row, first_seq);
  row->value.seq = first_seq + messages;
  update_conversation_row(transaction, *row);
  return std::move(row->value);
}

Result<Conversation> restore_conversation(Transaction& transaction, const UserId& user,
                                          const ConversationId& id) {
  auto row = find_conversation_row(transaction, user, id);
  if (!row || row->state == State::erased) {
    return fail(Errc::not_found, "There is no such conversation.");
  }
  if (row->state == State::live) return std::move(row->value);
  row->state = State::live;
  row->value.deleted_at.reset();
  row->value.seq = take_seq(transaction, row->user(), 1);
  update_conversation_row(transaction, *row);
  return std::move(row->value);
}

}  // namespace threadkeep::sql
