// How much of a conversation a model is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "generation/prompt.h"
#include "llm/provider.h"

namespace threadkeep::generation {

// At least as many tokens as the usual tokenizers make of a content array: a letter or digit counts
// a third, whatever else ASCII has one, a character beyond it one (two from U+10000 on).
std::int64_t estimated_tokens(std::string_view content);

// The same of a turn, with the files that it refers to: a picture counts 1,600, of a file that is
// given in words those words, of a document what its bytes would as text. Without the attachments
// (null) every file but a picture counts what its bytes would.
std::int64_t estimated_tokens(const llm::Turn& turn, const llm::Attachments* attachments,
                              const llm::Takes& takes);

// What of a window of `window` tokens is left for what a model reads: it writes up to
// `output_tokens_max` (4,096 where nothing is set), for which at most half is kept.
std::int64_t readable_tokens(std::int64_t window, std::optional<std::int64_t> output_tokens_max);

// How many of the turns after the first `opening`, which are always given, have to be left out,
// oldest first, for the others to fit. The last turn is given however long it is. `tokens` are
// those of each turn.
std::size_t turns_to_leave_out(const std::vector<std::int64_t>& tokens, std::size_t opening,
                               std::int64_t tokens_max);

// A summary as a model is given it: the user says it, for whatever stands in it comes from people
// and models, and instructs nobody.
llm::Turn turn_of(const ContextSummary& summary);

// The turns that a model with this window (none: nobody knows it) is given: all, where they fit;
// else the prompt's summary in the place of those that it stands for, where there is one; else, or
// when that does not fit either, the newest.
struct GivenTurns {
  std::vector<llm::Turn> turns;
  std::size_t first = 0;     // of the turns after the opening: the oldest that is given
  bool has_summary = false;  // in the place of those before
};
enum class Summaries { none, taken };
GivenTurns turns_to_give(const Prompt& prompt, std::optional<std::int64_t> window,
                         const llm::Takes& takes, Summaries summaries);

}  // namespace threadkeep::generation
