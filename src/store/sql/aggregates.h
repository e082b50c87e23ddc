// The aggregates of the store over one transaction, written once for all SQL engines. Every
// operation reads and checks first and writes last, so that an expected failure has written
// nothing. What they promise is in the headers of the aggregates.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ulid.h"
#include "store/sql/process.h"
#include "store/sql/rows.h"
#include "store/store.h"

namespace threadkeep::sql {

class SqlConversations final : public Conversations {
 public:
  explicit SqlConversations(Transaction& transaction) : transaction_(transaction) {}

  Result<Conversation> find(const UserId& user, const ConversationId& id) const override;
  Result<ConversationPage> list(const UserId& user, const ConversationFilter& filter,
                                const std::optional<ListPlace>& after, int limit) const override;
  Result<Stored<Conversation>> run(const UserId& user, const NewConversation& operation) override;
  Result<Conversation> run(const UserId& user, const EditConversation& operation) override;
  Result<Stored<Conversation>> run(const UserId& user,
                                   const ConversationUpsert& operation) override;
  Result<Conversation> run(const UserId& user, const DeleteConversation& operation) override;
  Result<Conversation> run(const UserId& user, const RestoreConversation& operation) override;
  Result<Merged> run(const UserId& user, const ConversationMerge& operation) override;

 private:
  Transaction& transaction_;
};

class SqlMessages final : public Messages {
 public:
  explicit SqlMessages(Transaction& transaction) : transaction_(transaction) {}

  Result<Message> find(const UserId& user, const MessageId& id) const override;
  Result<MessagePage> path_page(const UserId& user, const ConversationId& id,
                                const std::optional<MessageId>& head, std::optional<Position> from,
                                int limit, Deleted deleted) const override;
  Result<MessagePage> tree_page(const UserId& user, const ConversationId& id, Position from,
                                int limit, Deleted deleted) const override;
  Result<MessagePage> trash_page(const UserId& user, const ConversationId& id, Position from,
                                 int limit) const override;
  Result<MessagePage> sibling_page(const UserId& user, const ConversationId& id,
                                   const MessageId& of, Position from, int limit) const override;
  Result<std::vector<Message>> path_start(const UserId& user, const ConversationId& id,
                                          const MessageId& end, int limit) const override;
  Result<Stored<Message>> run(const UserId& user, const NewMessage& operation) override;
  Result<Conversation> run(const UserId& user, const DeleteMessages& operation) override;
  Result<Conversation> run(const UserId& user, const RestoreMessages& operation) override;

 private:
  Transaction& transaction_;
};

class SqlAnswers final : public Answers {
 public:
  SqlAnswers(Transaction& transaction, const Process& process)
      : transaction_(transaction), process_(process) {}

  Result<BegunGeneration> run(const UserId& user, const BeginGeneration& operation) override;
  Result<void> run(const UserId& user, const CheckpointAnswer& operation) override;
  Result<void> run(const UserId& user, const FinishAnswer& operation) override;
  Result<Message> run(const UserId& user, const FinishAndReserve& operation) override;
  Result<AnswerProgress> progress(const UserId& user, const MessageId& id,
                                  std::int64_t from_part) const override;

 private:
  // Whether the answer's parts have become its content.
  bool stays_in_parts(std::int64_t user, const FinishAnswer& end);

  Transaction& transaction_;
  const Process& process_;
};

class SqlSearch final : public Search {
 public:
  explicit SqlSearch(Transaction& transaction) : transaction_(transaction) {}

  Result<std::vector<SearchHit>> scan(const UserId& user, const std::string& words, int limit,
                                      const std::stop_token& stop) const override;

 private:
  Transaction& transaction_;
};

class SqlSync final : public Sync {
 public:
  explicit SqlSync(Transaction& transaction) : transaction_(transaction) {}

  std::int64_t epoch() const override;
  std::int64_t resume_floor(const UserId& user, std::int64_t epoch) const override;
  Result<ChangePage> changes(const UserId& user, const std::optional<FeedPlace>& since,
                             int limit) const override;
  Result<SnapshotPage> snapshot(const UserId& user, SnapshotOf what,
                                const std::optional<SnapshotPlace>& from, int limit) const override;
  Result<Noted> note_operation(const UserId& user, const RunOperation& operation) override;
  void forget_operation(const UserId& user, const Ulid& id) override;

 private:
  Transaction& transaction_;
};

class SqlPresets final : public Presets {
 public:
  explicit SqlPresets(Transaction& transaction) : transaction_(transaction) {}

  Result<Preset> find(const UserId& user, const std::string& id) const override;
  std::vector<Preset> list(const UserId& user) const override;
  Result<Stored<Preset>> run(const UserId& user, const EditPreset& operation) override;
  Result<Preset> run(const UserId& user, const DeletePreset& operation) override;

 private:
  Transaction& transaction_;
};

class SqlHousekeeping final : public Housekeeping {
 public:
  SqlHousekeeping(Transaction& transaction, const Process& process, UlidMaker& ids)
      : transaction_(transaction), process_(process), ids_(ids) {}

  void leave_mark() override;
  bool has_mark() const override;
  UserId local_user() override;
  std::int64_t interrupt_unfinished() override;
  std::int64_t keep_lease() override;
  std::int64_t bump_epoch(std::int64_t above) override;
  std::optional<ClockNote> clock_note() const override;
  void note_clock(const ClockNote& note) override;
  Purged purge(UnixMs now) override;

 private:
  Transaction& transaction_;
  const Process& process_;
  UlidMaker& ids_;
};

class SqlVendors final : public Vendors {
 public:
  explicit SqlVendors(Transaction& transaction) : transaction_(transaction) {}

  std::vector<EnteredVendor> list(const UserId& user) const override;
  Result<EnteredVendor> run(const UserId& user, const PutVendor& operation) override;
  Result<void> run(const UserId& user, const RemoveVendor& operation) override;

 private:
  Transaction& transaction_;
};

// All of them, for the time of the transaction.
class SqlAggregates {
 public:
  SqlAggregates(Transaction& transaction, const Process& process, UlidMaker& ids)
      : conversations_(transaction),
        messages_(transaction),
        answers_(transaction, process),
        search_(transaction),
        sync_(transaction),
        housekeeping_(transaction, process, ids),
        vendors_(transaction),
        presets_(transaction) {}

  Aggregates all() {
    return {&conversations_, &messages_,     &answers_, &search_,
            &sync_,          &housekeeping_, &vendors_, &presets_};
  }

 private:
  SqlConversations conversations_;
  SqlMessages messages_;
  SqlAnswers answers_;
  SqlSearch search_;
  SqlSync sync_;
  SqlHousekeeping housekeeping_;
  SqlVendors vendors_;
  SqlPresets presets_;
};

}  // namespace threadkeep::sql
