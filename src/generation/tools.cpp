#include "generation/tools.h"

#include <algorithm>

#include "json/json.h"

namespace threadkeep {
namespace {

constexpr int hits_max = 20;
constexpr int hits_usual = 8;

ToolResult tool_error(std::string_view sentence) { return {json::quoted(sentence), true}; }

ToolResult search_conversations(Store& store, const UserId& user, const json::Value& input) {
  const std::string query(input["query"].string());
  if (query.empty()) return tool_error("The input needs a \"query\" with the words to look for.");
  const auto limit = input["limit"].integer().value_or(hits_usual);
  const auto hits =
      store.scan(user, query, static_cast<int>(std::clamp<std::int64_t>(limit, 1, hits_max)));
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

std::vector<llm::Tool> built_in_tools() {
  return {llm::Tool{
      "search_conversations",
      "Looks for words in all past conversations of this user and gives the newest messages that "
      "hold all of them, each with its conversation's title.",
      R"({"type":"object","properties":{"query":{"type":"string","description":"the words to look for"},)"
      R"("limit":{"type":"integer","minimum":1,"maximum":20}},"required":["query"],"additionalProperties":false})"}};
}

ToolResult run_tool(Store& store, const UserId& user, const std::string& name,
                    const std::string& input) {
  const auto parsed = json::Document::parse(input, json::Mode::foreign);
  if (!parsed || !parsed->root().is_object()) return tool_error("The input is no JSON object.");
  if (name == "search_conversations") return search_conversations(store, user, parsed->root());
  return tool_error("There is no tool with that name.");
}

}  // namespace threadkeep
