#include "api/conversation_fields.h"

#include "base/limits.h"

namespace threadkeep::api {

void check_title(Fields& fields, const std::optional<std::string>& title) {
  if (!title) return;
  for (const char c : *title) {
    if (static_cast<unsigned char>(c) < 0x20) {
      fields.refuse("title", "must be one line without control characters.");
      return;
    }
  }
}

NewConversation read_new_conversation_fields(Fields& fields, const Ulid& spare_id) {
  NewConversation conversation;
  const auto id = fields.id("id");
  conversation.id = id ? *id : spare_id;
  const auto title = fields.string("title", limits::title_bytes_max);
  check_title(fields, title);
  conversation.title = title.value_or("");
  if (auto model = fields.nullable_string("model", limits::name_bytes_max))
    conversation.model = *model;
  conversation.metadata = fields.object("metadata", limits::metadata_bytes_max).value_or("{}");
  return conversation;
}

ConversationPatch read_patch_fields(Fields& fields) {
  ConversationPatch patch;
  patch.title = fields.string("title", limits::title_bytes_max);
  check_title(fields, patch.title);
  patch.is_archived = fields.boolean("isArchived");
  patch.is_pinned = fields.boolean("isPinned");
  patch.is_unread = fields.boolean("isUnread");
  patch.folder = fields.nullable_string("folder", limits::name_bytes_max);
  if (patch.folder && *patch.folder && (*patch.folder)->empty())
    fields.refuse("folder", "must not be empty; null takes it out of its folder.");
  patch.tags = fields.strings("tags", limits::tags_max, limits::name_bytes_max);
  patch.head_id = fields.id("headId");
  patch.model = fields.nullable_string("model", limits::name_bytes_max);
  return patch;
}

}  // namespace threadkeep::api
