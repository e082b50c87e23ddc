#include <tuple>

#include "store/sql/aggregates.h"
#include "store/sql/answer_parts.h"
#include "store/sql/operations.h"

namespace threadkeep::sql {
namespace {

// Gives the title back to the program: as if it had never been written by hand.
void title_anew(Transaction& transaction, ConversationRow& row) {
  row.value.title.clear();
  row.value.title_source = TitleSource::none;
  // One by one: the first is nearly always it.
  std::int64_t behind = message_key(row.key, 0);
  while (row.value.title_source == TitleSource::none) {
    Query question(transaction.connection,
                   "SELECT key, content FROM messages WHERE key > $1 AND key <= $2 AND role = 0 "
                   "ORDER BY key LIMIT 1",
                   behind, message_key(row.key, row.last));
    if (!question.next()) return;
    behind = question.integer(0);
    title_by(row.value, Role::user, question.text(1));
  }
}

auto editable(const Conversation& row) {
  return std::tie(row.title, row.title_source, row.is_archived, row.is_pinned, row.is_unread,
                  row.folder, row.tags, row.model, row.head_id);
}

}  // namespace

void erase_bodies(Transaction& transaction, ConversationRow& row) {
  Query(transaction.connection,
        "UPDATE messages SET content = '[]', metadata = '{}', usage = NULL, error = NULL, status = "
        "CASE WHEN status IN (1, 2) THEN 4 ELSE status END, deleted_at = $1 WHERE key BETWEEN $2 "
        "AND $3",
        transaction.now, message_key(row.key, 1), message_key(row.key, row.last))
      .run();
  delete_answer_parts(transaction, message_key(row.key, 1), message_key(row.key, row.last));
  Query(transaction.connection,
        "UPDATE conversations SET created_as = $2, erased_at = $3 WHERE key = $1", row.key,
        Bytes{""}, transaction.now)
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

Result<Stored<Conversation>> SqlConversations::run(const UserId& user,
                                                   const NewConversation& conversation) {
  if (auto row = find_conversation_row(transaction_, user, conversation.id)) {
    if (row->state == State::erased || is_created_as(transaction_, *row, conversation)) {
      return Stored<Conversation>{std::move(row->value), true};
    }
    return fail(Errc::id_conflict, "The id belongs to a conversation that was made otherwise.");
  }
  auto row = make_conversation(transaction_, user, conversation);
  if (!row) return tl::unexpected(row.error());
  row->value.seq = take_seq(transaction_, row->user(), 1).take();
  insert_conversation(transaction_, *row, conversation);
  return Stored<Conversation>{std::move(row->value), false};
}

Result<Conversation> SqlConversations::find(const UserId& user, const ConversationId& id) const {
  auto row = find_conversation_row(transaction_, user, id);
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
  if (patch.is_unread) value.is_unread = *patch.is_unread;
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

Result<Conversation> SqlConversations::run(const UserId& user, const EditConversation& edit) {
  const auto before = find_live_conversation(transaction_, user, edit.id);
  if (!before) return tl::unexpected(before.error());
  if (edit.if_rev && *edit.if_rev != before->value.rev) {
    return fail(Errc::precondition_failed, "The conversation has changed since.");
  }
  ConversationPatch patch = edit.patch;
  std::optional<Position> position;
  if (patch.head_id) {
    position = find_position(transaction_, *before, *patch.head_id);
    if (!position) return fail(Errc::invalid_field, "headId is no message of this conversation.");
  }
  const EditTimes times_before = load_edit_times(transaction_, before->key);
  EditTimes times = times_before;
  keep_latest_edits(patch, times, transaction_.now);
  std::optional<Parent> head;
  if (patch.head_id) {
    const Jumps jumps(transaction_.connection, *before);
    head.emplace();
    head->position = TreeShape(jumps, before->last).newest_leaf_below(*position);
    head->id = find_message_id(transaction_, message_key(before->key, head->position));
  }
  ConversationRow row = patched(transaction_, *before, patch, head);
  // Also of a field that keeps its value: an earlier edit must not change it any more.
  if (times != times_before) save_edit_times(transaction_, row.key, times);
  if (!differ_in_editable(row.value, before->value)) return std::move(row.value);
  ++row.value.rev;
  row.value.seq = take_seq(transaction_, row.user(), 1).take();
  update_conversation_row(transaction_, row);
  if (row.value.tags != before->value.tags) replace_tags(transaction_, row);
  return std::move(row.value);
}

Result<Conversation> SqlConversations::run(const UserId& user, const DeleteConversation& deletion) {
  auto row = find_conversation_row(transaction_, user, deletion.id);
  if (!row) return fail(Errc::not_found, "There is no such conversation.");
  const bool is_erasing = deletion.erase == Erase::now && row->state != State::erased;
  if (row->state != State::live && !is_erasing) return std::move(row->value);
  if (row->state == State::live) row->value.deleted_at = transaction_.now;
  row->value.seq = take_seq(transaction_, row->user(), 1).take();
  row->state = State::trash;
  if (is_erasing) erase_bodies(transaction_, *row);
  update_conversation_row(transaction_, *row);
  return std::move(row->value);
}

Result<Conversation> SqlConversations::run(const UserId& user, const RestoreConversation& restore) {
  auto row = find_conversation_row(transaction_, user, restore.id);
  if (!row || row->state == State::erased) {
    return fail(Errc::not_found, "There is no such conversation.");
  }
  if (row->state == State::live) return std::move(row->value);
  row->state = State::live;
  row->value.deleted_at.reset();
  row->value.seq = take_seq(transaction_, row->user(), 1).take();
  update_conversation_row(transaction_, *row);
  return std::move(row->value);
}

}  // namespace threadkeep::sql
