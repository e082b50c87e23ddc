// Conversations in the store: what can be asked of them, and the operations that change them.
//
// Failures are listed in the order in which they are looked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/conversation.h"
#include "domain/message.h"

namespace threadkeep {

template <class T>
struct Stored {
  T value;
  bool was_there = false;  // the same thing had been stored before; nothing changed
};

// ---- reading ----

struct ConversationFilter {
  std::optional<bool> is_archived;
  std::optional<bool> is_pinned;
  std::optional<std::string> folder;
  std::optional<std::string> tag;
  bool in_trash = false;  // true: only deleted ones, false: only live ones
};

// Where a list goes on: after this conversation.
struct ListPlace {
  UnixMs updated_at = 0;
  ConversationId id;
};

struct ConversationPage {
  std::vector<Conversation> conversations;  // newest updated_at first; equal times by descending id
  std::optional<ListPlace> next;            // none: this was the last page
};

// ---- operations; NewConversation (domain) is one too ----

struct EditConversation {
  ConversationId id;
  ConversationPatch patch;
  std::optional<std::int64_t> if_rev = {};  // only when the conversation has this rev
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
  SettingsPatch settings = {};
  std::vector<UpsertMessage> messages;
  std::optional<std::int64_t> if_rev = {};  // only when the conversation has this rev
};

enum class Erase { later, now };

struct DeleteConversation {
  ConversationId id;
  Erase erase = Erase::later;
};

struct RestoreConversation {
  ConversationId id;
};

// A conversation from elsewhere. Its ids are derived from the source, so that the same source gives
// the same ids again.
struct ConversationMerge {
  // title, title_source, model, times, flags, folder, tags, settings and metadata are taken when it
  // is new; head_id is the leaf that the source shows (none: its last message).
  Conversation conversation;
  // Each with a place that is AsRoot or a message before it in the list or already stored, and with
  // created_at.
  std::vector<NewMessage> messages;
};

struct Merged {
  bool conversation_was_there = false;
  bool is_in_trash = false;  // it was deleted here: nothing was added
  bool is_erased = false;    // for ever: it is in the trash no more
  std::int64_t messages_added = 0;
  std::int64_t messages_already_here = 0;
  std::int64_t messages_deleted = 0;  // of those: deleted here, and not brought back
};

class Conversations {
 public:
  virtual ~Conversations() = default;

  // Also finds one in the trash (deleted_at is set), and what is left of an erased one. Fails:
  // not_found.
  virtual Result<Conversation> find(const UserId& user, const ConversationId& id) const = 0;
  // Erased ones are in no list.
  virtual Result<ConversationPage> list(const UserId& user, const ConversationFilter& filter,
                                        const std::optional<ListPlace>& after, int limit) const = 0;

  // A title makes it title_source user, none is title_source none. The id again with the title, the
  // model and the metadata (byte for byte) that it was created with gives the row of today with
  // was_there, also from the trash; of an erased one always. created_at does not count. Fails:
  // id_conflict (created otherwise), not_found (the id is another user's), too_large (the user has
  // as many as there may be).
  virtual Result<Stored<Conversation>> run(const UserId& user,
                                           const NewConversation& operation) = 0;
  // A title makes title_source user, an empty one gives it back: the excerpt of the first user
  // message that has words. A change moves rev by one, never updated_at. A patch that changes
  // nothing leaves rev and seq as they are. Field by field the later edit stays
  // (keep_latest_edits); a message that is appended, a question and a whole chat are edits of the
  // head, a question is one of the model too. Fails: not_found, conversation_deleted,
  // precondition_failed, invalid_field (head_id is not of this conversation).
  virtual Result<Conversation> run(const UserId& user, const EditConversation& operation) = 0;
  // Creates the conversation when it is not there (`was_there` is false then). The given list
  // becomes the active path, its last message the head, also when that has children. Walking from
  // the root: a listed id that is a child of its predecessor with equal role and content stays; a
  // listed id that is known with other content or elsewhere in this tree, and a message without id,
  // is taken to be an equal child of the predecessor (the newest) when there is one; a listed id of
  // a deleted message is passed over, as if it were not listed; any other is
  // appended (with its own id when that is free, with fresh_id otherwise). Nothing is erased. An
  // empty list leaves the head as it is. A title that differs is taken as in a patch. A change
  // moves rev by one, and updated_at when messages were appended; the same again changes nothing.
  // Fails: conversation_deleted, precondition_failed (also with `if_rev` and no such conversation),
  // not_found (the id is another user's), id_conflict (a message id lives in another conversation),
  // too_large.
  virtual Result<Stored<Conversation>> run(const UserId& user,
                                           const ConversationUpsert& operation) = 0;
  // Sets deleted_at; Erase::now also erases the bodies for good: content, metadata, usage and error
  // of the messages, title, folder, tags and metadata of the conversation. The ids stay taken.
  // Deleting a deleted one again changes nothing. Fails: not_found.
  virtual Result<Conversation> run(const UserId& user, const DeleteConversation& operation) = 0;
  // Restoring a live one changes nothing. Fails: not_found (also when its bodies are erased).
  virtual Result<Conversation> run(const UserId& user, const RestoreConversation& operation) = 0;
  // Adds what is not here yet; messages whose ids are here stay as they are, also deleted ones. The
  // head goes forward
  // along the source's path and stays where the user went on another way; updated_at never goes
  // back. Nothing new changes nothing. Fails: not_found (the id is another user's), too_large,
  // id_conflict (a message id lives in another conversation), invalid_field (a place or a head that
  // is unknown).
  virtual Result<Merged> run(const UserId& user, const ConversationMerge& operation) = 0;
};

}  // namespace threadkeep
