#include <sstream>
#include <string>

#include "store/sql/aggregates.h"
#include "store/sql/operations.h"

namespace threadkeep::sql {
namespace {

constexpr std::string_view mark_name = "checked";
constexpr std::string_view clock_name = "clock";

}  // namespace

std::optional<std::string> find_meta(Transaction& transaction, std::string_view name) {
  Query query(transaction.connection, "SELECT value FROM meta WHERE name = $1", name);
  if (!query.next()) return std::nullopt;
  return query.bytes(0);
}

void put_meta(Transaction& transaction, std::string_view name, std::string_view value) {
  Query(transaction.connection,
        "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = "
        "excluded.value",
        name, Bytes{value})
      .run();
}

void SqlHousekeeping::leave_mark() { put_meta(transaction_, mark_name, ""); }

bool SqlHousekeeping::has_mark() const { return find_meta(transaction_, mark_name).has_value(); }

std::optional<ClockNote> SqlHousekeeping::clock_note() const {
  const auto text = find_meta(transaction_, clock_name);
  if (!text) return std::nullopt;
  ClockNote note;
  std::istringstream(*text) >> note.seen_at >> note.distrust_ms;
  return note;
}

void SqlHousekeeping::note_clock(const ClockNote& note) {
  put_meta(transaction_, clock_name,
           std::to_string(note.seen_at) + " " + std::to_string(note.distrust_ms));
}

UserId SqlHousekeeping::local_user() {
  constexpr std::string_view name = "local_user";
  if (const auto bytes = find_meta(transaction_, name)) return UserId::from_bytes(*bytes);
  // Of two processes that come here at once one makes it; the other one waits for that.
  Query(transaction_.connection,
        "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", name,
        ids_.next())
      .run();
  return UserId::from_bytes(find_meta(transaction_, name).value());
}

}  // namespace threadkeep::sql
