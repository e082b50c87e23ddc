#include <algorithm>
#include <map>

#include "domain/refusals.h"
#include "store/operation_rules.h"
#include "store/sql/aggregates.h"
#include "store/sql/operations.h"

namespace threadkeep::sql {
namespace {

// The positions of the messages of the source that are here already, by id.
using Here = std::map<MessageId, Position>;

// Whether every message has its place, before anything is written. Fails: id_conflict,
// invalid_field, too_large. Returns how many are new.
Result<std::int64_t> check(Transaction& transaction, const ConversationRow& row,
                           const ConversationMerge& merge, Here& here) {
  constexpr Position to_come = 0;
  std::int64_t fresh = 0;
  const auto is_here = [&](const MessageId& id) {
    if (here.contains(id)) return true;
    const auto position = find_position(transaction, row, id);
    if (position) here[id] = *position;
    return position.has_value();
  };
  for (const NewMessage& message : merge.messages) {
    const bool is_known = is_here(message.id);
    if (!is_known && find_message_key(transaction, row.user(), message.id)) {
      return refusal::message_of_other_conversation();
    }
    const auto* parent = std::get_if<MessageId>(&message.place);
    const bool is_root = std::holds_alternative<AsRoot>(message.place);
    // A message that is its own parent is not here yet when its parent is looked for.
    if (!is_root && (parent == nullptr || !is_here(*parent))) {
      return refusal::answers_none_before();
    }
    if (is_known) continue;
    here[message.id] = to_come;
    ++fresh;
  }
  if (merge.conversation.head_id && !is_here(*merge.conversation.head_id)) {
    return refusal::not_of_conversation("headId");
  }
  if (const auto room = check_room(transaction, row, fresh); !room) {
    return tl::unexpected(room.error());
  }
  return fresh;
}

// How many of the source's messages were deleted here.
std::int64_t count_deleted(Transaction& transaction, const ConversationRow& row,
                           const ConversationMerge& merge, const Here& here) {
  const std::vector<Position> deleted = find_deleted(transaction, row);
  return std::count_if(merge.messages.begin(), merge.messages.end(), [&](const auto& message) {
    return std::binary_search(deleted.begin(), deleted.end(), here.at(message.id));
  });
}

// The head goes forward with the source, and stays where the user went on another way.
void move_head(Transaction& transaction, ConversationRow& row, const ConversationMerge& merge,
               const Here& here) {
  if (merge.messages.empty()) return;
  const MessageId& tip = tip_of(merge);
  const Position position = here.at(tip);
  const ShownTree tree(transaction, row);
  const bool is_live = tree->is_live(position);
  if (row.head != 0 && !(is_live && tree->shape().is_on_path(row.head, position))) return;
  row.head = is_live ? position : tree->shown_leaf(position);
  row.value.head_id = find_message_id(transaction, message_key(row.key, row.head));
  Query(transaction.connection, "UPDATE conversations SET head_edited_at = $2 WHERE key = $1",
        row.key, transaction.now)
      .run();
}

}  // namespace

Result<Merged> SqlConversations::run(const UserId& user, const ConversationMerge& merge) {
  const Conversation& source = merge.conversation;
  const NewConversation created_as = creation_of(source);
  Merged merged;
  ConversationRow row;
  if (auto found = find_conversation_row(transaction_, user, source.id)) {
    merged.conversation_was_there = true;
    merged.is_in_trash = found->state != State::live;
    merged.is_erased = found->state == State::erased;
    if (merged.is_in_trash) return merged;
    row = std::move(*found);
  } else {
    auto made = make_conversation(transaction_, user, created_as);
    if (!made) return tl::unexpected(made.error());
    row = std::move(*made);
    take_over(row.value, source);
  }
  Here here;
  const auto fresh = check(transaction_, row, merge, here);
  if (!fresh) return tl::unexpected(fresh.error());
  merged.messages_added = *fresh;
  merged.messages_already_here = static_cast<std::int64_t>(merge.messages.size()) - *fresh;
  if (row.has_deleted()) merged.messages_deleted = count_deleted(transaction_, row, merge, here);
  if (merged.conversation_was_there && *fresh == 0) return merged;

  Adder adder(transaction_, row, take_seq(transaction_, row.user(), *fresh + 1));
  for (const NewMessage& message : merge.messages) {
    Position& position = here.at(message.id);
    if (position != 0) continue;
    Parent parent;
    if (const auto* id = std::get_if<MessageId>(&message.place)) parent = {here.at(*id), *id};
    position = adder.add(parent.position, parent.id, message).position;
  }
  move_head(transaction_, row, merge, here);
  // An old conversation that comes in again must not leave its place in the list.
  row.value.updated_at = std::max(row.value.updated_at, source.updated_at);
  row.value.seq = adder.next_seq();
  if (merged.conversation_was_there) {
    update_conversation_row(transaction_, row);
  } else {
    insert_conversation(transaction_, row, created_as);
  }
  return merged;
}

}  // namespace threadkeep::sql
