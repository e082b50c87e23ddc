// The only door to stored state. One abstract interface; MemoryStore, SqliteStore and later others
// pass one contract suite (tests/store).
//
// Every call blocks until it is done, is one transaction, and is safe from several threads; the two
// that take `done` return at once and call it exactly once after the commit, from the store's
// writer thread, in the order of the calls: it must be quick and must not call the store. A write
// that answered a value is durable: it survives power loss. Every call names the user and sees that
// user's rows only; another user's thing and a missing one are both not_found: a conversation's id
// belongs to the user who made it first, message ids are each user's own. A user is known from the
// first write on. Writes can always fail with storage_full, storage_unavailable or outcome_unknown;
// reads with storage_unavailable. Other failures are named at each call, in the order in which they
// are looked for; a call that failed has changed nothing. Every `limit` is at least 1.
//
// Every change of a conversation or a message gives its row the next number of the user's commit
// sequence: first the messages in the order of the call, then the conversation. Messages that are
// erased keep theirs: nothing shows them any more.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "domain/conversation.h"
#include "domain/message.h"
#include "domain/tree_shape.h"

namespace threadkeep {

// What the stored keys have room for; smaller in tests. Beyond it: too_large.
struct StoreLimits {
  std::int64_t conversations_per_user_max = limits::conversations_per_user_max;
  std::int64_t messages_per_conversation_max = limits::messages_per_conversation_max;
};

// ---- conversations ----

template <class T>
struct Stored {
  T value;
  bool was_there = false;  // the same thing had been stored before; nothing changed
};

struct ConversationFilter {
  std::optional<bool> is_archived;
  std::optional<bool> is_pinned;
  std::optional<std::string> folder;
  std::optional<std::string> tag;
  bool in_trash = false;  // true: only deleted ones, false: only live ones
};

// Where a list goes on: behind this conversation.
struct ListPlace {
  UnixMs updated_at = 0;
  ConversationId id;
};

struct ConversationPage {
  std::vector<Conversation> conversations;  // newest updated_at first; equal times by descending id
  std::optional<ListPlace> next;            // none: this was the last page
};

// PUT of a whole chat (design section 4).
struct UpsertMessage {
  std::optional<MessageId> id;  // none: equal to a child of its predecessor, or new
  MessageId fresh_id;           // used when a new row is needed and `id` is absent or taken
  Role role = Role::user;
  std::string content = "[]";
  MessageStatus status = MessageStatus::complete;  // a final one
  std::optional<std::string> model;
  std::optional<UnixMs> created_at;
  std::string metadata = "{}";
};

struct ConversationUpsert {
  ConversationId id;
  std::optional<std::string> title;
  std::optional<std::optional<std::string>> model;
  std::vector<UpsertMessage> messages;
};

// ---- messages ----

struct MessageInTree {
  Message message;
  // All children of its parent in the order they were added, itself among them.
  std::vector<MessageId> sibling_ids;
};

struct MessagePage {
  std::vector<MessageInTree> messages;  // ascending by position
  // Where the next page begins: the next older of the path, or the next of the tree.
  std::optional<Position> next;
  std::optional<MessageId> head_id;  // the leaf whose path this is; of a tree: the head
};

// ---- answers ----

struct BeginGeneration {
  ConversationId conversation_id;
  std::optional<NewMessage> question;  // stored with the answers in one transaction
  // Without a question: the message that is answered or continued; none: the head.
  std::optional<MessageId> answer_to;
  struct Answer {
    MessageId id;
    std::string model;
  };
  std::vector<Answer> answers;  // at least one
};

struct BegunGeneration {
  Conversation conversation;
  std::optional<Message> question;
  std::vector<Message> answers;
  // A retry: these are the answers of the first call, in whatever state they are by now.
  bool was_there = false;
};

struct AnswerState {
  MessageId id;
  std::string content = "[]";
  MessageStatus status = MessageStatus::streaming;
  std::optional<std::int64_t> token_count;
  std::optional<std::string> usage;
  std::optional<std::string> error;
  std::optional<std::string> metadata;  // none: as it is
  enum class Announce { yes, no };
  // no: a checkpoint that does not move seq (at most every 2 s does, and the final one always).
  Announce announce = Announce::yes;
};

// ---- import ----

// A conversation from elsewhere. Its ids are derived from the source, so that the same source gives
// the same ids again.
struct ConversationMerge {
  // title, title_source, model, times, flags, folder, tags and metadata are taken when it is new;
  // head_id is the leaf that the source shows (none: its last message).
  Conversation conversation;
  // Each with a place that is AsRoot or a message before it in the list or already stored, and with
  // created_at.
  std::vector<NewMessage> messages;
};

struct Merged {
  bool conversation_was_there = false;
  bool is_in_trash = false;  // it was deleted here: nothing was added
  std::int64_t messages_added = 0;
  std::int64_t messages_already_here = 0;
};

// ---- sync (docs/sync.md) ----

// Where a reader of the change feed stands: it has seen everything up to `seq`.
struct FeedPlace {
  std::int64_t epoch = 0;
  std::int64_t seq = 0;
  // What was forgotten up to here the reader never held: it began behind it, from nothing.
  std::int64_t horizon = 0;
};

struct Tombstone {
  ConversationId id;
  std::int64_t seq = 0;
};

struct ChangePage {
  std::int64_t epoch = 0;
  // Each by seq. All that changed behind the place, up to `next`.
  std::vector<Conversation> conversations;  // also those in the trash
  std::vector<Message> messages;
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
  // Of the latest message of this conversation; 0: go on behind it.
  Position position = 0;
};

struct SnapshotPage {
  std::int64_t epoch = 0;
  std::vector<Conversation> conversations;
  std::vector<Message> messages;
  std::optional<SnapshotPlace> next;  // none: this was the last page
  FeedPlace changes_from;             // the feed from there has what changed since the first page
};

enum class Erase { later, now };

struct EditConversation {
  ConversationId id;
  ConversationPatch patch;
};
struct DeleteConversation {
  ConversationId id;
  Erase erase = Erase::later;
};
struct RestoreConversation {
  ConversationId id;
};

struct PushOperation {
  Ulid id;  // made with the operation: it runs once, however often it is sent
  std::variant<NewConversation, NewMessage, EditConversation, DeleteConversation,
               RestoreConversation>
      what;
};

struct Pushed {
  bool was_there = false;  // nothing was run, or what it makes had been there
  // As they are behind the operation. None: of no concern, or forgotten since it was run.
  std::optional<Conversation> conversation;
  std::optional<Message> message;
};

struct Purged {
  std::int64_t erased = 0;      // conversations
  std::int64_t forgotten = 0;   // conversations
  std::int64_t operations = 0;  // forgotten
  bool has_more = false;
};

// ---- search (a plain scan) ----

struct SearchHit {
  ConversationId conversation_id;
  std::string conversation_title;
  MessageId message_id;
  Role role = Role::user;
  UnixMs created_at = 0;
  std::string snippet;  // at most about 200 characters around the first match
};

class Store {
 public:
  virtual ~Store() = default;

