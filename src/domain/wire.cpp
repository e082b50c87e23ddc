#include "domain/wire.h"

namespace threadkeep {
namespace {

void write_optional(json::Writer& writer, std::string_view name,
                    const std::optional<std::string>& text) {
  writer.key(name);
  if (text) {
    writer.string(*text);
  } else {
    writer.null();
  }
}

void write_optional_id(json::Writer& writer, std::string_view name, const std::optional<Ulid>& id) {
  writer.key(name);
  if (id) {
    writer.string(id->text());
  } else {
    writer.null();
  }
}

}  // namespace

void write_conversation_members(json::Writer& writer, const Conversation& conversation) {
  writer.member("id", conversation.id.text())
      .member("title", conversation.title)
      .member("titleSource", title_source_name(conversation.title_source));
  write_optional(writer, "model", conversation.model);
  writer.member("createdAt", conversation.created_at)
      .member("updatedAt", conversation.updated_at)
      .member("messageCount", conversation.message_count)
      .member("isArchived", conversation.is_archived)
      .member("isPinned", conversation.is_pinned)
      .member("isUnread", conversation.is_unread);
  write_optional(writer, "folder", conversation.folder);
  writer.key("tags").begin_array();
  for (const std::string& tag : conversation.tags) writer.string(tag);
  writer.end_array();
  write_optional_id(writer, "headId", conversation.head_id);
  writer.key("metadata").raw(conversation.metadata);
  writer.member("rev", conversation.rev).member("seq", conversation.seq);
  if (conversation.deleted_at) writer.member("deletedAt", *conversation.deleted_at);
}

void write_message_members(json::Writer& writer, const Message& message) {
  writer.member("id", message.id.text()).member("conversationId", message.conversation_id.text());
  write_optional_id(writer, "parentId", message.parent_id);
  writer.member("role", role_name(message.role));
  writer.key("content").raw(message.content);
  writer.member("status", status_name(message.status));
  if (message.model) writer.member("model", *message.model);
  writer.member("createdAt", message.created_at);
  if (message.token_count) writer.member("tokenCount", *message.token_count);
  if (message.usage) writer.key("usage").raw(*message.usage);
  if (message.error) writer.key("error").raw(*message.error);
  writer.key("metadata").raw(message.metadata);
  writer.member("position", message.position).member("seq", message.seq);
  if (message.deleted_at) writer.member("deletedAt", *message.deleted_at);
}

std::string conversation_json(const Conversation& conversation) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  write_conversation_members(writer, conversation);
  writer.end_object();
  return out;
}

std::string message_json(const Message& message) {
  std::string out;
  out.reserve(message.content.size() + 400);
  json::Writer writer(out);
  writer.begin_object();
  write_message_members(writer, message);
  writer.end_object();
  return out;
}

}  // namespace threadkeep
