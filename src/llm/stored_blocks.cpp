#include "llm/stored_blocks.h"

#include <cstdio>

namespace threadkeep::llm {
namespace {

std::string attachment_note(json::Value block, std::string_view what) {
  std::string note = "[" + std::string(what) + ": " + std::string(block["name"].string());
  if (!block["mediaType"].string().empty()) note += ", " + std::string(block["mediaType"].string());
  return note + "]";
}

}  // namespace

std::string counted_id(std::size_t number) {
  std::string id(16, '\0');
  const int length = std::snprintf(id.data(), id.size(), "call%05zu", number);
  id.resize(static_cast<std::size_t>(length));
  return id;
}

bool is_picture(json::Value block) {
  return block["type"].string() == "image" && block["attachmentId"].is_string();
}

bool is_list_of_blocks(json::Value content) {
  for (const json::Value block : content.items()) {
    if (block["type"].string() != "text" && !is_picture(block)) return false;
  }
  return content.is_array();
}

// The words of a tool's result, which is a string, a list of blocks, or any JSON.
std::string result_text(json::Value content) {
  if (content.is_string()) return std::string(content.string());
  if (!is_list_of_blocks(content)) return std::string(content.raw());
  std::string text;
  for (const json::Value block : content.items()) {
    if (!text.empty()) text += '\n';
    text += is_picture(block) ? words_for(block) : std::string(block["text"].string());
  }
  return text;
}

std::string words_for(json::Value block) {
  const std::string_view type = block["type"].string();
  if (type == "image") return attachment_note(block, "Picture");
  if (type == "file") return attachment_note(block, "File");
  if (type != "source") return {};
  std::string note = "[Source: ";
  note.append(block["title"].string()).append(" ").append(block["url"].string()).append("]");
  return note;
}

}  // namespace threadkeep::llm
