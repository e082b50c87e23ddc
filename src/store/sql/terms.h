// Terms of SQL text in which numbers stand for words, written as the indices of the migrations have
// them: a planner takes an index over an expression, or one with a condition, only for the same
// text. Inside src/store/sql.
#pragma once

#include <string>

#include "domain/message.h"
#include "store/sql/rows.h"

namespace threadkeep::sql::term {

// Whose row it is, by its key.
inline const std::string user_of_conversation = "key >> 20";
inline const std::string user_of_preset = "key >> 20";
inline const std::string user_of_message = "key >> 43";
inline const std::string conversation_of_message = "key >> 23";
static_assert(conversation_bits == 20 && position_bits == 23);

// Of a message: an answer that is reserved or being written.
inline const std::string is_unfinished = "status IN (1, 2)";
static_assert(static_cast<int>(MessageStatus::reserved) == 1 &&
              static_cast<int>(MessageStatus::streaming) == 2);

// Of a message: deleted alone, or erased with its conversation.
inline const std::string is_deleted_alone = "state IN (1, 2)";
inline const std::string is_message_in_trash = "state = 1";
inline const std::string is_of_erased = "state = 3";
static_assert(static_cast<int>(MessageState::trash) == 1 &&
              static_cast<int>(MessageState::erased) == 2 &&
              static_cast<int>(MessageState::erased_with_all) == 3);

// Of a conversation.
inline const std::string is_live = "state = 0";
inline const std::string is_in_trash = "state = 1";
inline const std::string is_erased = "state = 2";
inline const std::string is_deleted = "state IN (1, 2)";
inline const std::string is_not_erased = "state < 2";
static_assert(static_cast<int>(State::live) == 0 && static_cast<int>(State::trash) == 1 &&
              static_cast<int>(State::erased) == 2);

}  // namespace threadkeep::sql::term
