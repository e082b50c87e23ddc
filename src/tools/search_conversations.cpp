#include "tools/search_conversations.h"

#include <algorithm>

namespace threadkeep::tools {
namespace {

constexpr int hits_max = 20;
constexpr int hits_usual = 8;

ToolResult search(Store& store, const UserId& user, const json::Value& input,
                  const std::stop_token& stop) {
  const std::string query(input["query"].string());
  if (query.empty()) return tool_error("The input needs a \"query\" with the words to look for.");
  const auto limit = input["limit"].integer().value_or(hits_usual);
  const auto hits = store.read([&](const Reader& reader) {
    return reader.search().scan(
        user, query, static_cast<int>(std::clamp<std::int64_t>(limit, 1, hits_max)), stop);
  });
  if (!hits) return tool_error(hits.error().detail);

  std::string out;
  json::Writer writer(out);
  writer.begin_object().member("query", query).key("hits").begin_array();
  for (const SearchHit& hit : *hits) {
    writer.begin_object()
        .member("conversationId", hit.conversation_id.text())
        .member("conversationTitle", hit.conversation_title)
        .member("messageId", hit.message_id.text())
        .member("role", role_name(hit.role))
        .member("createdAt", hit.created_at)
        .member("snippet", hit.snippet)
        .end_object();
  }
  writer.end_array().end_object();
  return {std::move(out), false};
}

}  // namespace

RunnableTool search_conversations(Store& store) {
  RunnableTool tool;
  tool.offer = {
      "search_conversations",
      "Looks for words in all past conversations of this user and gives the newest messages that "
      "hold all of them, each with its conversation's title.",
      R"({"type":"object","properties":{"query":{"type":"string","description":"the words to look for"},)"
      R"("limit":{"type":"integer","minimum":1,"maximum":20}},"required":["query"],"additionalProperties":false})"};
  tool.access = Access::when_named;
  tool.run = [&store](const UserId& user, const json::Value& input, const std::stop_token& stop) {
    return search(store, user, input, stop);
  };
  return tool;
}

}  // namespace threadkeep::tools
