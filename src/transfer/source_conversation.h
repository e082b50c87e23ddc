// What a format makes of one conversation of its file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "store/store.h"

namespace threadkeep {

struct SourceConversation {
  ConversationMerge merge;
  std::string source_id;  // the source's own id; empty when it gave none
  std::int64_t messages_found = 0;
  std::int64_t messages_skipped = 0;  // found, but not in `merge`
  std::int64_t messages_hidden = 0;   // those of the skipped that the source itself does not show
  std::map<std::string, std::int64_t> verbatim;  // content types that were kept as they came
  std::vector<std::string> reasons;  // whole sentences: why messages are missing or stand elsewhere
};

}  // namespace threadkeep
