// Every call of the Store as one transaction's work, written once for all SQL engines. Each one
// reads and checks first and writes last, so that an expected failure has written nothing. What
// they promise stands in store/store.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/sql/rows.h"
#include "store/store.h"

namespace threadkeep::sql {

// The server process, as the owner of the answers that it writes.
struct Process {
  Ulid id;
  std::int64_t lease_ms = 0;  // 0: no other process uses the database
  bool is_alone() const { return lease_ms == 0; }
};

// ---- meta ----
UserId find_or_make_local_user(Transaction& transaction, const UserId& fresh_id);
std::optional<std::string> find_meta(Transaction& transaction, std::string_view name);
void put_meta(Transaction& transaction, std::string_view name, std::string_view value);

// ---- conversations ----
Result<Stored<Conversation>> create_conversation(Transaction& transaction, const UserId& user,
                                                 const NewConversation& conversation);
Result<Conversation> find_conversation(Transaction& transaction, const UserId& user,
                                       const ConversationId& id);
Result<ConversationPage> list_conversations(Transaction& transaction, const UserId& user,
                                            const ConversationFilter& filter,
                                            const std::optional<ListPlace>& behind, int limit);
Result<Conversation> update_conversation(Transaction& transaction, const UserId& user,
                                         const ConversationId& id, ConversationPatch patch,
                                         std::optional<std::int64_t> if_rev);
Result<Stored<Conversation>> upsert_conversation(Transaction& transaction, const UserId& user,
                                                 const ConversationUpsert& upsert,
                                                 std::optional<std::int64_t> if_rev);
Result<Conversation> delete_conversation(Transaction& transaction, const UserId& user,
                                         const ConversationId& id, Store::Erase erase);
Result<Conversation> restore_conversation(Transaction& transaction, const UserId& user,
                                          const ConversationId& id);
Result<Merged> merge_conversation(Transaction& transaction, const UserId& user,
                                  const ConversationMerge& merge);

// ---- messages ----
Result<Stored<Message>> append(Transaction& transaction, const UserId& user,
                               const NewMessage& message);
Result<Message> find_message(Transaction& transaction, const UserId& user, const MessageId& id);
Result<MessagePage> path_page(Transaction& transaction, const UserId& user,
                              const ConversationId& id, const std::optional<MessageId>& head,
                              std::optional<Position> from, int limit);
Result<MessagePage> tree_page(Transaction& transaction, const UserId& user,
                              const ConversationId& id, Position from, int limit);
Result<std::vector<SearchHit>> scan(Transaction& transaction, const UserId& user,
                                    const std::string& query, int limit);

// ---- answers ----
Result<BegunGeneration> begin_generation(Transaction& transaction, const UserId& user,
                                         const BeginGeneration& begin, const Process& process);
Result<Message> save_answer(Transaction& transaction, const UserId& user, const AnswerState& state,
                            const Process& process);
Result<std::int64_t> interrupt_unfinished(Transaction& transaction, const Process& process);
void renew_lease(Transaction& transaction, const Process& process);
Result<std::int64_t> keep_lease(Transaction& transaction, const Process& process);
// Notes that the process writes the answer of this key.
void sign_answer(Transaction& transaction, const Process& process, std::int64_t key);
// Whether it does.
bool may_write_answer(Transaction& transaction, const Process& process, std::int64_t key);

// ---- sync ----
std::int64_t present_epoch(Transaction& transaction);
std::int64_t bump_epoch(Transaction& transaction, std::int64_t above);
std::int64_t resume_floor(Transaction& transaction, const UserId& user, std::int64_t epoch);
Result<ChangePage> changes(Transaction& transaction, const UserId& user,
                           const std::optional<FeedPlace>& since, int limit);
Result<SnapshotPage> snapshot(Transaction& transaction, const UserId& user, SnapshotOf what,
                              const std::optional<SnapshotPlace>& from, int limit);
Result<std::vector<Result<Pushed>>> push(Transaction& transaction, const UserId& user,
                                         std::int64_t epoch,
                                         const std::vector<PushOperation>& operations);
Purged purge(Transaction& transaction, UnixMs now);

// ---- shared by them ----

// Where a new message goes.
struct Parent {
  Position position = 0;
  std::optional<MessageId> id;
};
// Fails: parent_unknown, parent_invalid.
Result<Parent> find_parent(Transaction& transaction, const ConversationRow& row,
                           const NewMessage& message);
// The row with the patch applied, before it is counted as a change. `head` is the new head.
ConversationRow patched(Transaction& transaction, const ConversationRow& row,
                        const ConversationPatch& patch, const std::optional<Parent>& head);
// Overwrites every word of a conversation, in its messages and in the row in memory; the ids stay,
// so that nothing can be made twice.
void erase_bodies(Transaction& transaction, ConversationRow& row);
// Whether they differ in a field that a patch can change.
bool differ_in_editable(const Conversation& a, const Conversation& b);

}  // namespace threadkeep::sql
