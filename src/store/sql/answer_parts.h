// Where an unfinished answer is kept: in rows of answer_parts, so that a checkpoint writes what is
// new and not the whole content again. A long one stays there: the content of its row is empty
// then, which no JSON is. Inside src/store/sql.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

// Makes the parts of the unfinished answer those of a finished one, when it is long and this is
// its content. False: nothing is done, and the content belongs into the row.
bool end_in_parts(Transaction& transaction, std::int64_t key, const std::string& content);

// Whether the content of a row with this status and content lies in parts, if it has any.
bool may_have_parts(MessageStatus status, std::string_view content);
// The content of an answer from its parts. Nothing: it has none, and its row says all.
std::optional<std::string> load_answer_content(Connection& connection, std::int64_t key);
// Gives the message, which was read from its row, the content of its parts where it lies there.
void add_answer_parts(Connection& connection, std::int64_t key, Message& message);

// Of the messages with keys in [first, last].
void delete_answer_parts(Transaction& transaction, std::int64_t first, std::int64_t last);

}  // namespace threadkeep::sql
