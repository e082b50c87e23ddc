#include <array>

#include "store/sql/operations.h"

namespace threadkeep::sql {
namespace {

// The parts of one SELECT over the list. Each kind of filter has an index that gives the rows in
// their order; the unary plus keeps the other conditions from drawing the planner to another one.
struct Selection {
  std::string from = "conversations";
  std::string conditions;
  int parameters = 2;  // $1 is the user, $2 the state

  std::string next_parameter() { return "$" + std::to_string(++parameters); }
};

Selection select_by(const ConversationFilter& filter) {
  Selection selection;
  const bool has_own_index = filter.folder || filter.tag || filter.is_pinned.value_or(false);
  if (filter.folder) selection.conditions += " AND folder = " + selection.next_parameter();
  if (filter.tag) {
    selection.conditions +=
        " AND key IN (SELECT conversation FROM conversation_tags WHERE conversation >> 20 = $1 AND "
        "tag = " +
        selection.next_parameter() + ")";
  }
  if (filter.is_pinned) {
    selection.conditions += *filter.is_pinned ? " AND is_pinned = 1" : " AND +is_pinned = 0";
  }
  if (filter.is_archived) {
    selection.conditions += has_own_index ? " AND +is_archived = " : " AND is_archived = ";
    selection.conditions += *filter.is_archived ? "1" : "0";
  }
  return selection;
}

std::string list_sql(const ConversationFilter& filter, bool has_place) {
  Selection selection = select_by(filter);
  std::string place;
  if (has_place) {
    const std::string updated_at = selection.next_parameter();
    place = " AND (updated_at, id) < (" + updated_at + ", " + selection.next_parameter() + ")";
  }
  const std::string order =
      " ORDER BY updated_at DESC, id DESC LIMIT " + selection.next_parameter();
  const auto select = [&](const std::string& more) {
    return "SELECT " + std::string(conversation_columns) + " FROM " + selection.from +
           " WHERE key >> 20 = $1 AND state = $2" + selection.conditions + more + place + order;
  };
  const bool has_own_index = filter.folder || filter.tag || filter.is_pinned.value_or(false);
  if (filter.is_archived || has_own_index) return select("");
  // Both halves of the index in their order, and then the newest of both.
  return "SELECT * FROM (SELECT * FROM (" + select(" AND is_archived = 0") +
         ") AS present UNION ALL SELECT * FROM (" + select(" AND is_archived = 1") +
         ") AS archived) AS both" + order;
}

}  // namespace

Result<ConversationPage> list_conversations(Transaction& transaction, const UserId& user,
                                            const ConversationFilter& filter,
                                            const std::optional<ListPlace>& behind, int limit) {
  ConversationPage page;
  const auto number = find_user(transaction, user);
  if (!number) return page;
  const auto state = static_cast<int>(filter.in_trash ? State::trash : State::live);
  const std::string sql = list_sql(filter, behind.has_value());
  Query query(transaction.connection, sql, *number, state);
  if (filter.folder) query.add(*filter.folder);
  if (filter.tag) query.add(*filter.tag);
  if (behind) {
    query.add(behind->updated_at);
    query.add(behind->id);
  }
  query.add(limit + 1);
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
