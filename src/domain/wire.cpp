#include "domain/wire.h"

#include "domain/setting_rules.h"

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

void write_id(json::Writer& writer, std::string_view name, const Ulid& id) {
  const auto text = id.characters();
  writer.key(name).plain({text.data(), text.size()});
}

void write_optional_id(json::Writer& writer, std::string_view name, const std::optional<Ulid>& id) {
  if (id) {
    write_id(writer, name, *id);
  } else {
    writer.key(name).null();
  }
}

}  // namespace

void write_conversation_members(json::Writer& writer, const Conversation& conversation) {
  write_id(writer, "id", conversation.id);
  writer.member("title", conversation.title)
      .key("titleSource")
      .plain(title_source_name(conversation.title_source));
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
  writer.key("settings").raw(settings_json(conversation.settings));
  writer.key("metadata").raw(conversation.metadata);
  writer.member("rev", conversation.rev).member("seq", conversation.seq);
  if (conversation.deleted_at) writer.member("deletedAt", *conversation.deleted_at);
  if (conversation.is_erased) writer.member("isErased", true);
}

void write_message_members(json::Writer& writer, const Message& message) {
  if (message.deleted_at) {
    write_whole_message_members(writer, without_words(message));
  } else {
    write_whole_message_members(writer, message);
  }
}

void write_whole_message_members(json::Writer& writer, const Message& message) {
  write_id(writer, "id", message.id);
  write_id(writer, "conversationId", message.conversation_id);
  write_optional_id(writer, "parentId", message.parent_id);
  writer.key("role").plain(role_name(message.role));
  writer.key("content").raw(message.content);
  writer.key("status").plain(status_name(message.status));
  if (message.model) writer.member("model", *message.model);
  writer.member("createdAt", message.created_at);
  if (message.token_count) writer.member("tokenCount", *message.token_count);
  if (message.usage) writer.key("usage").raw(*message.usage);
  if (message.error) writer.key("error").raw(*message.error);
  writer.key("metadata").raw(message.metadata);
  writer.member("position", message.position).member("seq", message.seq);
  if (message.deleted_at) writer.member("deletedAt", *message.deleted_at);
  if (message.is_erased) writer.member("isErased", true);
}

void write_preset_members(json::Writer& writer, const Preset& preset) {
  writer.member("id", preset.id).key("kind").plain(preset_kind_name(kind_of_preset(preset.id)));
  if (preset.name) writer.member("name", *preset.name);
  writer.key("settings").raw(settings_json(preset.settings));
  writer.member("createdAt", preset.created_at)
      .member("updatedAt", preset.updated_at)
      .member("rev", preset.rev)
      .member("seq", preset.seq);
  if (preset.deleted_at) writer.member("deletedAt", *preset.deleted_at);
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

std::string preset_json(const Preset& preset) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  write_preset_members(writer, preset);
  writer.end_object();
  return out;
}

}  // namespace threadkeep
