// What a model is given: the path up to its answer, and how its conversation, its folder and the
// default want it to be asked.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "llm/provider.h"
#include "store/store.h"

namespace threadkeep {

struct Prompt {
  std::vector<llm::Turn> turns;  // oldest first
  std::size_t opening = 0;       // of the turns: system messages, which are always given
  // Which messages the turns after these are.
  std::vector<MessageId> messages;
  bool is_cut = false;                                  // older messages are left out
  std::shared_ptr<const llm::Attachments> attachments;  // as llm::Request has them
  bool continues = false;  // the answer is the child of an answer that was cut short
  llm::Settings settings;
  std::optional<std::vector<std::string>> tools;  // that may be used at all; none: every one
  std::vector<std::string> allowed_tools;         // whose calls need not be confirmed
};

// The path above the stored answer `answer`, oldest first: its newest messages up to
// `context_bytes_max` of content, and the system messages at its beginning in any case; the system
// prompts of the settings in effect (domain/preset.h) come before all. Messages without content are
// left out. The answer of a duet is given what the other model said as the user's. Blocks. Fails:
// like Messages::path_page, and Conversations::find.
// An answer and the one that carried out its calls are one turn (generation/decisions.h).
Result<Prompt> load_prompt(Store& store, const UserId& user, const Message& answer,
                           std::size_t context_bytes_max);

}  // namespace threadkeep
