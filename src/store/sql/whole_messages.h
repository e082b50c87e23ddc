// Adds to messages what their rows do not hold: the ids of their conversations and parents. Inside
// src/store/sql.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "store/sql/rows.h"

namespace threadkeep::sql {

// For the messages of one page. Remembers what it has met, so that a page of neighbours looks
// nothing up.
class WholeMessages {
 public:
  explicit WholeMessages(Transaction& transaction) : transaction_(transaction) {}

  Message whole(MessageRow row);

 private:
  const ConversationRow& conversation_of(std::int64_t key);

  Transaction& transaction_;
  std::unordered_map<std::int64_t, ConversationRow> conversations_;
  std::unordered_map<std::int64_t, MessageId> ids_;
};

}  // namespace threadkeep::sql