  // Answers when the store can be read and written.
  virtual Result<bool> check_ready() = 0;
  // The one local user of an installation without accounts; made at the first call.
  virtual UserId local_user() = 0;
  // 32 random bytes made with the store: the key of the cursors.
  virtual std::string cursor_key() = 0;

  // A title makes it title_source user, none is title_source none. The id again with the title, the
  // model and the metadata (byte for byte) that it was created with gives the row of today with
  // was_there, also from the trash; of an erased one always. created_at does not count. Fails:
  // id_conflict (created otherwise), not_found (the id is another user's), too_large (the user has
  // as many as there may be).
  virtual Result<Stored<Conversation>> create_conversation(const UserId& user,
                                                           const NewConversation& conversation) = 0;
  // Also finds one in the trash (deleted_at is set), and what is left of an erased one. Fails:
  // not_found.
  virtual Result<Conversation> find_conversation(const UserId& user, const ConversationId& id) = 0;
  // Erased ones are in no list.
  virtual Result<ConversationPage> list_conversations(const UserId& user,
                                                      const ConversationFilter& filter,
                                                      const std::optional<ListPlace>& behind,
                                                      int limit) = 0;
  // `if_rev`: only when the conversation has this rev. A title makes title_source user, an empty
  // one gives it back: the excerpt of the first user message that has words. A change moves rev by
  // one, never updated_at. A patch that changes nothing leaves rev and seq as they are. Field by
  // field the later edit stays (keep_latest_edits); a message that is appended, a question and a
  // whole chat are edits of the head, a question is one of the model too. Fails: not_found,
  // conversation_deleted, precondition_failed, invalid_field (head_id is not of this conversation).
  virtual Result<Conversation> update_conversation(const UserId& user, const ConversationId& id,
                                                   const ConversationPatch& patch,
                                                   std::optional<std::int64_t> if_rev) = 0;
  // Creates the conversation when it is not there (`was_there` is false then). The given list
  // becomes the active path, its last message the head, also when that has children. Walking from
  // the root: a listed id that is a child of its predecessor with equal role and content stays; a
  // listed id that is known with other content or elsewhere in this tree, and a message without id,
  // is taken to be an equal child of the predecessor (the newest) when there is one; else it is
  // appended (with its own id when that is free, with fresh_id otherwise). Nothing is erased. An
  // empty list leaves the head as it is. A title that differs is taken as in a patch. A change
  // moves rev by one, and updated_at when messages were appended; the same again changes nothing.
  // Fails: conversation_deleted, precondition_failed (also with `if_rev` and no such conversation),
  // not_found (the id is another user's), id_conflict (a message id lives in another conversation),
  // too_large.
  virtual Result<Stored<Conversation>> upsert_conversation(const UserId& user,
                                                           const ConversationUpsert& upsert,
                                                           std::optional<std::int64_t> if_rev) = 0;
  using Erase = threadkeep::Erase;
  // Sets deleted_at; `now` also erases the bodies for good: content, metadata, usage and error of
  // the messages, title, folder, tags and metadata of the conversation. The ids stay taken.
  // Deleting a deleted one again changes nothing. Fails: not_found.
  virtual Result<Conversation> delete_conversation(const UserId& user, const ConversationId& id,
                                                   Erase erase) = 0;
  // Restoring a live one changes nothing. Fails: not_found (also when its bodies are erased).
  virtual Result<Conversation> restore_conversation(const UserId& user,
                                                    const ConversationId& id) = 0;

