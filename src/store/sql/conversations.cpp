#include "domain/refusals.h"
#include "domain/title.h"
#include "store/sql/aggregates.h"
#include "store/sql/answer_parts.h"
#include "store/sql/operations.h"
#include "store/sql/terms.h"

namespace threadkeep::sql {

void title_anew(Transaction& transaction, ConversationRow& row) {
  // One by one: the first is nearly always it.
  std::int64_t after = message_key(row.key, 0);
  while (is_untitled(row.value)) {
    Query question(transaction.connection,
                   "SELECT key, content FROM messages WHERE key > $1 AND key <= $2 AND role = $3 "
                   "AND deleted_at IS NULL ORDER BY key LIMIT 1",
                   after, message_key(row.key, row.last), static_cast<int>(Role::user));
    if (!question.next()) return;
    after = question.integer(0);
    title_by(row.value, {Role::user, question.text(1)});
  }
}

void erase_bodies(Transaction& transaction, ConversationRow& row) {
  Message erased;
  erase_words(erased, transaction.now);
  Query(transaction.connection,
        "UPDATE messages SET content = $3, metadata = $4, usage = $5, error = $6, status = CASE "
        "WHEN " +
            term::is_unfinished +
            " THEN $7 ELSE status END, deleted_at = coalesce(deleted_at, $8), state = $9 WHERE key "
            "BETWEEN $1 AND $2",
        message_key(row.key, 1), message_key(row.key, row.last), erased.content, erased.metadata,
        erased.usage, erased.error, static_cast<int>(MessageStatus::interrupted), erased.deleted_at,
        static_cast<int>(MessageState::erased_with_all))
      .run();
  delete_answer_parts(transaction, message_key(row.key, 1), message_key(row.key, row.last));
  // The hash goes too: whoever guesses the words could see by it that they were there.
  Query(transaction.connection,
        "UPDATE conversations SET created_as = $2, erased_at = $3 WHERE key = $1", row.key,
        Bytes{""}, transaction.now)
      .run();
  transaction.has_erased = true;
  row.state = State::erased;
  row.head = 0;
  erase_words(row.value);
  replace_tags(transaction, row);
}

Result<Stored<Conversation>> SqlConversations::run(const UserId& user,
                                                   const NewConversation& conversation) {
  // Made again after it was erased, it stays erased: the retry of an old device must not bring it
  // back.
  if (auto row = find_conversation_row(transaction_, user, conversation.id)) {
    if (row->state == State::erased || is_created_as(transaction_, *row, conversation)) {
      return Stored<Conversation>{std::move(row->value), true};
    }
    return refusal::conversation_made_otherwise();
  }
  auto row = make_conversation(transaction_, user, conversation);
  if (!row) return tl::unexpected(row.error());
  row->value.seq = take_seq(transaction_, row->user(), 1).take();
  insert_conversation(transaction_, *row, conversation);
  return Stored<Conversation>{std::move(row->value), false};
}

Result<Conversation> SqlConversations::find(const UserId& user, const ConversationId& id) const {
  auto row = find_conversation_row(transaction_, user, id);
  if (!row) return refusal::no_conversation();
  return std::move(row->value);
}

ConversationRow patched(Transaction& transaction, const ConversationRow& row,
                        const ConversationPatch& patch, Position head) {
  ConversationRow result = row;
  apply(patch, result.value);
  if (patch.title) title_anew(transaction, result);
  if (patch.head_id) result.head = head;
  return result;
}

Result<Conversation> SqlConversations::run(const UserId& user, const EditConversation& edit) {
  const auto before = find_live_conversation(transaction_, user, edit.id);
  if (!before) return tl::unexpected(before.error());
  if (edit.if_rev && *edit.if_rev != before->value.rev) {
    return refusal::changed_since();
  }
  ConversationPatch patch = edit.patch;
  std::optional<Position> position;
  if (patch.head_id) {
    position = find_position(transaction_, *before, *patch.head_id);
    if (!position) return refusal::not_of_conversation("headId");
    if (before->value.message_count == 0) patch.head_id.reset();  // nothing can be shown
  }
  const EditTimes times_before = load_edit_times(transaction_, before->key);
  EditTimes times = times_before;
  keep_latest_edits(patch, times, transaction_.now);
  Position head = 0;
  if (patch.head_id) {
    // Whoever chooses a branch wants its newest message.
    head = ShownTree(transaction_, *before)->shown_leaf(*position);
    patch.head_id = find_message_id(transaction_, message_key(before->key, head));
  }
  ConversationRow row = patched(transaction_, *before, patch, head);
  // Also of a field that keeps its value: an earlier edit must not change it any more.
  if (times != times_before) save_edit_times(transaction_, row.key, times);
  // Nothing that a device could see: it takes no number, and no device is woken.
  if (!differ_in_editable(row.value, before->value)) return std::move(row.value);
  ++row.value.rev;
  row.value.seq = take_seq(transaction_, row.user(), 1).take();
  update_conversation_row(transaction_, row);
  if (row.value.tags != before->value.tags) replace_tags(transaction_, row);
  return std::move(row.value);
}

Result<Conversation> SqlConversations::run(const UserId& user, const DeleteConversation& deletion) {
  auto row = find_conversation_row(transaction_, user, deletion.id);
  if (!row) return refusal::no_conversation();
  const bool is_erasing = deletion.erase == Erase::now && row->state != State::erased;
  // A retry; its first call did all of it.
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
    return refusal::no_conversation();
  }
  if (row->state == State::live) return std::move(row->value);
  row->state = State::live;
  row->value.deleted_at.reset();
  row->value.seq = take_seq(transaction_, row->user(), 1).take();
  update_conversation_row(transaction_, *row);
  return std::move(row->value);
}

}  // namespace threadkeep::sql
