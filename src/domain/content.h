// Content blocks: what a message's `content` array may hold, and what can be read out of it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/json.h"

namespace threadkeep {

// Checks that `content` is an array of at most limits::content_blocks_max objects, each with a
// non-empty string "type", and that the block types of the design (text, tool_use, tool_result,
// reasoning, image, file, source, context_summary) have their fields with the right kinds; any
// other type is accepted as it is. At most limits::content_bytes_max. Fails: invalid_field naming
// the block by index, too_large, json_too_deep (limits::value_depth_max). EmptyText::allowed lets
// the array, text and reasoning blocks be empty, as in an answer that is being written. A reasoning
// block that has a signature may always be without text: some providers give no more.
enum class EmptyText { refused, allowed };
Result<void> check_content(const json::Value& content, EmptyText empty_text);

// Whether arrays and objects lie in each other more than `levels` deep; the value counts as one.
bool is_deeper_than(const json::Value& value, int levels);

// The plain words of a message, for titles and for searching: text blocks, tool inputs' and
// results' strings (up to `bytes_max`, no code point cut), joined by line breaks. Reasoning,
// summaries of other messages and base64 are left out. `content` is JSON that check_content
// accepted; anything else gives "".
std::string plain_text(std::string_view content, std::size_t bytes_max);

// A content array with one text block.
std::string text_content(std::string_view text);

// Equality of two contents as values: the same blocks, members in any order, strings decoded,
// numbers by their source text. What decides between "the same message sent again" and a conflict.
bool same_content(std::string_view a, std::string_view b);
// One text for all that are equal so. What cannot be read stays as it is.
std::string canonical_content(std::string_view content);

}  // namespace threadkeep
