// How much of a conversation a model is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "llm/provider.h"

namespace threadkeep::generation {

// At least as many tokens as the usual tokenizers make of a content array: a letter or digit counts
// a third, whatever else ASCII has one, a character beyond it one (two from U+10000 on). A picture
// counts 1,600, another file what its bytes would as text.
std::int64_t estimated_tokens(std::string_view content);

// What of a window of `window` tokens is left for what a model reads: it writes up to
// `output_tokens_max` (4,096 where nothing is set), for which at most half is kept.
std::int64_t readable_tokens(std::int64_t window, std::optional<std::int64_t> output_tokens_max);

// How many of the turns after the first `opening`, which are always given, have to be left out,
// oldest first, for the others to fit. The last turn is given however long it is.
std::size_t turns_to_leave_out(const std::vector<llm::Turn>& turns, std::size_t opening,
                               std::int64_t tokens_max);

}  // namespace threadkeep::generation
