// A message of a conversation's tree.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.h"
#include "domain/conversation.h"

namespace threadkeep {

enum class Role : std::uint8_t { user, assistant, system, tool };
enum class MessageStatus : std::uint8_t {
  complete,
  reserved,
  streaming,
  cancelled,
  interrupted,
  error
};

std::string_view role_name(Role role);
std::optional<Role> parse_role(std::string_view name);
std::string_view status_name(MessageStatus status);
std::optional<MessageStatus> parse_status(std::string_view name);

// complete, cancelled, interrupted and error: the first one that is reached stays.
bool is_final(MessageStatus status);

// Why the model ended a complete answer before it had said everything. `confirmation`: it asked for
// calls of tools that wait for the person's word; another answer under it goes on with them.
enum class FinishReason : std::uint8_t { length, content_filter, confirmation };

std::string_view finish_reason_name(FinishReason reason);

struct Message {
  MessageId id;
  ConversationId conversation_id;
  std::optional<MessageId> parent_id;  // none: a first message
  Role role = Role::user;
  std::string content =
      "[]";  // a JSON array of content blocks, byte for byte as it was accepted (domain/content.h)
  MessageStatus status = MessageStatus::complete;
  std::optional<std::string> model;
  UnixMs created_at = 0;
  std::optional<std::int64_t> token_count;
  std::optional<std::string> usage;  // a JSON object
  std::optional<std::string> error;  // a JSON object {type, detail}
  std::string metadata = "{}";       // a JSON object, byte for byte
  std::int64_t position =
      0;  // 1, 2, 3 ... in the order of appending within the conversation; never reused
  std::int64_t seq = 0;
  std::optional<UnixMs> deleted_at;  // alone, or erased with its conversation
  bool is_erased = false;            // deleted for ever: its words are gone, its place stays
};

// An answer keeps it in its metadata, as "finishReason", so that it travels wherever the row does.
// What else `metadata`, a JSON object, has stays in it.
std::string metadata_with_finish_reason(std::string_view metadata, FinishReason reason);
std::optional<FinishReason> finish_reason(const Message& message);
// An answer whose model was not given the whole path: the oldest message that it was given, as
// "contextFrom"; and whether it was given a summary of those before, as "contextInShort": true.
enum class OlderMessages : std::uint8_t { left_out, in_short };
std::string metadata_with_context(std::string_view metadata, const MessageId& from,
                                  OlderMessages older);

// A message to be appended. Where it goes:
struct UnderHead {};  // under the active leaf, whatever that is when it commits
struct AsRoot {};     // a new first message
using Place = std::variant<UnderHead, AsRoot, MessageId>;  // or under this message

struct NewMessage {
  MessageId id;
  ConversationId conversation_id;
  Place place = UnderHead{};
  Role role = Role::user;
  std::string content = "[]";
  MessageStatus status = MessageStatus::complete;
  std::optional<std::string> model;
  std::optional<UnixMs> created_at;  // none: the time of the commit
  std::optional<std::int64_t> token_count;
  std::optional<std::string> usage;
  std::optional<std::string> error;
  std::string metadata = "{}";
};

// The row that it becomes at `now`, without a parent, a position and a number of the commit
// sequence.
Message row_of(const NewMessage& message, UnixMs now);

// What a message says. The same again is the same message sent again, other words under its id a
// conflict.
struct Said {
  Role role = Role::user;
  std::string_view content;
};
bool is_same(const Said& a, const Said& b);

// Takes every word out of it for good, and ends it. What stays keeps its id from being used again,
// and the place of what stands under it.
void erase_words(Message& row, UnixMs now);
// A deleted message as it may be seen outside of the trash.
Message without_words(const Message& row);

}  // namespace threadkeep
