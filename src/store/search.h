// Searching the store for words: a plain scan.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/message.h"

namespace threadkeep {

inline constexpr std::size_t snippet_characters = 200;

struct SearchHit {
  ConversationId conversation_id;
  std::string conversation_title;
  MessageId message_id;
  Role role = Role::user;
  UnixMs created_at = 0;
  std::string snippet;  // at most about snippet_characters around the first match
};

class Search {
 public:
  virtual ~Search() = default;

  // Messages of live conversations that hold all words of `words` (search/search_words.h), newest
  // created_at first. A text without words finds nothing. It looks through everything, and between
  // two messages whether it is to stop. Fails: cancelled.
  virtual Result<std::vector<SearchHit>> scan(const UserId& user, const std::string& words,
                                              int limit, const std::stop_token& stop) const = 0;
};

}  // namespace threadkeep
