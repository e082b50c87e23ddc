// Blocks that hold what could not be kept as it was. Inside src/domain.
#pragma once

#include <string>
#include <string_view>

#include "domain/content.h"
#include "json/json.h"

namespace threadkeep::entry {

inline constexpr std::string_view unreadable_type = "threadkeep/unreadable";

// Text of any kind, as one that JSON can hold here: valid UTF-8 without U+0000.
std::string storable(std::string_view text);

// Whether a content may hold this block.
bool is_right_block(const json::Value& block, EmptyText empty_text);

}  // namespace threadkeep::entry
