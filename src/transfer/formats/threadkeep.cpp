#include "transfer/formats/threadkeep.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/limits.h"
#include "base/utf8.h"
#include "domain/content.h"
#include "domain/entry_rules.h"
#include "domain/setting_rules.h"
#include "transfer/strict_json.h"

namespace threadkeep::own_export {
namespace {

std::string strict_text(const json::Value& value) {
  std::string text;
  json::Writer writer(text);
  write_strict(writer, value, limits::value_depth_max);
  return text;
}

std::optional<Ulid> id_of(const json::Value& value) {
  const auto id = Ulid::parse(value.string());
  return id ? std::optional(*id) : std::nullopt;
}

// An object that is kept with a row, as it may be there.
std::optional<std::string> object_of(const json::Value& value, entry::Kept kind) {
  if (value.is_null()) return std::nullopt;
  return entry::mended_object(kind, strict_text(value));
}

bool is_conversation(const json::Value& value) {
  return value["messages"].is_array() && value["titleSource"].is_string() && id_of(value["id"]);
}

// A file may hold presets alone.
bool is_file_of_ours(const json::Value& value) {
  return value["format"].string() == "threadkeep" && value["conversations"].is_array();
}

bool is_ours(const json::Value& value) { return is_conversation(value) || is_file_of_ours(value); }

// Each setting that the file says.
SettingsPatch patch_of(ConversationSettings settings) {
  SettingsPatch patch;
  if (settings.system) patch.system.emplace(std::move(settings.system));
  if (settings.temperature) patch.temperature.emplace(settings.temperature);
  if (settings.max_tokens) patch.max_tokens.emplace(settings.max_tokens);
  if (settings.effort) patch.effort.emplace(settings.effort);
  if (settings.tools) patch.tools.emplace(std::move(settings.tools));
  return patch;
}

class OwnConverter : public Converter {
 public:
  explicit OwnConverter(const ImportContext& context) : now_ms_(context.now_ms) {}

  std::optional<std::string> take(const json::Value& value,
                                  const OnConversation& on_conversation) override {
    if (value["conversations"].is_array() && value["format"].is_string()) return std::nullopt;
    if (!is_conversation(value)) return "It is no conversation of a Threadkeep export.";
    on_conversation(convert(value));
    return std::nullopt;
  }
  void take_around(const json::Value& value, const OnPreset& on_preset) override {
    for (const json::Value row : value["presets"].items()) on_preset(preset_of(row));
  }

 private:
  SourceConversation convert(const json::Value& value) const;
  Conversation conversation_of(const json::Value& value) const;
  SourcePreset preset_of(const json::Value& value) const;
  // Nothing: it cannot be a message here.
  std::optional<NewMessage> message_of(const json::Value& value) const;
  UnixMs time_of(const json::Value& value) const {
    return std::clamp<UnixMs>(value.integer().value_or(now_ms_), 1, now_ms_);
  }

