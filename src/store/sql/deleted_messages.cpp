// Deleting messages of a conversation, and bringing them back.
#include <algorithm>
#include <string>

#include "domain/refusals.h"
#include "domain/title.h"
#include "store/operation_rules.h"
#include "store/sql/aggregates.h"
#include "store/sql/answer_parts.h"
#include "store/sql/operations.h"
#include "store/sql/terms.h"

namespace threadkeep::sql {
namespace {

// What decides whether a message is changed, and what it becomes.
struct Chosen {
  std::int64_t key = 0;
  Message value;  // status, deleted_at and is_erased alone
  UnixMs edited_at = 0;
  UnixMs edited_before = 0;
  DeletionChange change = DeletionChange::none;
};

const std::string read_chosen_sql =
    "SELECT key, status, deleted_at, state, deletion_edited_at FROM messages WHERE key BETWEEN $1 "
    "AND $2 ORDER BY key";

void read_chosen(Transaction& transaction, const ConversationRow& row, const Run& run,
                 std::vector<Chosen>& chosen) {
  Query query(transaction.connection, read_chosen_sql, message_key(row.key, run.first),
              message_key(row.key, run.last));
  while (query.next()) {
    Chosen& each = chosen.emplace_back();
    each.key = query.integer(0);
    each.value.position = position_of_message(each.key);
    each.value.status = static_cast<MessageStatus>(query.integer(1));
    each.value.deleted_at = query.optional_integer(2);
    each.value.is_erased = query.integer(3) >= static_cast<int>(MessageState::erased);
    each.edited_at = query.integer(4);
    each.edited_before = each.edited_at;
  }
}

// By position.
std::vector<Chosen> find_chosen(Transaction& transaction, const ConversationRow& row,
                                const ChosenMessages& messages) {
  std::vector<Chosen> chosen;
  if (const auto* branch = std::get_if<Branch>(&messages)) {
    const auto root = find_position(transaction, row, branch->root);
    if (!root) return chosen;
    const Jumps jumps(transaction.connection, row);
    for (const Run& run : TreeShape(jumps, row.last).branch_of(*root))
      read_chosen(transaction, row, run, chosen);
    return chosen;
  }
  std::vector<Position> positions;
  for (const MessageId& id : std::get<std::vector<MessageId>>(messages)) {
    if (const auto position = find_position(transaction, row, id)) positions.push_back(*position);
  }
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  for (const Position position : positions)
    read_chosen(transaction, row, {position, position}, chosen);
  return chosen;
}

// What an answer has so far becomes the content of its row.
void end_answer(Transaction& transaction, std::int64_t key) {
  if (const auto content = load_answer_content(transaction.connection, key)) {
    Query(transaction.connection, "UPDATE messages SET content = $2 WHERE key = $1", key, *content)
        .run();
  }
  Query(transaction.connection, "UPDATE messages SET status = $2 WHERE key = $1", key,
        static_cast<int>(MessageStatus::cancelled))
      .run();
  delete_answer_parts(transaction, key, key);
}

void erase_row(Transaction& transaction, std::int64_t key) {
  Message erased;
  erase_words(erased, transaction.now);
  Query(transaction.connection,
        "UPDATE messages SET content = $2, metadata = $3, usage = $4, error = $5 WHERE key = $1",
        key, erased.content, erased.metadata, erased.usage, erased.error)
      .run();
  delete_answer_parts(transaction, key, key);
  transaction.has_erased = true;
}

void write_change(Transaction& transaction, const Chosen& chosen, MessageStatus status_before,
                  SeqRange& numbers) {
  if (!is_final(status_before)) end_answer(transaction, chosen.key);
  if (chosen.change == DeletionChange::erase) erase_row(transaction, chosen.key);
  const MessageState state = chosen.change == DeletionChange::restore ? MessageState::live
                             : chosen.change == DeletionChange::erase ? MessageState::erased
                                                                      : MessageState::trash;
  const std::int64_t seq = numbers.take();
  Query(transaction.connection,
        "UPDATE messages SET seq = $2, seq_rest = $3, state = $4, deleted_at = $5 WHERE key = $1",
        chosen.key, seq, numbers.rest(), static_cast<int>(state), chosen.value.deleted_at)
      .run();
}

void note_edits(Transaction& transaction, const std::vector<Chosen>& chosen) {
  for (const Chosen& each : chosen) {
    // Also where nothing changes: an earlier wish must not win any more.
    if (each.edited_at == each.edited_before) continue;
    Query(transaction.connection, "UPDATE messages SET deletion_edited_at = $2 WHERE key = $1",
          each.key, each.edited_at)
        .run();
  }
}

// Changes the messages, and what of the conversation follows from them but the head. Returns the
// first position that has changed; 0: nothing has.
template <class Operation>
Position make_changes(Transaction& transaction, ConversationRow& row, const Operation& operation,
                      std::vector<Chosen>& chosen) {
  for (Chosen& each : chosen)
    each.change = change_of(operation, each.value, each.edited_at, transaction.now);
  note_edits(transaction, chosen);
  std::erase_if(chosen, [](const Chosen& each) { return each.change == DeletionChange::none; });
  if (chosen.empty()) return 0;
  const auto count = static_cast<std::int64_t>(chosen.size());
  SeqRange numbers = take_seq(transaction, row.user(), count + 1);
  for (Chosen& each : chosen) {
    const bool was_live = !each.value.deleted_at;
    const MessageStatus status_before = each.value.status;
    apply(each.change, each.value, transaction.now);
    write_change(transaction, each, status_before, numbers);
    row.value.message_count += (each.value.deleted_at ? 0 : 1) - (was_live ? 1 : 0);
  }
  row.value.seq = numbers.take();
  forget_excerpt(row.value);
  title_anew(transaction, row);
  return chosen.front().value.position;
}

void write_row(Transaction& transaction, ConversationRow& row, Position head) {
  if (head != row.head) {
    row.head = head;
    row.value.head_id.reset();
    if (head != 0) row.value.head_id = find_message_id(transaction, message_key(row.key, head));
    Query(transaction.connection, "UPDATE conversations SET head_edited_at = $2 WHERE key = $1",
          row.key, transaction.now)
        .run();
  }
  update_conversation_row(transaction, row);
}

}  // namespace

bool erase_trashed_message(Transaction& transaction, std::int64_t key, UnixMs due,
                           std::int64_t seq) {
  Query query(transaction.connection,
              "UPDATE messages SET seq = $2, seq_rest = 0, state = $3 WHERE key = $1 AND " +
                  term::is_message_in_trash + " AND deleted_at <= $4 RETURNING key",
              key, seq, static_cast<int>(MessageState::erased), due);
  const bool is_due = query.next();
  query.run();
  if (is_due) erase_row(transaction, key);
  return is_due;
}

Result<Conversation> SqlMessages::run(const UserId& user, const DeleteMessages& deletion) {
  auto row = find_live_conversation(transaction_, user, deletion.conversation_id);
  if (!row) return tl::unexpected(row.error());
  auto chosen = find_chosen(transaction_, *row, deletion.chosen);
  if (chosen.empty()) return refusal::no_message();
  if (make_changes(transaction_, *row, deletion, chosen) == 0) return std::move(row->value);
  const ShownTree tree(transaction_, *row);
  const bool stays = row->head == 0 || tree->is_live(row->head);
  write_row(transaction_, *row, stays ? row->head : tree->shown_leaf(row->head));
  return std::move(row->value);
}

Result<Conversation> SqlMessages::run(const UserId& user, const RestoreMessages& restore) {
  auto row = find_live_conversation(transaction_, user, restore.conversation_id);
  if (!row) return tl::unexpected(row.error());
  auto chosen = find_chosen(transaction_, *row, restore.chosen);
  if (chosen.empty()) return refusal::no_message();
  if (std::holds_alternative<Branch>(restore.chosen)) {
    const auto together = chosen.front().value.deleted_at;
    std::erase_if(chosen, [&](const Chosen& each) {
      return !each.value.deleted_at || each.value.deleted_at != together;
    });
  }
  const Position first = make_changes(transaction_, *row, restore, chosen);
  if (first == 0) return std::move(row->value);
  const ShownTree tree(transaction_, *row);
  const bool is_above = tree->shape().is_on_path(first, row->head);
  write_row(transaction_, *row, is_above ? row->head : tree->shown_leaf(first));
  return std::move(row->value);
}

}  // namespace threadkeep::sql
