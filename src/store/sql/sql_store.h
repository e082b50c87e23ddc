// The Store over an SQL engine: hands each call's work to the engine and waits for it.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/ulid.h"
#include "store/sql/engine.h"
#include "store/sql/operations.h"
#include "store/store.h"

namespace threadkeep::sql {

class SqlStore final : public Store {
 public:
  // The database is migrated. `ids` must outlive the store. `process` has no lease where no other
  // process can use the database.
  SqlStore(std::unique_ptr<Engine> engine, UlidMaker& ids, std::string cursor_key,
           const Process& process = {});

  Result<bool> check_ready() override;
  UserId local_user() override;
  std::string cursor_key() override;
  Result<Stored<Conversation>> create_conversation(const UserId& user,
                                                   const NewConversation& conversation) override;
  Result<Conversation> find_conversation(const UserId& user, const ConversationId& id) override;
  Result<ConversationPage> list_conversations(const UserId& user, const ConversationFilter& filter,
                                              const std::optional<ListPlace>& behind,
                                              int limit) override;
  Result<Conversation> update_conversation(const UserId& user, const ConversationId& id,
                                           const ConversationPatch& patch,
                                           std::optional<std::int64_t> if_rev) override;
  Result<Stored<Conversation>> upsert_conversation(const UserId& user,
                                                   const ConversationUpsert& upsert,
                                                   std::optional<std::int64_t> if_rev) override;
  Result<Conversation> delete_conversation(const UserId& user, const ConversationId& id,
                                           Erase erase) override;
  Result<Conversation> restore_conversation(const UserId& user, const ConversationId& id) override;
  void append(const UserId& user, NewMessage message, AppendDone done) override;
  Result<Message> find_message(const UserId& user, const MessageId& id) override;
  Result<MessagePage> path_page(const UserId& user, const ConversationId& id,
                                const std::optional<MessageId>& head, std::optional<Position> from,
                                int limit) override;
  Result<MessagePage> tree_page(const UserId& user, const ConversationId& id, Position from,
                                int limit) override;
  Result<BegunGeneration> begin_generation(const UserId& user,
                                           const BeginGeneration& begin) override;
  void save_answer(const UserId& user, AnswerState state, SaveDone done) override;
  Result<std::int64_t> interrupt_unfinished() override;
  Result<std::int64_t> keep_lease() override;
  Result<Merged> merge_conversation(const UserId& user, const ConversationMerge& merge) override;
  Result<std::vector<SearchHit>> scan(const UserId& user, const std::string& query,
                                      int limit) override;
  Result<std::int64_t> epoch() override;
  Result<std::int64_t> bump_epoch(std::int64_t above) override;
  Result<std::int64_t> resume_floor(const UserId& user, std::int64_t epoch) override;
  Result<ChangePage> changes(const UserId& user, const std::optional<FeedPlace>& since,
                             int limit) override;
  Result<SnapshotPage> snapshot(const UserId& user, SnapshotOf what,
                                const std::optional<SnapshotPlace>& from, int limit) override;
  Result<std::vector<Result<Pushed>>> push(const UserId& user, std::int64_t epoch,
                                           const std::vector<PushOperation>& operations) override;
  Result<Purged> purge(UnixMs now) override;
  void set_commit_listener(CommitListener listener) override;

 private:
  std::unique_ptr<Engine> engine_;
  UlidMaker& ids_;
  const std::string cursor_key_;
  const Process process_;
  std::mutex mutex_;
  std::optional<UserId> local_user_;  // guarded by the mutex
};

}  // namespace threadkeep::sql
