#include "api/message_fields.h"

#include <utility>

#include "base/limits.h"
#include "domain/content.h"

namespace threadkeep::api {
namespace {

Role read_role(Fields& fields) {
  const auto name = fields.string("role", limits::name_bytes_max);
  const auto role = name ? parse_role(*name) : std::nullopt;
  if (!role) fields.refuse("role", "must be user, assistant, system or tool.");
  return role.value_or(Role::user);
}

std::string read_content(Fields& fields, const std::string& where,
                         EmptyText empty_text = EmptyText::refused) {
  const json::Value content = fields.value("content");
  const bool may_be_empty = empty_text == EmptyText::allowed;
  if (!content.is_array() || (content.size() == 0 && !may_be_empty)) {
    fields.refuse("content", "must be an array with at least one content block.");
    return "[]";
  }
  if (auto checked = check_content(content, empty_text); !checked) {
    fields.fail_with({checked.error().code, where.empty() ? checked.error().detail
                                                          : where + ": " + checked.error().detail});
    return "[]";
  }
  return std::string(content.raw());
}

MessageStatus read_final_status(Fields& fields) {
  const auto name = fields.string("status", limits::name_bytes_max);
  if (!name) return MessageStatus::complete;
  const auto status = parse_status(*name);
  if (!status || !is_final(*status))
    fields.refuse("status", "must be complete, cancelled, interrupted or error.");
  return status.value_or(MessageStatus::complete);
}

Place read_place(Fields& fields) {
  const auto parent = fields.nullable_id("parentId");
  if (!parent) return UnderHead{};
  if (!*parent) return AsRoot{};
  return **parent;
}

}  // namespace

Result<NewMessage> read_message(json::Value object, const std::string& where,
                                const ConversationId& conversation, const Ulid& spare_id,
                                RoleField role_field) {
  Fields fields(object, where);
  NewMessage message;
  message.conversation_id = conversation;
  message.id = fields.id("id").value_or(spare_id);
  message.place = read_place(fields);
  const bool has_outcome = role_field == RoleField::with_outcome;
  if (role_field != RoleField::user_only) {
    message.role = read_role(fields);
    message.model = fields.line("model", entry::model);
  }
  const bool is_answer = has_outcome && message.role == Role::assistant;
  message.content =
      read_content(fields, where, is_answer ? EmptyText::allowed : EmptyText::refused);
  message.created_at = fields.time("createdAt");
  message.metadata = fields.object("metadata", entry::Kept::metadata).value_or("{}");
  if (has_outcome) {
    message.status = read_final_status(fields);
    message.usage = fields.object("usage", entry::Kept::usage);
    message.error = fields.object("error", entry::Kept::error);
    message.token_count = fields.count("tokenCount");
  }
  if (auto known = fields.finish(); !known) return tl::unexpected(known.error());
  if (const auto* parent = std::get_if<MessageId>(&message.place);
      parent && *parent == message.id) {
    return fail(Errc::parent_invalid, "A message cannot be its own parent.");
  }
  return message;
}

Result<UpsertMessage> read_upsert_message(json::Value object, const std::string& where,
                                          const Ulid& fresh_id) {
  Fields fields(object, where);
  UpsertMessage message;
  message.id = fields.id("id");
  message.fresh_id = fresh_id;
  message.role = read_role(fields);
  message.content = read_content(fields, where);
  message.created_at = fields.time("createdAt");
  message.model = fields.line("model", entry::model);
  message.metadata = fields.object("metadata", entry::Kept::metadata).value_or("{}");
  message.status = read_final_status(fields);
  if (auto known = fields.finish(); !known) return tl::unexpected(known.error());
  return message;
}

}  // namespace threadkeep::api
