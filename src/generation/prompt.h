// What a model is given: the path up to its answer, and how its conversation, its folder and the
// default want it to be asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/context_summary.h"
#include "generation/files_room.h"
#include "generation/kept_summaries.h"
#include "generation/path.h"
#include "llm/provider.h"
#include "store/store.h"

namespace threadkeep {

struct Prompt {
  std::vector<llm::Turn> turns;  // oldest first
  std::size_t opening = 0;       // of the turns: system messages, which are always given
  // Which messages the turns after these are, and how many live ones with words the path has up to
  // there, from its very beginning.
  std::vector<generation::PlaceOfTurn> places;
  bool are_counted = true;  // those numbers are right: the path is not too long to be counted
  // A summary that can be given in the place of turns.
  struct InShort {
    ContextSummary summary;
    std::size_t turns = 0;   // that it stands for: the first ones after the opening
    bool is_stored = false;  // in an answer of the path
  };
  std::optional<InShort> in_short;
  bool is_cut = false;                                  // older messages are left out
  std::shared_ptr<const llm::Attachments> attachments;  // as llm::Request has them
  std::shared_ptr<const FilesRoom::Share> files_share;  // which they take
  // No: other answers hold so many files that there is no room for those of this one now.
  enum class Room : std::uint8_t { yes, no };
  Room has_room = Room::yes;
  bool continues = false;  // the answer is the child of an answer that was cut short
  llm::Settings settings;
  std::optional<std::vector<std::string>> tools;  // that may be used at all; none: every one
  std::vector<std::string> allowed_tools;         // by the conversation
};

// The path above the stored answer `answer`, oldest first: its newest messages up to
// `context_bytes_max` of content, and the system messages at its beginning in any case; the system
// prompts of the settings in effect (domain/preset.h) come before all. Messages without content are
// left out. The answer of a duet is given what the other model said as the user's. Blocks. Fails:
// like Messages::path_page, and Conversations::find.
// An answer and the one that carried out its calls are one turn (generation/decisions.h).
//
// `summaries` (none: null) are those that no answer keeps yet. Of all that are about the beginning
// of this path as it is now, the one that reaches furthest is taken; answers of duets have none,
// for what the one model calls its own words are the other's.
Result<Prompt> load_prompt(Store& store, const UserId& user, const Message& answer,
                           std::size_t context_bytes_max, const FilesRoom& room,
                           const generation::KeptSummaries* summaries = nullptr);
// The same for whoever comes after the answer, which is part of it then. Without attachments.
Result<Prompt> load_prompt_after(Store& store, const UserId& user, const Message& answer,
                                 std::size_t context_bytes_max,
                                 const generation::KeptSummaries& summaries);

}  // namespace threadkeep
