// Cursors: opaque and authenticated, so that a client can only go on where this server told it that
// it may. Each list has cursors of its own, with the fields that it goes on from.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/ulid.h"
#include "domain/conversation.h"
#include "store/store.h"

namespace threadkeep::api {

// Makes and reads cursors with one key (the store's cursor_key()). A cursor belongs to one user and
// one list; reading it fails with invalid_cursor when it was changed or cut, or is of another user,
// list or later version. Those of the version before are read. Safe from several threads.
class Cursors {
 public:
  explicit Cursors(std::string key);

  // Of the change feed. Clients keep these for months.
  std::string of_feed(const UserId& user, const FeedPlace& place) const;
  Result<FeedPlace> feed_place(const UserId& user, std::string_view cursor) const;

  // Of a snapshot; each kind has its own.
  std::string of_snapshot(const UserId& user, SnapshotOf what, const SnapshotPlace& place) const;
  Result<SnapshotPlace> snapshot_place(const UserId& user, SnapshotOf what,
                                       std::string_view cursor) const;

  // Of the list of conversations. `filter` is what the list was asked for, always spelled alike.
  std::string of_conversations(const UserId& user, std::string_view filter,
                               const ListPlace& place) const;
  Result<ListPlace> conversations_place(const UserId& user, std::string_view filter,
                                        std::string_view cursor) const;

  // Of the messages of a conversation: where the next page goes on.
  enum class MessagesOf { path, tree, siblings, trash };
  std::string of_messages(const UserId& user, MessagesOf what, const ConversationId& conversation,
                          Position position) const;
  Result<Position> messages_position(const UserId& user, MessagesOf what,
                                     const ConversationId& conversation,
                                     std::string_view cursor) const;

 private:
  // What a cursor holds between its version and its seal. The letter is part of it.
  enum class Kind : char { feed = 'f', snapshot = 's', conversations = 'c', messages = 'm' };
  class Fields;

  std::string seal(const UserId& user, std::string_view scope, Kind kind,
                   std::string_view fields) const;
  Result<Fields> open(const UserId& user, std::string_view scope, Kind kind,
                      std::string_view cursor) const;
  std::string tag(const UserId& user, std::string_view scope, std::string_view payload) const;

  std::string key_;
};

}  // namespace threadkeep::api
