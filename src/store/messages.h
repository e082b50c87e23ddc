// Messages in the store: one, a page of a path, a page of the tree, and appending.
//
// Failures are listed in the order in which they are looked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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

class Messages {
 public:
  virtual ~Messages() = default;

  // Also finds those of a conversation in the trash. Fails: not_found (also when it is erased).
  virtual Result<Message> find(const UserId& user, const MessageId& id) const = 0;
  // The newest `limit` messages, or fewer with page_bytes of content, of the path that ends at
  // `head` (none: the head; a message with children: the newest leaf below it). `from`: go on at
  // this position of that path, as given by MessagePage::next; pages that go on stay on the path
  // that they began on, wherever the head is by now. Costs the same in a conversation of any
  // length. Fails: not_found (conversation), conversation_deleted, invalid_field (head or from is
  // no message of this conversation).
  virtual Result<MessagePage> path_page(const UserId& user, const ConversationId& id,
                                        const std::optional<MessageId>& head,
                                        std::optional<Position> from, int limit) const = 0;
  // The first `limit` messages of the path that ends at `end`, oldest first. Costs what the forks
  // of that path do, however long it is. Fails: not_found, conversation_deleted, invalid_field (end
  // is no message of this conversation).
  virtual Result<std::vector<Message>> path_start(const UserId& user, const ConversationId& id,
                                                  const MessageId& end, int limit) const = 0;
  // The whole tree by position, oldest first, from position `from` on; a page ends as above. Fails:
  // not_found, conversation_deleted.
  virtual Result<MessagePage> tree_page(const UserId& user, const ConversationId& id, Position from,
                                        int limit) const = 0;
  // The siblings of message `of`, itself among them, by position, oldest first, from position
  // `from` on; a page ends as above, and has no head. Fails: not_found, conversation_deleted,
  // invalid_field (`of` is no message of this conversation).
  virtual Result<MessagePage> sibling_page(const UserId& user, const ConversationId& id,
                                           const MessageId& of, Position from, int limit) const = 0;

  // Idempotent by id: the same role and content again gives the first row with was_there, also when
  // the place differs or the conversation is in the trash by now. The message becomes the head, and
  // updated_at the time of the commit. The first user message with words gives an untitled
  // conversation its excerpt title. Fails: not_found (conversation), conversation_deleted,
  // id_conflict, parent_invalid (itself), parent_unknown, parent_invalid (in another conversation),
  // too_large (conversation full).
  virtual Result<Stored<Message>> run(const UserId& user, const NewMessage& operation) = 0;
};

}  // namespace threadkeep
