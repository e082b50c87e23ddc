// Which messages of a long conversation are summarised, and how a model is asked for it. Pure
// rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "generation/prompt.h"
#include "llm/provider.h"

namespace threadkeep::generation {

// Of a conversation as it would be asked in next. `tokens` are those of the turns after the
// opening, the first `in_short` of which a summary stands for already.
struct Fill {
  std::int64_t opening_tokens = 0;
  std::int64_t summary_tokens = 0;  // of that one
  std::vector<std::int64_t> tokens;
  std::size_t in_short = 0;
};

// Up to which turn there has to be a summary for a model that reads `readable` tokens; nothing:
// what there is takes less than seven tenths of that, or the newest turns alone are more. About
// the newest third stays, the last turn in any case, and where that can be it begins with the user.
std::optional<std::size_t> turns_to_summarise(const Fill& fill, std::int64_t readable,
                                              const std::vector<llm::Turn>& turns,
                                              std::size_t opening);

// A question for a summary of turns after `opening`, from `first` on, up to `end` at the most: as
// many as the model can read at once, one at the least, of which it then gets the beginning.
struct SummaryQuestion {
  llm::Request request;
  std::size_t end = 0;  // of the turns that it is about
};
SummaryQuestion summary_question(const Prompt& prompt, std::size_t first, std::size_t end,
                                 const std::string& before, std::int64_t readable);

// The summary in what a model said; nothing: there is none in it, or none that is short enough for
// a model that reads so many tokens.
std::optional<std::string> summary_in(const std::string& said, std::int64_t readable);

}  // namespace threadkeep::generation
