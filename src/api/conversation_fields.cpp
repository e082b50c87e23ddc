#include "api/conversation_fields.h"

namespace threadkeep::api {

NewConversation read_new_conversation_fields(Fields& fields, const Ulid& spare_id) {
  NewConversation conversation;
  const auto id = fields.id("id");
  conversation.id = id ? *id : spare_id;
  conversation.title = fields.line("title", entry::title).value_or("");
  if (auto model = fields.nullable_line("model", entry::model)) conversation.model = *model;
  apply(fields.settings("settings"), conversation.settings);
  conversation.metadata = fields.object("metadata", entry::Kept::metadata).value_or("{}");
  return conversation;
}

ConversationPatch read_patch_fields(Fields& fields) {
  ConversationPatch patch;
  patch.title = fields.line("title", entry::title);
  patch.is_archived = fields.boolean("isArchived");
  patch.is_pinned = fields.boolean("isPinned");
  patch.is_unread = fields.boolean("isUnread");
  patch.folder = fields.nullable_line("folder", entry::folder);
  patch.tags = fields.tags("tags");
  patch.head_id = fields.id("headId");
  patch.model = fields.nullable_line("model", entry::model);
  patch.settings = fields.settings("settings");
  return patch;
}

}  // namespace threadkeep::api
