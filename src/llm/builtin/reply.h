// What the built-in model says. Pure: the same dialogue gives the same reply.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/builtin/dialogue.h"
#include "llm/provider.h"

namespace threadkeep::llm {

inline constexpr std::string_view search_tool = "search_conversations";

// The whole text since the question (or since the last tool answer), whatever was said of it
// already. With `search`, the text comes first and the tool is called with these words then.
struct Reply {
  std::string text;
  std::optional<std::string> search;
};

Reply reply_to(const Dialogue& dialogue, const std::vector<Tool>& tools);

// The words to look for in past conversations, when the message asks for that; otherwise empty.
std::string search_wish(std::string_view message);

// The words of a search's outcome.
std::string report_of_search(const ToolAnswer& answer);

}  // namespace threadkeep::llm
