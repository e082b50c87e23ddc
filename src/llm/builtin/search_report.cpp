#include <algorithm>

#include "json/json.h"
#include "llm/builtin/reply.h"
#include "llm/builtin/words.h"

namespace threadkeep::llm {
namespace {

constexpr std::size_t hits_shown = 10;
constexpr std::size_t snippet_bytes_max = 180;

struct Hit {
  std::string title;
  std::string role;
  std::string snippet;
};

// The first of these members that is a string.
std::string text_of(json::Value object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (object[name].is_string()) return std::string(object[name].string());
  }
  return "";
}

std::vector<Hit> read_hits(json::Value list) {
  std::vector<Hit> hits;
  for (const json::Value item : list.items()) {
    if (!item.is_object()) continue;
    hits.push_back({text_of(item, {"conversationTitle", "title"}), text_of(item, {"role"}),
                    text_of(item, {"snippet", "text"})});
  }
  return hits;
}

std::string speaker(const std::string& role) {
  if (role == "user") return "you";
  return role == "assistant" ? "the answer" : role;
}

std::string line_of(const Hit& hit) {
  const std::string title =
      hit.title.empty() ? "Untitled" : escape_markdown(excerpt(hit.title, 120));
  std::string line = "- **" + title + "**";
  if (!hit.role.empty()) line += " (" + escape_markdown(speaker(hit.role)) + ")";
  if (!hit.snippet.empty()) line += ": " + escape_markdown(excerpt(hit.snippet, snippet_bytes_max));
  return line;
}

std::string in_quotes(const std::string& query) {
  return query.empty() ? "that" : "**" + escape_markdown(query) + "**";
}

std::string report_hits(const std::vector<Hit>& hits, const std::string& query) {
  if (hits.empty()) {
    return "I found nothing about " + in_quotes(query) +
           " in your conversations. Fewer or other words may help: I look for messages that hold "
           "all of them.";
  }
  std::vector<std::string> titles;
  for (const Hit& hit : hits) {
    if (std::find(titles.begin(), titles.end(), hit.title) == titles.end())
      titles.push_back(hit.title);
  }
  std::string text =
      "I found " + std::to_string(hits.size()) + (hits.size() == 1 ? " message" : " messages") +
      " about " + in_quotes(query) + " in " + std::to_string(titles.size()) +
      (titles.size() == 1 ? " conversation" : " conversations") + ", the newest first:\n";
  for (std::size_t i = 0; i < std::min(hits.size(), hits_shown); ++i)
    text += "\n" + line_of(hits[i]);
  if (hits.size() > hits_shown)
    text += "\n- and " + std::to_string(hits.size() - hits_shown) + " more";
  return text;
}

}  // namespace

std::string report_of_search(const ToolAnswer& answer) {
  const auto input = json::Document::parse(answer.input, json::Mode::foreign);
  const std::string query = input ? std::string(input->root()["query"].string()) : "";
  auto content = json::Document::parse(answer.content, json::Mode::foreign);
  // JSON inside a string, as other products store it.
  if (content && content->root().is_string() && !answer.is_error) {
    auto inner = json::Document::parse(std::string(content->root().string()), json::Mode::foreign);
    if (inner && !inner->root().is_string()) content = std::move(inner);
  }
  if (!content) return "The search gave an answer that I cannot read.";
  const json::Value root = content->root();
  const std::string words =
      root.is_string() ? std::string(root.string()) : text_of(root, {"error", "message", "detail"});
  if (answer.is_error)
    return "The search did not work" +
           (words.empty() ? "." : ": " + escape_markdown(excerpt(words, 300)));
  if (root.is_string()) return "The search says: " + escape_markdown(excerpt(words, 1'000));
  return report_hits(read_hits(root.is_array() ? root : root["hits"]), query);
}

}  // namespace threadkeep::llm
