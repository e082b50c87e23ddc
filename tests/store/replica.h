// A device's copy of one user's conversations, kept by the change feed and the snapshot as
// docs/sync.md tells it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "store/stores.h"

namespace threadkeep::test {

class Replica {
 public:
  explicit Replica(const UserId& user) : user_(user) {}

  // Reads one page of the feed; a snapshot first when the feed says that it is needed. False: that
  // was the last page for now.
  bool pull(Store& store, int limit);
  void pull_all(Store& store, int limit) {
    while (pull(store, limit)) {
    }
  }
  // Forgets everything and reads a snapshot.
  void read_snapshot(Store& store, int limit);

  const std::map<MessageId, Message>& messages() const { return messages_; }
  const std::optional<FeedPlace>& place() const { return place_; }

  // The first difference to what the store holds, or nothing.
  std::string difference(Store& store) const;

 private:
  void take(const Conversation& row);
  void take(const Message& row);
  void take(const Preset& row);

  UserId user_;
  std::optional<FeedPlace> place_;
  std::map<ConversationId, Conversation> conversations_;
  std::map<MessageId, Message> messages_;
  std::map<std::string, Preset> presets_;
};

}  // namespace threadkeep::test
