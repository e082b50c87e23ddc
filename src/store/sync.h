// What devices need to keep a copy (docs/sync.md): the change feed, the snapshot, and the memory of
// the operations that they pushed.
//
// Every change of a conversation, a message or a preset gives its row the next number of the user's
// commit sequence: first the messages in the order of the operation, then the conversation.
// Messages that are erased keep theirs: nothing shows them any more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/conversation.h"
#include "domain/message.h"
#include "domain/preset.h"
#include "domain/tree_shape.h"

namespace threadkeep {

// Where a reader of the change feed stands: it has seen everything up to `seq`.
struct FeedPlace {
  std::int64_t epoch = 0;
  std::int64_t seq = 0;
  // What was forgotten up to here the reader never held: it began after it, from nothing.
  std::int64_t horizon = 0;
};

struct Tombstone {
  ConversationId id;
  std::int64_t seq = 0;
};

struct ChangePage {
  std::int64_t epoch = 0;
  // Each by seq. All that changed after the place, up to `next`.
  std::vector<Conversation> conversations;  // also those in the trash
  std::vector<Message> messages;
  std::vector<Preset> presets;        // also deleted ones
  std::vector<Tombstone> tombstones;  // erased conversations; their messages are gone with them
  FeedPlace next;
  bool has_more = false;
};

enum class SnapshotOf { conversations, everything };

// Where a snapshot goes on.
struct SnapshotPlace {
  enum class Stage { conversations, messages, changed };
  std::int64_t epoch = 0;
  std::int64_t seq = 0;  // of the user when the snapshot began
  Stage stage = Stage::conversations;
  UnixMs updated_at = 0;
  ConversationId id;
  // Of the latest message of this conversation; 0: go on after it.
  Position position = 0;
};

struct SnapshotPage {
  std::int64_t epoch = 0;
  std::vector<Conversation> conversations;
  std::vector<Message> messages;
  std::vector<Preset> presets;        // all of them, on the first page; else none
  std::optional<SnapshotPlace> next;  // none: this was the last page
  FeedPlace changes_from;             // the feed from there has what changed since the first page
};

// A pushed operation that is run: its id, and a digest of what it does.
struct RunOperation {
  Ulid id;
  std::string digest;
};
enum class Noted {
  first,     // of this id
  again,     // the same was noted before
  otherwise  // another one was
};

class Sync {
 public:
  virtual ~Sync() = default;

  // The history of the database that this is; it only grows. 1 for a new one.
  virtual std::int64_t epoch() const = 0;
  // The highest seq that this history and that of an earlier epoch certainly share; 0 where that
  // is not known.
  virtual std::int64_t resume_floor(const UserId& user, std::int64_t epoch) const = 0;
  // What changed after the place (none: from the beginning), each row once at its latest seq, in
  // that order. A page has `limit` rows, or fewer with feed_page_bytes of content, and then the
  // rest of the operation that it is in (of feed_transaction_rows_max rows at most). At the end
  // `next` is the user's latest seq. Fails: resync_required (another epoch, ahead of the sequence,
  // before what is forgotten).
  virtual Result<ChangePage> changes(const UserId& user, const std::optional<FeedPlace>& since,
                                     int limit) const = 0;
  // Everything that is not erased, in pages: all presets on the first, all conversations, newest
  // updated_at first, then their messages by position in the same order, at the end those of the
  // conversations that were changed meanwhile. A row may come twice. Fails: resync_required (the
  // epoch has changed since the first page).
  virtual Result<SnapshotPage> snapshot(const UserId& user, SnapshotOf what,
                                        const std::optional<SnapshotPlace>& from,
                                        int limit) const = 0;

  // Remembers for ids_kept_ms that the operation was run. Fails: storage_full (there is no room for
  // another user).
  virtual Result<Noted> note_operation(const UserId& user, const RunOperation& operation) = 0;
  // As if it had not been noted.
  virtual void forget_operation(const UserId& user, const Ulid& id) = 0;
};

}  // namespace threadkeep
