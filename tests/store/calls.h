// One read or one piece of housekeeping with a transaction to itself, as tests say it most often.
// Writes are said to the store itself: store.write(user, operation).
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace threadkeep::test {

inline Result<Conversation> find_conversation(Store& store, const UserId& user,
                                              const ConversationId& id) {
  return store.read([&](const Reader& reader) { return reader.conversations().find(user, id); });
}
inline Result<ConversationPage> list_conversations(Store& store, const UserId& user,
                                                   const ConversationFilter& filter,
                                                   const std::optional<ListPlace>& after,
                                                   int limit) {
  return store.read([&](const Reader& reader) {
    return reader.conversations().list(user, filter, after, limit);
  });
}

inline Result<Message> find_message(Store& store, const UserId& user, const MessageId& id) {
  return store.read([&](const Reader& reader) { return reader.messages().find(user, id); });
}
inline Result<MessagePage> path_page(Store& store, const UserId& user, const ConversationId& id,
                                     const std::optional<MessageId>& head,
                                     std::optional<Position> from, int limit,
                                     Deleted deleted = Deleted::left_out) {
  return store.read([&](const Reader& reader) {
    return reader.messages().path_page(user, id, head, from, limit, deleted);
  });
}
inline Result<MessagePage> tree_page(Store& store, const UserId& user, const ConversationId& id,
                                     Position from, int limit,
                                     Deleted deleted = Deleted::left_out) {
  return store.read([&](const Reader& reader) {
    return reader.messages().tree_page(user, id, from, limit, deleted);
  });
}
inline Result<MessagePage> trash_page(Store& store, const UserId& user, const ConversationId& id,
                                      Position from, int limit) {
  return store.read(
      [&](const Reader& reader) { return reader.messages().trash_page(user, id, from, limit); });
}
inline Result<MessagePage> sibling_page(Store& store, const UserId& user, const ConversationId& id,
                                        const MessageId& of, Position from, int limit) {
  return store.read([&](const Reader& reader) {
    return reader.messages().sibling_page(user, id, of, from, limit);
  });
}
inline Result<std::vector<SearchHit>> scan_words(Store& store, const UserId& user,
                                                 const std::string& words, int limit) {
  return store.read(
      [&](const Reader& reader) { return reader.search().scan(user, words, limit, {}); });
}

inline std::vector<Preset> list_presets(Store& store, const UserId& user) {
  return store.read([&](const Reader& reader) { return reader.presets().list(user); }).value();
}

inline Result<std::int64_t> present_epoch(Store& store) {
  return store.read([](const Reader& reader) { return reader.sync().epoch(); });
}
inline Result<std::int64_t> resume_floor(Store& store, const UserId& user, std::int64_t epoch) {
  return store.read([&](const Reader& reader) { return reader.sync().resume_floor(user, epoch); });
}
inline Result<ChangePage> read_changes(Store& store, const UserId& user,
                                       const std::optional<FeedPlace>& since, int limit) {
  return store.read(
      [&](const Reader& reader) { return reader.sync().changes(user, since, limit); });
}
inline Result<SnapshotPage> snapshot_page(Store& store, const UserId& user, SnapshotOf what,
                                          const std::optional<SnapshotPlace>& from, int limit) {
  return store.read(
      [&](const Reader& reader) { return reader.sync().snapshot(user, what, from, limit); });
}

// A running answer with this content, in two parts that meet at about `cut`.
inline CheckpointAnswer checkpoint_of(const MessageId& id, const std::string& content,
                                      std::size_t cut) {
  CheckpointAnswer step;
  step.id = id;
  const std::size_t end = content.size() - 1;  // of the list
  cut = std::min(cut, end);
  while ((static_cast<unsigned char>(content[cut]) & 0xC0U) == 0x80U) --cut;  // whole characters
  step.parts = {{1, content.substr(0, cut)}, {2, content.substr(cut, end - cut)}};
  return step;
}

inline Result<std::int64_t> interrupt_unfinished(Store& store) {
  return store.write(nobody,
                     [](Writer& writer) { return writer.housekeeping().interrupt_unfinished(); });
}
inline Result<std::int64_t> keep_lease(Store& store) {
  return store.write(nobody, [](Writer& writer) { return writer.housekeeping().keep_lease(); });
}
inline Result<std::int64_t> bump_epoch(Store& store, std::int64_t above) {
  return store.write(nobody,
                     [&](Writer& writer) { return writer.housekeeping().bump_epoch(above); });
}
inline Result<Purged> purge_trash(Store& store, UnixMs now) {
  return store.write(nobody, [&](Writer& writer) { return writer.housekeeping().purge(now); });
}

// The operation, for a conversation of this rev only.
inline ConversationUpsert with_rev(ConversationUpsert upsert, std::optional<std::int64_t> rev) {
  upsert.if_rev = rev;
  return upsert;
}

}  // namespace threadkeep::test
