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
// reasoning, image, file, source) have their fields with the right kinds; any other type is
// accepted as it is. At most limits::content_bytes_max. Fails: invalid_field naming the block by
// index, too_large. EmptyText::allowed lets the array, text and reasoning blocks be empty, as in an
// answer that is being written. A reasoning block that has a signature may always be without text:
// some providers give no more.
enum class EmptyText { refused, allowed };
Result<bool> check_content(const json::Value& content, EmptyText empty_text);

// The plain words of a message, for titles and for searching: text blocks, tool inputs' and
// results' strings (up to `bytes_max`, no code point cut), joined by line breaks. Reasoning and
// base64 are left out. `content` is JSON that check_content accepted; anything else gives "".
std::string plain_text(std::string_view content, std::size_t bytes_max);

// A content array with one text block.
std::string text_content(std::string_view text);

// Equality of two contents as values: the same blocks, members in any order, strings decoded,
// numbers by their source text. What decides between "the same message sent again" and a conflict.
bool same_content(std::string_view a, std::string_view b);

}  // namespace threadkeep
