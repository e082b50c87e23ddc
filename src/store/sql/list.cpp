#include <string>

#include "store/sql/aggregates.h"
#include "store/sql/terms.h"

namespace threadkeep::sql {
namespace {

// The index that leads to the rows. A unary plus before a column (or || '' after one of
// text) keeps the planner from another.
enum class Way { list, pinned, folder, tag };

Way way_of(const ConversationFilter& filter) {
  if (filter.tag) return Way::tag;
  if (filter.folder) return Way::folder;
  return filter.is_pinned.value_or(false) ? Way::pinned : Way::list;
}

// $1 is the user, $2 the state; then come folder, tag, the place and the limit, as far as there are
// any.
std::string list_sql(const ConversationFilter& filter, bool has_place) {
  const Way way = way_of(filter);
  int parameters = 2;
  const auto next = [&parameters] { return "$" + std::to_string(++parameters); };
  std::string where;
  if (filter.folder)
    where += (way == Way::folder ? " AND folder = " : " AND folder || '' = ") + next();
  if (filter.tag) {
    where +=
        " AND key IN (SELECT conversation FROM conversation_tags WHERE conversation >> 20 = $1 AND "
        "tag = " +
        next() + ")";
  }
  if (filter.is_pinned) {
    where += way == Way::pinned ? " AND is_pinned = " : " AND +is_pinned = ";
    where += *filter.is_pinned ? "1" : "0";
  }
  if (filter.is_archived) {
    where += way == Way::list ? " AND is_archived = " : " AND +is_archived = ";
    where += *filter.is_archived ? "1" : "0";
  }
  if (has_place) {
    const std::string updated_at = next();
    where += " AND (updated_at, id) < (" + updated_at + ", " + next() + ")";
  }
  const std::string order = " ORDER BY updated_at DESC, id DESC LIMIT " + next();
  const auto select = [&](const std::string& more) {
    const std::string owner =
        way == Way::tag ? "+state = $2" : term::user_of_conversation + " = $1 AND state = $2";
    return "SELECT " + std::string(conversation_columns) + " FROM conversations WHERE " + owner +
           more + where + order;
  };
  if (filter.is_archived || way != Way::list) return select("");
  // Both halves of the index in their order, and then the newest of both.
  return "SELECT * FROM (SELECT * FROM (" + select(" AND is_archived = 0") +
         ") AS present UNION ALL SELECT * FROM (" + select(" AND is_archived = 1") +
         ") AS archived) AS together" + order;
}

}  // namespace

Result<ConversationPage> SqlConversations::list(const UserId& user,
                                                const ConversationFilter& filter,
                                                const std::optional<ListPlace>& after,
                                                int limit) const {
  ConversationPage page;
  const auto number = find_user(transaction_, user);
  if (!number) return page;
  const auto state = static_cast<int>(filter.in_trash ? State::trash : State::live);
  const std::string sql = list_sql(filter, after.has_value());
  Query query(transaction_.connection, sql, *number, state);
  if (filter.folder) query.add(*filter.folder);
  if (filter.tag) query.add(*filter.tag);
  if (after) {
    query.add(after->updated_at);
    query.add(after->id);
  }
  query.add(limit + 1);
  page.conversations.reserve(static_cast<std::size_t>(limit));
  while (query.next()) {
    if (page.conversations.size() == static_cast<std::size_t>(limit)) {
      const Conversation& last = page.conversations.back();
      page.next = ListPlace{last.updated_at, last.id};
      break;
    }
    page.conversations.push_back(read_conversation(query).value);
  }
  return page;
}

}  // namespace threadkeep::sql
