#include "domain/message.h"

#include <array>

#include "domain/content.h"
#include "domain/metadata.h"
#include "json/json.h"

namespace threadkeep {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 4> role_names{"user", "assistant", "system", "tool"};
constexpr std::array<std::string_view, 6> status_names{"complete",  "reserved",    "streaming",
                                                       "cancelled", "interrupted", "error"};

template <class Enum, std::size_t count>
std::optional<Enum> parse(const std::array<std::string_view, count>& names, std::string_view name) {
  for (std::size_t i = 0; i < count; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

std::string quoted(std::string_view text) {
  std::string json;
  json::Writer(json).string(text);
  return json;
}

}  // namespace

std::string_view role_name(Role role) { return role_names[static_cast<std::size_t>(role)]; }
std::optional<Role> parse_role(std::string_view name) { return parse<Role>(role_names, name); }

std::string_view status_name(MessageStatus status) {
  return status_names[static_cast<std::size_t>(status)];
}
std::optional<MessageStatus> parse_status(std::string_view name) {
  return parse<MessageStatus>(status_names, name);
}

bool is_final(MessageStatus status) {
  return status != MessageStatus::reserved && status != MessageStatus::streaming;
}

std::string_view finish_reason_name(FinishReason reason) {
  if (reason == FinishReason::confirmation) return "confirmation";
  return reason == FinishReason::length ? "length" : "content_filter";
}

std::string metadata_with_finish_reason(std::string_view metadata, FinishReason reason) {
  return metadata_with(metadata, "finishReason", quoted(finish_reason_name(reason)));
}

std::string metadata_with_context(std::string_view metadata, const MessageId& from,
                                  OlderMessages older) {
  const std::string with = metadata_with(metadata, "contextFrom", quoted(from.text()));
  return older == OlderMessages::in_short ? metadata_with(with, "contextInShort", "true") : with;
}

std::optional<FinishReason> finish_reason(const Message& message) {
  if (message.metadata.find("finishReason") == std::string::npos) return std::nullopt;
  const auto metadata = json::Document::parse(message.metadata, json::Mode::foreign);
  if (!metadata) return std::nullopt;
  const std::string_view name = metadata->root()["finishReason"].string();
  for (const FinishReason reason :
       {FinishReason::length, FinishReason::content_filter, FinishReason::confirmation}) {
    if (name == finish_reason_name(reason)) return reason;
  }
  return std::nullopt;
}

Message row_of(const NewMessage& message, UnixMs now) {
  Message row;
  row.id = message.id;
  row.conversation_id = message.conversation_id;
  row.role = message.role;
  row.content = message.content;
  row.status = message.status;
  row.model = message.model;
  row.created_at = message.created_at.value_or(now);
  row.token_count = message.token_count;
  row.usage = message.usage;
  row.error = message.error;
  row.metadata = message.metadata;
  return row;
}

bool is_same(const Said& a, const Said& b) {
  return a.role == b.role && same_content(a.content, b.content);
}

void erase_words(Message& row, UnixMs now) {
  row.content = "[]";
  row.metadata = "{}";
  row.usage.reset();
  row.error.reset();
  if (!is_final(row.status)) row.status = MessageStatus::interrupted;
  if (!row.deleted_at) row.deleted_at = now;
  row.is_erased = true;
}

Message without_words(const Message& row) {
  Message left;
  left.id = row.id;
  left.conversation_id = row.conversation_id;
  left.parent_id = row.parent_id;
  left.role = row.role;
  left.status = row.status;
  left.model = row.model;
  left.created_at = row.created_at;
  left.position = row.position;
  left.seq = row.seq;
  left.deleted_at = row.deleted_at;
  left.is_erased = row.is_erased;
  return left;
}

}  // namespace threadkeep
