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

struct SearchCall {
  std::string query;
  std::string input() const;  // JSON
};

// The whole text since the question (or since the last tool answer), whatever was said of it
// already. With `search`, the text comes first and the tool is called then.
struct Reply {
  std::string text;
  std::optional<SearchCall> search;
};

Reply reply_to(const Dialogue& dialogue, const std::vector<Tool>& tools);

// The words of a search's outcome.
std::string report_of_search(const ToolAnswer& answer);

// A text of exactly that many words, in paragraphs, with a heading now and then. Different seeds,
// different texts.
std::string long_text(std::size_t words, std::uint64_t seed);

}  // namespace threadkeep::llm