  // Idempotent by id: the same role and content again gives the first row with was_there, also when
  // the place differs or the conversation is in the trash by now. The message becomes the head, and
  // updated_at the time of the commit. The first user message with words gives an untitled
  // conversation its excerpt title. Fails: not_found (conversation), conversation_deleted,
  // id_conflict, parent_invalid (itself), parent_unknown, parent_invalid (in another conversation),
  // too_large (conversation full).
  using AppendDone = std::function<void(Result<Stored<Message>>)>;
  virtual void append(const UserId& user, NewMessage message, AppendDone done) = 0;
  Result<Stored<Message>> append(const UserId& user, NewMessage message);  // the same, waiting

  // Also finds those of a conversation in the trash. Fails: not_found (also when it is erased).
  virtual Result<Message> find_message(const UserId& user, const MessageId& id) = 0;
  // The newest `limit` messages of the path that ends at `head` (none: the head; a message with
  // children: the newest leaf below it). `from`: go on at this position of that path, as given by
  // MessagePage::next; pages that go on stay on the path that they began on, wherever the head is
  // by now. Costs the same in a conversation of any length. Fails: not_found (conversation),
  // conversation_deleted, invalid_field (head or from is no message of this conversation).
  virtual Result<MessagePage> path_page(const UserId& user, const ConversationId& id,
                                        const std::optional<MessageId>& head,
                                        std::optional<Position> from, int limit) = 0;
  // The whole tree by position, oldest first, from position `from` on. Fails: not_found,
  // conversation_deleted.
  virtual Result<MessagePage> tree_page(const UserId& user, const ConversationId& id, Position from,
                                        int limit) = 0;

