// The only door to stored state. One abstract interface; MemoryStore, SqliteStore and later others
// pass one contract suite (tests/store).
//
// Every call blocks until it is done, is one transaction, and is safe from several threads; the two
// that take `done` return at once and call it exactly once after the commit, from the store's
// writer thread, in the order of the calls: it must be quick and must not call the store. A write
// that answered a value is durable: it survives power loss. Every call names the user and sees that
// user's rows only; another user's thing and a missing one are both not_found. Writes can always
// fail with storage_full, storage_unavailable or outcome_unknown; reads with storage_unavailable.
// Other failures are named at each call.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "domain/conversation.h"
#include "domain/message.h"
#include "domain/tree_shape.h"

namespace threadkeep {

// What the stored keys have room for; smaller in tests.
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
  std::vector<MessageId>
      sibling_ids;  // all children of its parent in the order they were added, itself among them
};

struct MessagePage {
  std::vector<MessageInTree> messages;  // ascending by position
  std::optional<Position>
      next;  // where the next page begins: the next older of the path, or the next of the tree
  std::optional<MessageId> head_id;  // the leaf whose path this is
};

// ---- answers ----

struct BeginGeneration {
  ConversationId conversation_id;
  std::optional<NewMessage> question;  // stored with the answers in one transaction
  std::optional<MessageId>
      answer_to;  // without a question: the message that is answered or continued
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
  bool was_there =
      false;  // a retry: these are the answers of the first call, in whatever state they are by now
};

struct AnswerState {
  MessageId id;
  std::string content = "[]";
  MessageStatus status = MessageStatus::streaming;
  std::optional<std::int64_t> token_count;
  std::optional<std::string> usage;
  std::optional<std::string> error;
  enum class Announce { yes, no };
  Announce announce = Announce::yes;  // no: a checkpoint that does not move seq (at most every 2 s
                                      // does, and the final one always)
};

// ---- import ----

// A conversation from elsewhere. Its ids are derived from the source, so that the same source gives
// the same ids again.
struct ConversationMerge {
  Conversation conversation;  // title, title_source, model, times, flags, folder, tags, metadata
                              // are taken when it is new
  std::vector<NewMessage> messages;  // each with a place that is AsRoot or a message before it in
                                     // the list or already stored, and with created_at
};

struct Merged {
  bool conversation_was_there = false;
  bool is_in_trash = false;  // it was deleted here: nothing was added
  std::int64_t messages_added = 0;
  std::int64_t messages_already_here = 0;
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

  // Fails: id_conflict when the id exists with another title, model or metadata than it was created
  // with.
  virtual Result<Stored<Conversation>> create_conversation(const UserId& user,
                                                           const NewConversation& conversation) = 0;
  // Also finds one in the trash (deleted_at is set). Fails: not_found.
  virtual Result<Conversation> find_conversation(const UserId& user, const ConversationId& id) = 0;
  virtual Result<ConversationPage> list_conversations(const UserId& user,
                                                      const ConversationFilter& filter,
                                                      const std::optional<ListPlace>& behind,
                                                      int limit) = 0;
  // `if_rev`: only when the conversation has this rev. A patch that changes nothing leaves rev and
  // seq as they are. Fails: not_found, conversation_deleted, precondition_failed, invalid_field
  // (head_id is not of this conversation).
  virtual Result<Conversation> update_conversation(const UserId& user, const ConversationId& id,
                                                   const ConversationPatch& patch,
                                                   std::optional<std::int64_t> if_rev) = 0;
  // Fails: not_found, conversation_deleted, precondition_failed, id_conflict (a message id lives in
  // another conversation). `was_there` is false when it was created. The given list becomes the
  // active path. Walking from the root: a listed id that is a child of its predecessor with equal
  // role and content stays; a listed id that is known with other content or elsewhere in this tree,
  // and a message without id, is taken to be an equal child of the predecessor when there is one;
  // else it is appended (with its own id when that is free, with fresh_id otherwise). Nothing is
  // erased. An empty list leaves the head as it is.
  virtual Result<Stored<Conversation>> upsert_conversation(const UserId& user,
                                                           const ConversationUpsert& upsert,
                                                           std::optional<std::int64_t> if_rev) = 0;
  enum class Erase { later, now };
  // Sets deleted_at; `now` also erases the bodies. Deleting a deleted one again is fine. Fails:
  // not_found.
  virtual Result<Conversation> delete_conversation(const UserId& user, const ConversationId& id,
                                                   Erase erase) = 0;
  // Fails: not_found (also when its bodies are erased).
  virtual Result<Conversation> restore_conversation(const UserId& user,
                                                    const ConversationId& id) = 0;

  // Idempotent by id: the same role and content again gives the first row with was_there. The
  // message becomes the head. The first user message gives an untitled conversation its excerpt
  // title. Fails: not_found (conversation), conversation_deleted, id_conflict, parent_unknown,
  // parent_invalid, too_large (conversation full).
  using AppendDone = std::function<void(Result<Stored<Message>>)>;
  virtual void append(const UserId& user, NewMessage message, AppendDone done) = 0;
  Result<Stored<Message>> append(const UserId& user, NewMessage message);  // the same, waiting

  virtual Result<Message> find_message(const UserId& user, const MessageId& id) = 0;
  // The newest `limit` messages of the path that ends at `head` (none: the active leaf; a message
  // with children: the newest leaf below it). `from`: go on at this position of that path, as given
  // by MessagePage::next. Fails: not_found (conversation), conversation_deleted, invalid_field
  // (head).
  virtual Result<MessagePage> path_page(const UserId& user, const ConversationId& id,
                                        const std::optional<MessageId>& head,
                                        std::optional<Position> from, int limit) = 0;
  // The whole tree by position, oldest first, from position `from` on.
  virtual Result<MessagePage> tree_page(const UserId& user, const ConversationId& id, Position from,
                                        int limit) = 0;

  // Stores the question and reserves the answers in one transaction; the first answer becomes the
  // head. A retry (the question is there with equal content and has answers, or the answers' ids
  // are there) gives what is there. Fails like append, and parent_unknown when answer_to is no
  // message of the conversation.
  virtual Result<BegunGeneration> begin_generation(const UserId& user,
                                                   const BeginGeneration& begin) = 0;
  // Writes the state of a running answer. Fails: not_found, already_final (the first final state
  // stays).
  using SaveDone = std::function<void(Result<Message>)>;
  virtual void save_answer(const UserId& user, AnswerState state, SaveDone done) = 0;
  Result<Message> save_answer(const UserId& user, AnswerState state);  // the same, waiting
  // Sets every reserved or streaming answer of all users to interrupted, keeping its text: what a
  // crash left. Answers how many.
  virtual Result<std::int64_t> interrupt_unfinished() = 0;

  // Fails: invalid_field (a place that is unknown).
  virtual Result<Merged> merge_conversation(const UserId& user, const ConversationMerge& merge) = 0;

  // Messages that hold all words of `query` (search/query.h), newest first.
  virtual Result<std::vector<SearchHit>> scan(const UserId& user, const std::string& query,
                                              int limit) = 0;
};

}  // namespace threadkeep
