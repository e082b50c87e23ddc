#include "store/sql/answer_parts.h"
#include "store/sql/terms.h"

namespace threadkeep::sql {
namespace {

// One statement: the guard and the write see the same state. A part that is there already is one
// whose commit was not known to the writer, or that has grown.
const std::string put_sql =
    "INSERT INTO answer_parts (message, part, text, closing) SELECT key, CAST($3 AS BIGINT), "
    "CAST($4 AS TEXT), CAST($5 AS TEXT) FROM messages WHERE " +
    term::user_of_message + " = $1 AND id = $2 AND " + term::is_unfinished;
const std::string replace_sql =
    " ON CONFLICT (message, part) DO UPDATE SET text = excluded.text, closing = excluded.closing "
    "RETURNING message";
const std::string put_part_sql = put_sql + replace_sql;
const std::string put_own_part_sql = put_sql + " AND owner = $6" + replace_sql;

}  // namespace

std::optional<std::int64_t> put_answer_part(Transaction& transaction, const Process& process,
                                            const AnswerName& answer, const AnswerPart& part,
                                            const std::string& closing) {
  Query query(transaction.connection, process.is_alone() ? put_part_sql : put_own_part_sql,
              answer.user, answer.id, part.number, part.text, closing);
  if (!process.is_alone()) query.add(process.id);
  std::optional<std::int64_t> key;
  while (query.next()) key = query.integer(0);
  return key;
}

std::optional<std::string> load_answer_content(Connection& connection, std::int64_t key) {
  Query query(connection, "SELECT text, closing FROM answer_parts WHERE message = $1 ORDER BY part",
              key);
  if (!query.next()) return std::nullopt;
  std::string content;
  std::string closing;
  do {
    content += query.text(0);
    closing = query.text(1);
  } while (query.next());
  return content + closing;
}

bool may_have_parts(MessageStatus status, std::string_view content) {
  return !is_final(status) || content.empty();
}

void add_answer_parts(Connection& connection, std::int64_t key, Message& message) {
  if (!may_have_parts(message.status, message.content)) return;
  if (auto content = load_answer_content(connection, key)) message.content = std::move(*content);
}

bool end_in_parts(Transaction& transaction, std::int64_t key, const std::string& content) {
  // Files are looked for in the rows of messages alone.
  if (content.size() < transaction.limits.long_answer_bytes ||
      content.find("attachmentId") != std::string::npos)
    return false;
  std::size_t stored = 0;
  std::int64_t parts = 0;
  {
    Query query(transaction.connection,
                "SELECT part, text FROM answer_parts WHERE message = $1 ORDER BY part", key);
    for (; query.next(); ++parts) {
      const std::string_view text = query.text(1);
      if (query.integer(0) != parts + 1 || content.compare(stored, text.size(), text) != 0)
        return false;
      stored += text.size();
    }
  }
  if (parts == 0) return false;
  // What an unfinished one ended with for now counts no more, as its part is not the last.
  Query(transaction.connection,
        "INSERT INTO answer_parts (message, part, text, closing) VALUES ($1, $2, $3, '')", key,
        parts + 1, content.substr(stored))
      .run();
  return true;
}

void delete_answer_parts(Transaction& transaction, std::int64_t first, std::int64_t last) {
  Query(transaction.connection, "DELETE FROM answer_parts WHERE message BETWEEN $1 AND $2", first,
        last)
      .run();
}

}  // namespace threadkeep::sql
