#include "tools/read_conversation.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "domain/content.h"

namespace threadkeep::tools {
namespace {

constexpr int messages_usual = 20;
constexpr int messages_max = 50;
constexpr std::size_t text_bytes_max = 60'000;     // of all of them
constexpr std::size_t message_bytes_max = 20'000;  // of one

// The newest messages of the page, oldest first, as far as there is room for their words.
ToolResult told(const Conversation& conversation, const MessagePage& page) {
  std::vector<std::pair<const Message*, std::string>> shown;
  std::size_t bytes = 0;
  std::optional<Position> older = page.next;
  for (auto entry = page.messages.rbegin(); entry != page.messages.rend(); ++entry) {
    std::string text = plain_text(entry->message.content, message_bytes_max);
    if (!shown.empty() && bytes + text.size() > text_bytes_max) {
      older = entry->message.position;
      break;
    }
    bytes += text.size();
    shown.emplace_back(&entry->message, std::move(text));
  }
  std::string out;
  json::Writer writer(out);
  writer.begin_object()
      .member("conversationId", conversation.id.text())
      .member("title", conversation.title)
      .key("messages")
      .begin_array();
  for (auto message = shown.rbegin(); message != shown.rend(); ++message) {
    writer.begin_object()
        .member("id", message->first->id.text())
        .member("role", role_name(message->first->role))
        .member("createdAt", message->first->created_at)
        .member("text", message->second)
        .end_object();
  }
  writer.end_array();
  if (older) writer.member("older", *older);
  writer.end_object();
  return {std::move(out), false};
}

ToolResult read(Store& store, const UserId& user, const json::Value& input) {
  const auto id = Ulid::parse(input["conversationId"].string());
  if (!id) return tool_error("This is no id of a conversation.");
  const auto limit = input["limit"].integer().value_or(messages_usual);
  const auto from = input["from"].integer();
  const auto result = store.read([&](const Reader& reader) -> Result<ToolResult> {
    const auto conversation = reader.conversations().find(user, *id);
    if (!conversation) return tl::unexpected(conversation.error());
    if (conversation->deleted_at) return fail(Errc::conversation_deleted, "It is in the trash.");
    if (!conversation->head_id) return told(*conversation, {});
    const auto page = reader.messages().path_page(
        user, *id, *conversation->head_id, from,
        static_cast<int>(std::clamp<std::int64_t>(limit, 1, messages_max)), Deleted::left_out);
    if (!page) return tl::unexpected(page.error());
    return told(*conversation, *page);
  });
  if (!result) return tool_error(result.error().detail);
  return *result;
}

}  // namespace

RunnableTool read_conversation(Store& store) {
  RunnableTool tool;
  tool.offer = {
      "read_conversation",
      "Reads the messages of one past conversation of this user, newest page first; ids come from "
      "search_conversations. To go on towards older ones, give `older` of the last answer as "
      "`from`.",
      R"({"type":"object","properties":{"conversationId":{"type":"string","minLength":26,"maxLength":26},)"
      R"("from":{"type":"integer","minimum":1},"limit":{"type":"integer","minimum":1,"maximum":50}},)"
      R"("required":["conversationId"],"additionalProperties":false})"};
  tool.access = Access::when_named;
  tool.run = [&store](const UserId& user, const json::Value& input, const std::stop_token&) {
    return read(store, user, input);
  };
  return tool;
}

}  // namespace threadkeep::tools
