// The aggregates of the MemoryStore. Inside src/store/memory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/memory/memory_state.h"

namespace threadkeep::memory {

class MemoryConversations final : public Conversations {
 public:
  explicit MemoryConversations(State& state) : state_(state) {}

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
  Result<Position> walk_upsert(Account& account, Chat& chat, const ConversationUpsert& upsert);
  Result<void> check_merge(const Account& account, const Chat* chat,
                           const ConversationMerge& merge) const;

  State& state_;
};

class MemoryMessages final : public Messages {
 public:
  explicit MemoryMessages(State& state) : state_(state) {}

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
  State& state_;
};

class MemoryAnswers final : public Answers {
 public:
  explicit MemoryAnswers(State& state) : state_(state) {}

  Result<BegunGeneration> run(const UserId& user, const BeginGeneration& operation) override;
  Result<void> run(const UserId& user, const CheckpointAnswer& operation) override;
  Result<void> run(const UserId& user, const FinishAnswer& operation) override;
  Result<Message> run(const UserId& user, const FinishAndReserve& operation) override;
  Result<AnswerProgress> progress(const UserId& user, const MessageId& id,
                                  std::int64_t from_part) const override;

 private:
  // Fails: not_found, already_final.
  Result<Node*> find_unfinished(const UserId& user, const MessageId& id);

  State& state_;
};

class MemorySearch final : public Search {
 public:
  explicit MemorySearch(State& state) : state_(state) {}

  Result<std::vector<SearchHit>> scan(const UserId& user, const std::string& words, int limit,
                                      const std::stop_token& stop) const override;

 private:
  State& state_;
};

class MemorySync final : public Sync {
 public:
  explicit MemorySync(State& state) : state_(state) {}

  std::int64_t epoch() const override;
  std::int64_t resume_floor(const UserId& user, std::int64_t epoch) const override;
  Result<ChangePage> changes(const UserId& user, const std::optional<FeedPlace>& since,
                             int limit) const override;
  Result<SnapshotPage> snapshot(const UserId& user, SnapshotOf what,
                                const std::optional<SnapshotPlace>& from, int limit) const override;
  Result<Noted> note_operation(const UserId& user, const RunOperation& operation) override;
  void forget_operation(const UserId& user, const Ulid& id) override;

 private:
  State& state_;
};

class MemoryPresets final : public Presets {
 public:
  explicit MemoryPresets(State& state) : state_(state) {}

  Result<Preset> find(const UserId& user, const std::string& id) const override;
  std::vector<Preset> list(const UserId& user) const override;
  Result<Stored<Preset>> run(const UserId& user, const EditPreset& operation) override;
  Result<Preset> run(const UserId& user, const DeletePreset& operation) override;

 private:
  Preset keep(Account& account, PresetChange change);

  State& state_;
};

class MemoryHousekeeping final : public Housekeeping {
 public:
  explicit MemoryHousekeeping(State& state) : state_(state) {}

  void leave_mark() override {}
  bool has_mark() const override { return true; }
  UserId local_user() override;
  std::int64_t interrupt_unfinished() override;
  std::int64_t keep_lease() override { return 0; }
  std::int64_t bump_epoch(std::int64_t above) override;
  std::optional<ClockNote> clock_note() const override { return state_.clock_note; }
  void note_clock(const ClockNote& note) override { state_.clock_note = note; }
  Purged purge(UnixMs now) override;

 private:
  State& state_;
};

class MemoryVendors final : public Vendors {
 public:
  explicit MemoryVendors(State& state) : state_(state) {}

  std::vector<EnteredVendor> list(const UserId& user) const override;
  Result<EnteredVendor> run(const UserId& user, const PutVendor& operation) override;
  Result<void> run(const UserId& user, const RemoveVendor& operation) override;

 private:
  State& state_;
};

}  // namespace threadkeep::memory
