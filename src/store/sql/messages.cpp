#include "domain/refusals.h"
#include "store/sql/aggregates.h"
#include "store/sql/operations.h"

namespace threadkeep::sql {

Result<Parent> find_parent(Transaction& transaction, const ConversationRow& row,
                           const NewMessage& message) {
  if (std::holds_alternative<AsRoot>(message.place)) return Parent{};
  if (std::holds_alternative<UnderHead>(message.place)) return Parent{row.head, row.value.head_id};
  const MessageId& parent = std::get<MessageId>(message.place);
  if (parent == message.id) {
    return refusal::own_parent();
  }
  if (parent == row.value.head_id) return Parent{row.head, parent};
  const auto key = find_message_key(transaction, row.user(), parent);
  if (!key) return refusal::no_parent();
  if (conversation_of_message(*key) != row.key) {
    return refusal::parent_of_other_conversation();
  }
  return Parent{position_of_message(*key), parent};
}

Result<Stored<Message>> SqlMessages::run(const UserId& user, const NewMessage& message) {
  auto row = find_conversation_row(transaction_, user, message.conversation_id);
  if (!row) return refusal::no_conversation();
  const auto known = find_message_key(transaction_, row->user(), message.id);
  const bool is_here = known && conversation_of_message(*known) == row->key;
  // A retry whose first answer was lost on its way: also in the trash it is there.
  if (is_here && row->state != State::erased &&
      (is_erased_message(transaction_, *known) ||
       is_same_message(transaction_, *known, {message.role, message.content}))) {
    return Stored<Message>{load_message(transaction_, *row, position_of_message(*known)), true};
  }
  if (row->state != State::live) return refusal::deleted(row->value);
  if (known) return refusal::message_made_otherwise();
  const auto parent = find_parent(transaction_, *row, message);
  if (!parent) return tl::unexpected(parent.error());
  if (const auto room = check_room(transaction_, *row, 1); !room) {
    return tl::unexpected(room.error());
  }
  // One number for the message and one for its conversation, which comes last.
  Adder adder(transaction_, *row, take_seq(transaction_, row->user(), 2));
  Stored<Message> stored{adder.add(parent->position, parent->id, message), false};
  row->head = stored.value.position;
  row->value.head_id = stored.value.id;
  row->value.updated_at = transaction_.now;
  row->value.seq = adder.next_seq();
  update_conversation_head(transaction_, *row);
  return stored;
}

Result<Message> SqlMessages::find(const UserId& user, const MessageId& id) const {
  const auto number = find_user(transaction_, user);
  const auto key = number ? find_message_key(transaction_, *number, id) : std::nullopt;
  if (key) {
    const std::int64_t conversation = conversation_of_message(*key);
    auto row = load_conversation(transaction_, conversation);
    // What is in the trash can still be read; of what was erased nothing is told.
    if (row.state != State::erased) {
      return load_message(transaction_, row, position_of_message(*key));
    }
  }
  return refusal::no_message();
}

}  // namespace threadkeep::sql
