// Messages in the store: one, a page of a path, a page of the tree, appending, and deleting some of
// a conversation.
//
// A message that is deleted alone keeps its place in the tree, and what stands under it stays: it
// is shown under the nearest message above that is live, and counts among the children of that one.
// A deleted message is in the trash for trash_kept_ms, or until it is deleted for ever; then its
// words are erased, and its row stays, so that what stands under it has its place and its id is
// never taken again. Nothing but RestoreMessages brings one back: not the same message again, not
// an import, not a chat that is put whole.
//
// Failures are listed in the order in which they are looked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/result.h"
#include "domain/message.h"
#include "domain/tree_shape.h"
#include "store/conversations.h"

namespace threadkeep {

// Of the children of one parent in the order they were added, itself among them: how many there
// are, and those nearest to the message, siblings_listed_max of them at the most.
struct Siblings {
  std::int64_t count = 1;
  std::int64_t before = 0;  // the first that is listed
  std::vector<MessageId> ids;
};

struct MessageInTree {
  Message message;
  Siblings siblings;
};

// Which of `count` siblings are listed with the one at `own`: [first, last).
struct SiblingRange {
  std::size_t first = 0;
  std::size_t last = 0;
};
SiblingRange siblings_near(std::size_t own, std::size_t count);

struct MessagePage {
  std::vector<MessageInTree> messages;  // ascending by position
  // Where the next page begins: the next older of the path, or the next of the tree.
  std::optional<Position> next;
  std::optional<MessageId> head_id;  // the leaf whose path this is; of a tree: the head
};

// Of the messages of a path or a tree: whether the deleted ones are among them, or left out. They
// count towards the limit of a page either way, so that one may have fewer messages than that, or
// none, and another one after it.
enum class Deleted { left_out, listed };

// A message and all that stands under it.
struct Branch {
  MessageId root;
};
using ChosenMessages = std::variant<std::vector<MessageId>, Branch>;

struct DeleteMessages {
  ConversationId conversation_id;
  ChosenMessages chosen;
  Erase erase = Erase::later;
  // When the person did it; none: now, and nothing was later than that.
  std::optional<UnixMs> edited_at;
};

// Of a branch: what was deleted together with its root.
struct RestoreMessages {
  ConversationId conversation_id;
  ChosenMessages chosen;
  std::optional<UnixMs> edited_at;
};

class Messages {
 public:
  virtual ~Messages() = default;

  // Also finds deleted ones, and those of a conversation in the trash. Fails: not_found (also when
  // the conversation is erased).
  virtual Result<Message> find(const UserId& user, const MessageId& id) const = 0;
  // The newest `limit` messages, or fewer with page_bytes of content, of the path that ends at
  // `head` (none: the head; a message with children: the newest leaf below it; a deleted one: where
  // the head would go from it). `from`: go on at
  // this position of that path, as given by MessagePage::next; pages that go on stay on the path
  // that they began on, wherever the head is by now. Costs the same in a conversation of any
  // length. Fails: not_found (conversation), conversation_deleted, invalid_field (head or from is
  // no message of this conversation).
  virtual Result<MessagePage> path_page(const UserId& user, const ConversationId& id,
                                        const std::optional<MessageId>& head,
                                        std::optional<Position> from, int limit,
                                        Deleted deleted) const = 0;
  // The first `limit` live messages of the path that ends at `end`, oldest first. Costs what the
  // forks of that path do, however long it is. Fails: not_found, conversation_deleted,
  // invalid_field (end is no message of this conversation).
  virtual Result<std::vector<Message>> path_start(const UserId& user, const ConversationId& id,
                                                  const MessageId& end, int limit) const = 0;
  // The whole tree by position, oldest first, from position `from` on; a page ends as above. Fails:
  // not_found, conversation_deleted.
  virtual Result<MessagePage> tree_page(const UserId& user, const ConversationId& id, Position from,
                                        int limit, Deleted deleted) const = 0;
  // The messages of a live conversation that are in the trash, by position, from position `from`
  // on; without siblings. Fails: not_found, conversation_deleted.
  virtual Result<MessagePage> trash_page(const UserId& user, const ConversationId& id,
                                         Position from, int limit) const = 0;
  // The live siblings of message `of`, itself among them, by position, oldest first, from position
  // `from` on; a page ends as above, and has no head. Fails: not_found, conversation_deleted,
  // invalid_field (`of` is no message of this conversation).
  virtual Result<MessagePage> sibling_page(const UserId& user, const ConversationId& id,
                                           const MessageId& of, Position from, int limit) const = 0;

  // Idempotent by id: the same role and content again gives the first row with was_there, also when
  // the place differs, the conversation is in the trash by now, or the message was deleted; of one
  // that was deleted for ever always. It may stand under a deleted message. It becomes the head,
  // and updated_at the time of the commit. The first user message with words gives an untitled
  // conversation its excerpt title. Fails: not_found (conversation), conversation_deleted,
  // id_conflict, parent_invalid (itself), parent_unknown, parent_invalid (in another conversation),
  // too_large (conversation full).
  virtual Result<Stored<Message>> run(const UserId& user, const NewMessage& operation) = 0;

  // Deletes the chosen ones that are live; with Erase::now also those that are in the trash, for
  // ever. Message by message the later of deleting and restoring stays (note_edit). An answer that
  // is still being written ends as cancelled. message_count, the head and a title that is an
  // excerpt follow; updated_at and rev stay. A head that is deleted moves to the newest leaf below
  // the nearest live message above it. Ids that are no messages of the conversation are passed
  // over; deleting a deleted one changes nothing. Fails: not_found (conversation),
  // conversation_deleted, not_found (no message of the conversation is chosen).
  virtual Result<Conversation> run(const UserId& user, const DeleteMessages& operation) = 0;
  // Brings back those that are in the trash. The head moves to the newest leaf below the first of
  // them, unless that is above it already. Erased ones are passed over. Fails: not_found
  // (conversation), conversation_deleted, not_found (no message of the conversation is chosen).
  virtual Result<Conversation> run(const UserId& user, const RestoreMessages& operation) = 0;
};

}  // namespace threadkeep
