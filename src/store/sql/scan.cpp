#include <algorithm>
#include <limits>
#include <queue>
#include <set>

#include "domain/content.h"
#include "domain/refusals.h"
#include "search/search_words.h"
#include "store/sql/aggregates.h"
#include "store/sql/answer_parts.h"
#include "store/sql/terms.h"

namespace threadkeep::sql {
namespace {

// Read at once: not every engine gives rows one by one.
constexpr int messages_at_once = 500;

struct Found {
  UnixMs created_at = 0;
  std::int64_t key = 0;
  MessageId id;
  Role role = Role::user;
  std::string text;
};

struct IsNewer {
  bool operator()(const Found& a, const Found& b) const {
    return std::tie(a.created_at, a.key) > std::tie(b.created_at, b.key);
  }
};
// The oldest on top, to be pushed out by a newer one.
using Newest = std::priority_queue<Found, std::vector<Found>, IsNewer>;

const std::string hidden_sql = "SELECT key FROM conversations WHERE " + term::user_of_conversation +
                               " = $1 AND " + term::is_deleted;

// Read once: few are in the trash, and a join would look at the conversation of every message.
std::set<std::int64_t> find_hidden(Transaction& transaction, std::int64_t user) {
  std::set<std::int64_t> hidden;
  Query query(transaction.connection, hidden_sql, user);
  while (query.next()) hidden.insert(query.integer(0));
  return hidden;
}

Result<Newest> find_newest(Transaction& transaction, std::int64_t user,
                           const search::SearchWords& wanted, std::size_t limit,
                           const std::stop_token& stop) {
  const std::set<std::int64_t> hidden = find_hidden(transaction, user);
  Newest newest;
  std::int64_t after = first_message_key(user);
  const std::int64_t end = last_message_key(user);
  for (int count = messages_at_once; count == messages_at_once;) {
    count = 0;
    Query query(
        transaction.connection,
        "SELECT key, id, role, created_at, status, content FROM messages WHERE key > $1 AND key <= "
        "$2 AND deleted_at IS NULL ORDER BY key LIMIT $3",
        after, end, messages_at_once);
    for (; query.next(); ++count) {
      if (stop.stop_requested()) return refusal::search_stopped();
      const std::int64_t key = query.integer(0);
      after = key;
      Found found{query.integer(3), key, query.ulid(1), static_cast<Role>(query.integer(2)), {}};
      // Before its text is looked at: reading and folding that is what a search costs.
      if (newest.size() == limit && !IsNewer()(found, newest.top())) continue;
      if (hidden.contains(conversation_of_message(key))) continue;
      const auto parts = may_have_parts(static_cast<MessageStatus>(query.integer(4)), query.text(5))
                             ? load_answer_content(transaction.connection, key)
                             : std::nullopt;
      found.text =
          plain_text(parts ? std::string_view(*parts) : query.text(5), limits::content_bytes_max);
      if (!search::matches(wanted, search::fold(found.text))) continue;
      newest.push(std::move(found));
      if (newest.size() > limit) newest.pop();
    }
  }
  return newest;
}

}  // namespace

Result<std::vector<SearchHit>> SqlSearch::scan(const UserId& user, const std::string& words,
                                               int limit, const std::stop_token& stop) const {
  std::vector<SearchHit> hits;
  const search::SearchWords wanted = search::parse_search_words(words);
  const auto number = find_user(transaction_, user);
  if (!number || wanted.words.empty() || limit <= 0) return hits;
  auto newest = find_newest(transaction_, *number, wanted, static_cast<std::size_t>(limit), stop);
  if (!newest) return tl::unexpected(newest.error());
  for (; !newest->empty(); newest->pop()) {
    const Found& found = newest->top();
    const Conversation conversation =
        load_conversation(transaction_, conversation_of_message(found.key)).value;
    hits.push_back(SearchHit{conversation.id, conversation.title, found.id, found.role,
                             found.created_at,
                             search::snippet(wanted, found.text, snippet_characters)});
  }
  std::reverse(hits.begin(), hits.end());
  return hits;
}

}  // namespace threadkeep::sql
