#include <algorithm>

#include "base/utf8.h"
#include "json/json.h"
#include "llm/builtin/reply.h"

namespace threadkeep::llm {
namespace {

constexpr std::size_t hits_shown = 10;
constexpr std::size_t snippet_bytes_max = 180;

// On one line, markdown's signs made harmless.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : utf8_prefix(text, snippet_bytes_max)) {
    if (std::string_view("\\`*_[]<>#|~").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

std::string line_of(json::Value hit) {
  const std::string_view title = hit["conversationTitle"].string();
  return "\n- **" + plain(title.empty() ? "Untitled" : title) +
         "**: " + plain(hit["snippet"].string());
}

}  // namespace

std::string report_of_search(const ToolAnswer& answer) {
  const auto content = json::Document::parse(answer.content, json::Mode::foreign);
  if (!content) return "The search gave an answer that I cannot read.";
  const json::Value root = content->root();
  if (answer.is_error) return "The search did not work: " + plain(root.string());
  if (!root["hits"].is_array()) return "The search says: " + plain(root.string());
  const std::size_t count = root["hits"].size();
  if (count == 0)
    return "I found nothing about that in your conversations. Fewer or other words may help: I "
           "look for messages that hold all of them.";
  std::string text = "I found " + std::to_string(count) + (count == 1 ? " message" : " messages") +
                     " in your conversations:\n";
  std::size_t shown = 0;
  for (const json::Value hit : root["hits"].items()) {
    if (shown++ < hits_shown) text += line_of(hit);
  }
  if (count > hits_shown) text += "\n- and " + std::to_string(count - hits_shown) + " more";
  return text;
}

}  // namespace threadkeep::llm
