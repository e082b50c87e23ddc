// Where an unfinished answer is kept: in rows of answer_parts, so that a checkpoint writes what is
// new and not the whole content again. Inside src/store/sql.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "store/answers.h"
#include "store/sql/process.h"
#include "store/sql/rows.h"

namespace threadkeep::sql {

struct AnswerName {
  std::int64_t user = 0;
  MessageId id;
};
// Writes the part, when the answer is unfinished and the process is the one that writes it. Returns
// the answer's key; nothing: it was not written.
std::optional<std::int64_t> put_answer_part(Transaction& transaction, const Process& process,
                                            const AnswerName& answer, const AnswerPart& part,
                                            const std::string& closing);

// The content of an unfinished answer, put together. Nothing: it has no parts, and its row says
// all.
std::optional<std::string> load_answer_content(Connection& connection, std::int64_t key);
// Gives the message, which was read from its row, the content of its parts while it is unfinished.
void add_answer_parts(Transaction& transaction, std::int64_t key, Message& message);

// Of the messages with keys in [first, last].
void delete_answer_parts(Transaction& transaction, std::int64_t first, std::int64_t last);

}  // namespace threadkeep::sql
