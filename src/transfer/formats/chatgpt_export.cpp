// Files of ChatGPT's export, and what is in them beside conversations.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/ascii.h"
#include "transfer/formats/chatgpt.h"
#include "transfer/formats/chatgpt_content.h"

namespace threadkeep::chatgpt {
namespace {

constexpr std::size_t group_chats_bytes_max = std::size_t{64} << 20;

// Wrappers that other programs put around conversations: {"conversations": [...]}, {"raw": {...}}.
std::vector<json::Value> conversations_inside(const json::Value& value) {
  if (is_conversation(value)) return {value};
  std::vector<json::Value> found;
  for (const json::Member& member : value.members()) {
    if (is_conversation(member.value)) found.push_back(member.value);
    for (const json::Value item : member.value.items()) {
      if (is_conversation(item)) found.push_back(item);
    }
  }
  return found;
}

class ExportConverter : public Converter {
 public:
  explicit ExportConverter(const ImportContext& context)
      : context_(context), undated_ms_(context.now_ms) {}

  std::optional<std::string> take(const json::Value& value,
                                  const OnConversation& on_conversation) override {
    const std::vector<json::Value> found = conversations_inside(value);
    for (const json::Value& conversation : found) {
      SourceConversation source =
          convert(conversation, context_.user, context_.now_ms, undated_ms_);
      // The export's order is that of the list: what has no time stays at its place.
      undated_ms_ = source.merge.conversation.updated_at;
      on_conversation(std::move(source));
    }
    if (!found.empty()) return std::nullopt;
    return value.is_object() ? "It has no messages: \"mapping\" is missing."
                             : "It is no conversation.";
  }

 private:
  const ImportContext context_;
  UnixMs undated_ms_;
};

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

// What a file is to a person. Empty: nothing that anybody misses (settings, ratings, the page that
// shows the same conversations).
std::string_view kind_of(const Archive::Entry& entry) {
  constexpr auto of_the_account = std::to_array<std::string_view>(
      {"user.json", "user_settings.json", "message_feedback.json", "model_comparisons.json",
       "shared_conversations.json", "sora.json", "shopping.json", "chat.html"});
  const std::string path = lower(entry.name);
  const std::string file = lower(entry.file_name());
  if (std::find(of_the_account.begin(), of_the_account.end(), file) != of_the_account.end())
    return "";
  if (file == "group_chats.json") return "group chat";
  if (path.find("textdocs/") != std::string::npos) return "canvas document";
  if (ends_with_any(file, {".png", ".jpg", ".jpeg", ".webp", ".gif", ".heic", ".svg"}))
    return "picture";
  if (ends_with_any(file, {".wav", ".mp3", ".m4a", ".ogg", ".opus", ".mp4", ".webm"}))
    return "recording";
  return "other file";
}

std::int64_t count_group_chats(Archive& archive, const Archive::Entry& entry) {
  auto text = archive.find_text(entry, group_chats_bytes_max);
  const auto document = json::Document::parse(std::move(text).value_or(""), json::Mode::foreign);
  if (!document) return 1;
  const json::Value root = document->root();
  return static_cast<std::int64_t>((root.is_array() ? root : root["chats"]).size());
}

bool recognises(const json::Value& value) { return !conversations_inside(value).empty(); }

std::unique_ptr<Converter> make_converter(const ImportContext& context) {
  return std::make_unique<ExportConverter>(context);
}

// "conversations (1).json", "conversations-000.json", "Conversations_2 - Copy.json"
bool names_conversations(std::string_view file_name) {
  constexpr std::string_view stem = "conversations", ending = ".json";
  const std::string lowered = lower(file_name);
  std::string_view name = lowered;
  if (!name.starts_with(stem) || !name.ends_with(ending)) return false;
  name.remove_prefix(stem.size());
  name.remove_suffix(std::min(name.size(), ending.size()));
  if (name.ends_with("copy")) name.remove_suffix(4);
  return name.find_first_not_of("0123456789-_ ().") == name.npos;
}

std::vector<std::string> left_out(Archive& archive, const std::vector<Archive::Entry>& not_read) {
  std::map<std::string_view, std::int64_t> counts;
  for (const Archive::Entry& entry : not_read) {
    const std::string_view kind = kind_of(entry);
    if (kind.empty()) continue;
    counts[kind] += kind == "group chat" ? count_group_chats(archive, entry) : 1;
  }
  std::vector<std::string> sentences;
  for (const auto& [kind, count] : counts) {
    if (count == 0) continue;
    sentences.push_back(
        std::to_string(count) + " " + std::string(kind) +
        (count == 1 ? " of the archive was not imported." : "s of the archive were not imported."));
  }
  return sentences;
}

}  // namespace

Format format() {
  return {product, "ChatGPT", recognises, make_converter, names_conversations, left_out};
}

}  // namespace threadkeep::chatgpt