  const UnixMs now_ms_;
};

SourceConversation OwnConverter::convert(const json::Value& value) const {
  SourceConversation source;
  source.source_id = value["id"].string();
  source.merge.conversation = conversation_of(value);
  std::set<MessageId> known;
  std::int64_t orphans = 0;
  for (const json::Value row : value["messages"].items()) {
    if (!row["deletedAt"].is_null()) continue;
    ++source.messages_found;
    auto message = message_of(row);
    if (!message || !known.insert(message->id).second) {
      ++source.messages_skipped;
      continue;
    }
    const auto parent = id_of(row["parentId"]);
    if (parent && known.contains(*parent)) {
      message->place = *parent;
    } else {
      orphans += parent ? 1 : 0;
      message->place = AsRoot{};
    }
    source.merge.messages.push_back(*std::move(message));
  }
  std::optional<MessageId>& head = source.merge.conversation.head_id;
  if (head && !known.contains(*head)) head.reset();
  if (source.messages_skipped > 0)
    source.reasons.push_back(std::to_string(source.messages_skipped) +
                             " of its messages cannot be read.");
  if (orphans > 0)
    source.reasons.push_back(std::to_string(orphans) +
                             " messages answer some that are not in the file; they came in as "
                             "beginnings.");
  return source;
}

Conversation OwnConverter::conversation_of(const json::Value& value) const {
  Conversation conversation;
  conversation.id = *id_of(value["id"]);
  conversation.title = entry::mended(entry::title, value["title"].string());
  conversation.title_source =
      parse_title_source(value["titleSource"].string()).value_or(TitleSource::none);
  conversation.model = entry::mended_name(entry::model, value["model"].string());
  conversation.created_at = time_of(value["createdAt"]);
  conversation.updated_at = time_of(value["updatedAt"]);
  conversation.is_archived = value["isArchived"].boolean().value_or(false);
  conversation.is_pinned = value["isPinned"].boolean().value_or(false);
  conversation.folder = entry::mended_name(entry::folder, value["folder"].string());
  std::vector<std::string> tags;
  for (const json::Value tag : value["tags"].items()) tags.emplace_back(tag.string());
  conversation.tags = entry::mended_tags(tags);
  conversation.head_id = id_of(value["headId"]);
  conversation.settings = entry::mended_settings(value["settings"]);
  // A file gives no tool leave to act unasked: that is the person's word, at this server.
  conversation.settings.allowed_tools.reset();
  conversation.metadata = object_of(value["metadata"], entry::Kept::metadata).value_or("{}");
  return conversation;
}

SourcePreset OwnConverter::preset_of(const json::Value& value) const {
  SourcePreset source;
  const auto id = parse_preset_id(value["id"].string());
  if (!id) return {"", {}, "Settings of the file are for something that is not known here."};
  source.id = *id;
  if (kind_of_preset(*id) == PresetKind::named) {
    auto name = entry::mended_name(entry::preset_name, value["name"].string());
    if (!name) return {*id, {}, "Settings of the file have no name."};
    source.patch.name.emplace(*std::move(name));
  }
  source.patch.settings = patch_of(entry::mended_settings(value["settings"]));
  source.patch.edited_at = time_of(value["updatedAt"]);
  return source;
}

std::optional<NewMessage> OwnConverter::message_of(const json::Value& value) const {
  const auto id = id_of(value["id"]);
  const auto role = parse_role(value["role"].string());
  if (!id || !role) return std::nullopt;
  NewMessage message;
  message.id = *id;
  message.role = *role;
  message.status = parse_status(value["status"].string()).value_or(MessageStatus::complete);
  // What was being written when it was exported goes on nowhere.
  if (!is_final(message.status)) message.status = MessageStatus::interrupted;
  message.content = strict_text(value["content"]);
  const auto content = json::Document::parse(message.content, json::Mode::strict);
  const auto empty = *role == Role::assistant ? EmptyText::allowed : EmptyText::refused;
  if (!content || !check_content(content->root(), empty)) return std::nullopt;
  message.model = entry::mended_name(entry::model, value["model"].string());
  message.created_at = time_of(value["createdAt"]);
  const auto tokens = value["tokenCount"].integer();
  if (tokens && entry::is_count(*tokens)) message.token_count = tokens;
  message.usage = object_of(value["usage"], entry::Kept::usage);
  message.error = object_of(value["error"], entry::Kept::error);
  message.metadata = object_of(value["metadata"], entry::Kept::metadata).value_or("{}");
  return message;
}

std::unique_ptr<Converter> make_converter(const ImportContext& context) {
  return std::make_unique<OwnConverter>(context);
}

// An archive holds own exports by their content alone.
bool names_conversations(std::string_view) { return false; }

std::vector<std::string> left_out(Archive&, const std::vector<Archive::Entry>& not_read) {
  const std::size_t count = not_read.size();
  if (count == 0) return {};
  return {std::to_string(count) + (count == 1 ? " other file of the archive was not imported."
                                              : " other files of the archive were not imported.")};
}

}  // namespace

Format format() {
  return {"threadkeep", "Threadkeep", is_ours, make_converter, names_conversations, left_out};
}

}  // namespace threadkeep::own_export
