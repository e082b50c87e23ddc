// MemoryStore's rows and its rules, written to be obviously right rather than fast: every message
// knows its parent and its children, and every rule is a walk over them. Inside src/store/memory.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/ulid.h"
#include "store/store.h"

namespace threadkeep::memory {

struct Node {
  Message message;
  std::int64_t transaction = 0;  // the one that gave the row its seq
  Position parent = 0;           // 0: none
  std::vector<Position> children;
};

struct Chat {
  Conversation row;
  std::int64_t transaction = 0;  // the one that gave the row its seq
  NewConversation created_as;
  EditTimes edit_times;
  bool is_erased = false;
  UnixMs erased_at = 0;
  bool is_forgotten = false;  // nothing leads here any more
  std::vector<Node> nodes;    // nodes[position - 1]
  std::vector<Position> first_messages;

  Node& at(Position position) { return nodes[static_cast<std::size_t>(position - 1)]; }
  const Node& at(Position position) const { return nodes[static_cast<std::size_t>(position - 1)]; }
  Position last() const { return static_cast<Position>(nodes.size()); }
  const std::vector<Position>& children_of(Position parent) const;
  Position newest_leaf_below(Position position) const;
  bool is_on_path(Position ancestor, Position leaf) const;
  std::optional<Position> find(const MessageId& id) const;
  Position head() const;  // 0: none
  MessageInTree in_tree(Position position) const;
};

struct Spot {
  std::size_t chat = 0;
  Position position = 0;
};

struct Account {
  std::int64_t seq = 0;
  std::int64_t told_seq = 0;  // to the commit listener
  std::int64_t min_seq = 0;
  std::map<std::int64_t, std::int64_t> epoch_starts;
  std::map<Ulid, UnixMs> operations;  // when each was run
  std::vector<Chat> chats;            // in the order of their making
  std::map<ConversationId, std::size_t> chat_of;
  std::map<MessageId, Spot> spot_of;
};

// Calls functions in order on a thread of its own.
class Caller {
 public:
  Caller();
  ~Caller();  // after everything was called
  void call(std::function<void()> function);

 private:
  void run();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool is_ending_ = false;
  std::thread thread_;
};

class MemoryStore final : public Store {
 public:
  MemoryStore(const Clock& clock, UlidMaker& ids, const StoreLimits& limits);

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
  Result<std::int64_t> keep_lease() override { return 0; }
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
  // Holds the mutex for one transaction, and tells the listener of it.
  class Writing {
   public:
    explicit Writing(MemoryStore& store) : store_(store), lock_(store.mutex_) {
      ++store_.transaction_;
    }
    ~Writing() { store_.tell_commit(); }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

   private:
    MemoryStore& store_;
    std::lock_guard<std::mutex> lock_;
  };

  // All with the mutex held.
  void tell_commit();
  Chat* find_chat(const UserId& user, const ConversationId& id);
  Result<Chat*> find_live_chat(const UserId& user, const ConversationId& id);
  Result<bool> check_new_chat(const UserId& user, const ConversationId& id);
  Result<Chat*> make_chat(const UserId& user, const NewConversation& created_as, UnixMs now);
  void unmake_newest_chat(const UserId& user);
  void touch(Account& account, Chat& chat) const;
  Node& add(Account& account, Chat& chat, Position parent, const NewMessage& message, UnixMs now);
  Result<bool> check_room(const Chat& chat, std::size_t messages) const;
  Result<Position> find_parent(const Account& account, const Chat& chat,
                               const NewMessage& message) const;
  Result<Stored<Conversation>> create_now(const UserId& user, const NewConversation& conversation);
  Result<Conversation> update_now(const UserId& user, const ConversationId& id,
                                  ConversationPatch patch, std::optional<std::int64_t> if_rev);
  Result<Conversation> delete_now(const UserId& user, const ConversationId& id, Erase erase_when);
  Result<Conversation> restore_now(const UserId& user, const ConversationId& id);
  Result<Pushed> run(const UserId& user, const PushOperation& operation);
  Pushed look_at(const UserId& user, const PushOperation& operation);
  void forget(const UserId& user, Chat& chat);
  Result<Stored<Message>> append_now(const UserId& user, const NewMessage& message);
  Result<Message> save_now(const UserId& user, const AnswerState& state);
  Result<Position> walk_upsert(Account& account, Chat& chat, const ConversationUpsert& upsert,
                               UnixMs now);
  Result<std::optional<BegunGeneration>> find_begun(const Account& account, const Chat& chat,
                                                    const BeginGeneration& begin) const;
  Result<bool> check_merge(const Account& account, const Chat* chat,
                           const ConversationMerge& merge) const;
  void erase(Chat& chat, UnixMs now) const;

  const Clock& clock_;
  UlidMaker& ids_;
  const StoreLimits limits_;
  std::string cursor_key_;
  std::mutex mutex_;
  std::map<UserId, Account> accounts_;
  std::map<ConversationId, UserId> owner_of_;
  std::optional<UserId> local_user_;
  std::int64_t transaction_ = 0;
  std::vector<std::int64_t> epochs_{1};
  std::mutex listener_mutex_;
  CommitListener listener_;  // guarded by listener_mutex_, also while it is called
  Caller caller_;
};

// The same role and the same content.
bool is_same(const Message& stored, Role role, const std::string& content);
// Gives an untitled conversation the excerpt of this message, when it is a question with words.
void title_by(Conversation& conversation, const Message& message);

}  // namespace threadkeep::memory
