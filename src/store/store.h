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
// sequence: first the messages in the order of the call, then the conversation.
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
  // was_there, also from the trash; of an erased one always. Fails: id_conflict (created
  // otherwise), not_found (the id is another user's), too_large (the user has as many as there may
  // be).
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
  // one, never updated_at. A patch that changes nothing leaves rev and seq as they are. Fails:
  // not_found, conversation_deleted, precondition_failed, invalid_field (head_id is not of this
  // conversation).
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
  enum class Erase { later, now };
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
  // (the first final state stays).
  using SaveDone = std::function<void(Result<Message>)>;
  virtual void save_answer(const UserId& user, AnswerState state, SaveDone done) = 0;
  Result<Message> save_answer(const UserId& user, AnswerState state);  // the same, waiting
  // Sets every reserved or streaming answer of all users to interrupted, keeping its text: what a
  // crash left. Touches the messages alone. Answers how many.
  virtual Result<std::int64_t> interrupt_unfinished() = 0;

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
};

}  // namespace threadkeep