  // Stores the question and reserves the answers, its children, in one transaction; the first
  // answer becomes the head and its model the conversation's. A retry (the question is there with
  // equal content and has answers, or the answers' ids are there) gives what is there; a question
  // that is there without answers gets them. Fails: not_found, conversation_deleted, invalid_field
  // (no answers), id_conflict, parent_unknown (also when answer_to is no message of the
  // conversation), parent_invalid, too_large.
  virtual Result<BegunGeneration> begin_generation(const UserId& user,
                                                   const BeginGeneration& begin) = 0;
  // Writes the state of a running answer, also in the trash. A final state moves the conversation's
  // updated_at and seq; any other one touches the message alone. Fails: not_found, already_final
  // (the first final state stays; also while another process writes it, unless the state is final).
  using SaveDone = std::function<void(Result<Message>)>;
  virtual void save_answer(const UserId& user, AnswerState state, SaveDone done) = 0;
  Result<Message> save_answer(const UserId& user, AnswerState state);  // the same, waiting
  // At the start of a process: sets the reserved and streaming answers of all users that nobody
  // writes any more to interrupted, keeping their text: what a crash left. Where several processes
  // use the store, those of this process in an earlier life and of processes that are gone. Touches
  // the messages alone. Answers how many.
  virtual Result<std::int64_t> interrupt_unfinished() = 0;
  // Where several processes use the store: says that this one lives, and does the same for those
  // that have not said so for too long. To be called every few seconds. Answers how many.
  virtual Result<std::int64_t> keep_lease() = 0;

  // Adds what is not here yet; messages whose ids are here stay as they are. The head goes forward
  // along the source's path and stays where the user went on another way; updated_at never goes
  // back. Nothing new changes nothing. Fails: not_found (the id is another user's), too_large,
  // id_conflict (a message id lives in another conversation), invalid_field (a place or a head that
  // is unknown).
  virtual Result<Merged> merge_conversation(const UserId& user, const ConversationMerge& merge) = 0;

  // Messages of live conversations that hold all words of `query` (search/query.h), newest
  // created_at first. A query without words finds nothing.
  virtual Result<std::vector<SearchHit>> scan(const UserId& user, const std::string& query,
                                              int limit) = 0;

  // The history of the database that this is; it only grows. 1 for a new one.
  virtual Result<std::int64_t> epoch() = 0;
  // Begins another one, greater than `above`: after a restore, or when a standby takes over.
  // Answers it.
  virtual Result<std::int64_t> bump_epoch(std::int64_t above) = 0;
  // The highest seq that this history and that of an earlier epoch certainly share; 0 where that
  // is not known.
  virtual Result<std::int64_t> resume_floor(const UserId& user, std::int64_t epoch) = 0;
  // What changed behind the place (none: from the beginning), each row once at its latest seq, in
  // that order, from one snapshot. A page has `limit` rows, or fewer with feed_page_bytes of
  // content, and then the rest of the transaction that it is in (of feed_transaction_rows_max rows
  // at most). At the end `next` is the user's latest seq. Fails: resync_required (another epoch,
  // ahead of the sequence, behind what is forgotten).
  virtual Result<ChangePage> changes(const UserId& user, const std::optional<FeedPlace>& since,
                                     int limit) = 0;
  // Everything that is not erased, in pages: all conversations, newest updated_at first, then
  // their messages by position in the same order, at the end those of the conversations that were
  // changed meanwhile. A row may come twice. Fails: resync_required (the epoch has changed since
  // the first page).
  virtual Result<SnapshotPage> snapshot(const UserId& user, SnapshotOf what,
                                        const std::optional<SnapshotPlace>& from, int limit) = 0;
  // Runs the operations in order, each as the call of its name would; one that fails does not keep
  // the others from running. One that was run before (within ids_kept_ms) is not run. All are
  // committed together, and to the feed each is a transaction of its own. Fails: epoch_changed; and
  // with any failure nothing was run.
  virtual Result<std::vector<Result<Pushed>>> push(
      const UserId& user, std::int64_t epoch, const std::vector<PushOperation>& operations) = 0;
  // Erases for good what has been in the trash for trash_kept_ms, forgets the ids of what was
  // erased ids_kept_ms ago and the operations run before that. A call does about
  // purge_rows_per_call rows of each.
  virtual Result<Purged> purge(UnixMs now) = 0;

  // Called after each commit that took numbers of a user's commit sequence, with the latest one;
  // several commits may be told as one. Where several processes use the store, now and then also
  // for the commits of others. On threads of the store: quick, and without calling the store.
  using CommitListener = std::function<void(const UserId& user, std::int64_t seq)>;
  // Replaces the listener (null: none). The earlier one is not running when this returns.
  virtual void set_commit_listener(CommitListener listener) = 0;
};

}  // namespace threadkeep
