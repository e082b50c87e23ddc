#include "store/sql/copy_mark.h"

#include <string_view>

#include "store/sql/query.h"

namespace threadkeep::sql {
namespace {

// Its value: one byte for the state, then what the copy was made of.
constexpr std::string_view name = "copy";
constexpr char finished = 'F';
constexpr char unfinished = 'U';

}  // namespace

std::optional<CopyMark> read_copy_mark(Connection& connection) {
  Query query(connection, "SELECT value FROM meta WHERE name = $1", name);
  if (!query.next()) return std::nullopt;
  const std::string value = query.bytes(0);
  // A mark that says nothing is of a copy that has not come to its end.
  if (value.empty()) return CopyMark{};
  return CopyMark{value.substr(1), value.front() == finished};
}

void write_copy_mark(Connection& connection, const CopyMark& mark) {
  const std::string value = (mark.is_finished ? finished : unfinished) + mark.source;
  connection.run_script("BEGIN");
  Query(connection,
        "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = "
        "excluded.value",
        name, Bytes{value})
      .run();
  connection.run_script("COMMIT");
}

Result<void> take_over_copy(Connection& connection) {
  const auto mark = read_copy_mark(connection);
  if (!mark) return {};
  if (!mark->is_finished) {
    return fail(Errc::storage_unavailable,
                "it is a copy that has not come to its end: run the same `threadkeep copy` again");
  }
  connection.run_script("DELETE FROM meta WHERE name = 'copy'");
  return {};
}

}  // namespace threadkeep::sql
