#include <algorithm>
#include <set>

#include "domain/refusals.h"
#include "store/operation_rules.h"
#include "store/sql/aggregates.h"
#include "store/sql/operations.h"

namespace threadkeep::sql {
namespace {

// How far the given list lies in the tree already. What follows the first new message is new too:
// a new message has no children.
struct Walk {
  Parent end;             // of what is there; 0: nothing
  std::size_t there = 0;  // so many of the list
};

// What is deleted stays so, whoever still lists it.
std::vector<UpsertMessage> without_deleted(Transaction& transaction, const ConversationRow& row,
                                           std::vector<UpsertMessage> messages) {
  if (!row.has_deleted()) return messages;
  const std::vector<Position> deleted = find_deleted(transaction, row);
  std::erase_if(messages, [&](const UpsertMessage& message) {
    const auto position = message.id ? find_position(transaction, row, *message.id) : std::nullopt;
    return position && std::binary_search(deleted.begin(), deleted.end(), *position);
  });
  return messages;
}

// The newest of `children` with this role and content; with `id` only that child.
std::optional<Parent> find_equal_child(Transaction& transaction, const ConversationRow& row,
                                       const std::vector<Position>& children,
                                       const UpsertMessage& message,
                                       const std::optional<MessageId>& id) {
  for (auto child = children.rbegin(); child != children.rend(); ++child) {
    const std::int64_t key = message_key(row.key, *child);
    const auto child_id = find_message_id(transaction, key);
    if (id && child_id != id) continue;
    if (is_same_message(transaction, key, {message.role, message.content})) {
      return Parent{*child, child_id};
    }
  }
  return std::nullopt;
}

Result<Walk> walk(Transaction& transaction, const ConversationRow& row,
                  const std::vector<UpsertMessage>& messages) {
  Walk walk;
  bool is_there = true;
  const ShownTree tree(transaction, row);
  for (const UpsertMessage& message : messages) {
    const auto key =
        message.id ? find_message_key(transaction, row.user(), *message.id) : std::nullopt;
    if (key && conversation_of_message(*key) != row.key) {
      return refusal::message_of_other_conversation();
    }
    const bool is_free = message.id && !key;
    if (is_free || !is_there) {
      is_there = false;
      continue;
    }
    const auto children = tree->children_of(walk.end.position);
    auto child = find_equal_child(transaction, row, children, message, message.id);
    if (!child) child = find_equal_child(transaction, row, children, message, std::nullopt);
    is_there = child.has_value();
    if (!child) continue;
    walk.end = *child;
    ++walk.there;
  }
  return walk;
}

// The messages to append, each with the id that it gets. Fails: id_conflict.
Result<std::vector<NewMessage>> new_messages(Transaction& transaction, const ConversationRow& row,
                                             const std::vector<UpsertMessage>& messages,
                                             std::size_t there) {
  std::vector<NewMessage> result;
  std::set<MessageId> used;
  const auto is_free = [&](const MessageId& id) {
    return !used.contains(id) && !find_message_key(transaction, row.user(), id);
  };
  for (std::size_t i = there; i < messages.size(); ++i) {
    const UpsertMessage& message = messages[i];
    const MessageId& id = message.id && is_free(*message.id) ? *message.id : message.fresh_id;
    if (!is_free(id)) return refusal::message_id_taken();
    used.insert(id);
    result.push_back(message_of(message, id));
  }
  return result;
}

struct Begin {
  ConversationRow row;
  bool was_there = false;
  NewConversation created_as;
};

Result<Begin> find_or_make(Transaction& transaction, const UserId& user,
                           const ConversationUpsert& upsert) {
  Begin begin;
  auto found = find_conversation_row(transaction, user, upsert.id);
  begin.was_there = found.has_value();
  if (found && found->state != State::live) return refusal::deleted(found->value);
  if (upsert.if_rev && (!found || *upsert.if_rev != found->value.rev)) {
    return refusal::changed_since();
  }
  if (found) {
    begin.row = std::move(*found);
    return begin;
  }
  begin.created_as = creation_of(upsert);
  auto made = make_conversation(transaction, user, begin.created_as);
  if (!made) return tl::unexpected(made.error());
  begin.row = std::move(*made);
  return begin;
}

}  // namespace

Result<Stored<Conversation>> SqlConversations::run(const UserId& user,
                                                   const ConversationUpsert& upsert) {
  auto begin = find_or_make(transaction_, user, upsert);
  if (!begin) return tl::unexpected(begin.error());
  ConversationRow& row = begin->row;
  const auto listed = without_deleted(transaction_, row, upsert.messages);
  const auto walked = walk(transaction_, row, listed);
  if (!walked) return tl::unexpected(walked.error());
  const auto fresh = new_messages(transaction_, row, listed, walked->there);
  if (!fresh) return tl::unexpected(fresh.error());
  const auto added = static_cast<std::int64_t>(fresh->size());
  if (const auto room = check_room(transaction_, row, added); !room) {
    return tl::unexpected(room.error());
  }

  ConversationPatch patch = patch_of(upsert, row.value);
  const Conversation before = row.value;
  if (added == 0) {
    patch.head_id = walked->end.id;
    row = patched(transaction_, row, patch, walked->end.position);
    if (begin->was_there && !differ_in_editable(row.value, before)) {
      return Stored<Conversation>{std::move(row.value), true};
    }
  }
  if (begin->was_there) ++row.value.rev;
  Adder adder(transaction_, row, take_seq(transaction_, row.user(), added + 1));
  Parent end = walked->end;
  for (const NewMessage& message : *fresh) {
    const Message stored = adder.add(end.position, end.id, message);
    end = Parent{stored.position, stored.id};
  }
  // After the messages: an empty title is made anew from all of them.
  if (added != 0) {
    patch.head_id = end.id;
    row = patched(transaction_, row, patch, end.position);
    row.value.updated_at = transaction_.now;
  }
  row.value.seq = adder.next_seq();
  if (begin->was_there) {
    update_conversation_row(transaction_, row);
  } else {
    insert_conversation(transaction_, row, begin->created_as);
  }
  // A whole list was put, now: what an older edit of the same fields says comes too late.
  EditTimes times = load_edit_times(transaction_, row.key);
  keep_latest_edits(patch, times, transaction_.now);
  save_edit_times(transaction_, row.key, times);
  return Stored<Conversation>{std::move(row.value), begin->was_there};
}

}  // namespace threadkeep::sql
