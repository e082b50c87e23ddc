// A conversation and the two ways in which it is changed by hand. Plain types and pure rules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/ulid.h"
#include "domain/settings.h"

namespace threadkeep {

using UserId = Ulid;
using ConversationId = Ulid;
using MessageId = Ulid;

enum class TitleSource : std::uint8_t {
  none,
  excerpt,
  model,
  user
};  // `none` is "default" on the wire: the word is taken in C++

std::string_view title_source_name(TitleSource source);
std::optional<TitleSource> parse_title_source(std::string_view name);

struct Conversation {
  ConversationId id;
  std::string title;
  TitleSource title_source = TitleSource::none;
  std::optional<std::string> model;  // the model that the person last chose here
  UnixMs created_at = 0;
  UnixMs updated_at = 0;           // last change of its messages; the order of the list
  std::int64_t message_count = 0;  // live messages of the whole tree
  bool is_archived = false;
  bool is_pinned = false;
  bool is_unread = false;
  std::optional<std::string> folder;
  std::vector<std::string> tags;
  std::optional<MessageId> head_id;  // the active leaf
  ConversationSettings settings;
  std::string metadata = "{}";  // a JSON object, byte for byte
  std::int64_t rev = 0;         // counts edits of the fields that PATCH can change; the ETag
  std::int64_t seq = 0;         // the user's commit sequence at its latest change
  std::optional<UnixMs> deleted_at;
  bool is_erased = false;  // deleted for ever: its words are gone, only the id is kept
};

// A conversation has got another title: what those are told who look on.
struct TitleChanged {
  ConversationId conversation_id;
  std::string title;
};

struct NewConversation {
  ConversationId id;
  std::string title;  // empty: none yet
  std::optional<std::string> model;
  std::string metadata = "{}";
  std::optional<UnixMs> created_at;  // none, or later than that: the time of the commit
  ConversationSettings settings = {};
};

// The row that it becomes at `now`, without a number of the commit sequence.
Conversation row_of(const NewConversation& created_as, UnixMs now);
// What makes two creations of one id the same: title, model, metadata, byte for byte, and settings.
// No two others give the same text.
std::string creation_text(const NewConversation& created_as);

// A conversation from elsewhere: as what it is created, and what its row then takes from it beside
// that.
NewConversation creation_of(const Conversation& source);
void take_over(Conversation& row, const Conversation& source);

// Takes every word out of it for good. What stays keeps the id from being used again.
void erase_words(Conversation& row);

// What is absent stays. The inner optional says "none".
struct ConversationPatch {
  std::optional<std::string> title;  // empty: give it back to the program
  std::optional<bool> is_archived;
  std::optional<bool> is_pinned;
  std::optional<bool> is_unread;
  std::optional<std::optional<std::string>> folder;
  std::optional<std::vector<std::string>> tags;
  std::optional<MessageId> head_id;  // any message: the newest leaf below it becomes the head
  std::optional<std::optional<std::string>> model;
  SettingsPatch settings = {};
  // When the person did it; none: now, and nothing was later than that.
  std::optional<UnixMs> edited_at;
};

// Changes the fields that the patch has. head_id must be the leaf that becomes the head. An empty
// title leaves the conversation untitled: whoever has its messages offers them to title_by
// (domain/title.h), oldest first.
void apply(const ConversationPatch& patch, Conversation& row);
// One text for equal patches, and others for all others.
std::string edit_text(const ConversationPatch& patch);
// Whether they differ in a field that a patch can change.
bool differ_in_editable(const Conversation& a, const Conversation& b);

// When each field that a patch can change was edited last.
struct EditTimes {
  UnixMs title = 0;
  UnixMs is_archived = 0;
  UnixMs is_pinned = 0;
  UnixMs is_unread = 0;
  UnixMs folder = 0;
  UnixMs tags = 0;
  UnixMs model = 0;
  UnixMs head = 0;
  SettingTimes settings;

  friend bool operator==(const EditTimes&, const EditTimes&) = default;
};

// Whether an edit of one thing, made at `edited_at` (none: now, and nothing was later than that),
// is the latest so far; `latest` is when it was edited last, and becomes that time. A time that
// lies ahead is taken as below.
bool note_edit(UnixMs& latest, const std::optional<UnixMs>& edited_at, UnixMs now);

// Takes out of the patch each field that was edited later than the patch was made, and notes the
// time of the others. A time that lies ahead of `now` is taken as `now`, and one that was noted
// minutes ahead of it, by a clock that was wrong then, as no time at all.
void keep_latest_edits(ConversationPatch& patch, EditTimes& times, UnixMs now);

}  // namespace threadkeep
