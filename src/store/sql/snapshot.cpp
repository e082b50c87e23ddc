#include <string>

#include "domain/refusals.h"
#include "store/sql/aggregates.h"
#include "store/sql/operations.h"
#include "store/sql/terms.h"
#include "store/sql/whole_messages.h"

namespace threadkeep::sql {
namespace {

using Stage = SnapshotPlace::Stage;

// So many conversations are looked up at once for their messages.
constexpr int conversations_at_once = 100;
constexpr int messages_at_once = 64;

// The four parts of the index of the list, each in its order, and then the newest of all.
std::string newest_sql(bool has_place) {
  const std::string order = " ORDER BY updated_at DESC, id DESC LIMIT $2";
  const std::string place = has_place ? " AND (updated_at, id) < ($3, $4)" : "";
  std::string parts;
  for (const std::string& part :
       {term::is_live + " AND is_archived = 0", term::is_live + " AND is_archived = 1",
        term::is_in_trash + " AND is_archived = 0", term::is_in_trash + " AND is_archived = 1"}) {
    if (!parts.empty()) parts += " UNION ALL ";
    parts.append("SELECT * FROM (SELECT ").append(conversation_columns);
    parts.append(" FROM conversations WHERE ").append(term::user_of_conversation);
    parts.append(" = $1 AND ").append(part);
    parts.append(place).append(order).append(") AS part");
  }
  return "SELECT * FROM (" + parts + ") AS parts" + order;
}

const std::string newest_first_sql = newest_sql(false);
const std::string newest_after_sql = newest_sql(true);
const std::string changed_since_sql = "SELECT " + std::string(conversation_columns) +
                                      " FROM conversations WHERE " + term::user_of_conversation +
                                      " = $1 AND seq > $2 AND " + term::is_not_erased +
                                      " AND id > $3 ORDER BY id LIMIT $4";
const std::string range_sql = "SELECT " + std::string(message_columns) +
                              " FROM messages WHERE key BETWEEN $1 AND $2 ORDER BY key LIMIT $3";

std::vector<ConversationRow> read_all(Query& query) {
  std::vector<ConversationRow> rows;
  while (query.next()) rows.push_back(read_conversation(query));
  return rows;
}

class SnapshotReader {
 public:
  SnapshotReader(Transaction& transaction, const UserId& user, std::int64_t number,
                 const SnapshotPlace& from, int limit)
      : transaction_(transaction),
        user_(user),
        number_(number),
        place_(from),
        limit_(static_cast<std::size_t>(limit)) {}

  SnapshotPage read(SnapshotOf what) {
    if (place_.stage == Stage::conversations) read_conversations();
    if (what == SnapshotOf::conversations) {
      if (place_.stage != Stage::conversations) is_end_ = true;
    } else {
      finish_conversation();
      while (!is_full() && !is_end_) read_next_messages();
    }
    if (!is_end_) page_.next = place_;
    return std::move(page_);
  }

 private:
  bool is_full() const {
    return page_.conversations.size() + page_.messages.size() >= limit_ ||
           content_bytes_ >= limits::feed_page_bytes;
  }

  // Where the page before ended is found by value: rows that moved meanwhile shift no other.
  std::vector<ConversationRow> newest(int limit) {
    const bool has_place = place_.updated_at != 0 || place_.id != ConversationId();
    Query query(transaction_.connection, has_place ? newest_after_sql : newest_first_sql, number_,
                limit);
    if (has_place) {
      query.add(place_.updated_at);
      query.add(place_.id);
    }
    return read_all(query);
  }

  void go_to(Stage stage) {
    place_.stage = stage;
    place_.updated_at = 0;
    place_.id = ConversationId();
    place_.position = 0;
  }

  void go_after(const Conversation& conversation) {
    place_.updated_at = conversation.updated_at;
    place_.id = conversation.id;
    place_.position = 0;
  }

  void read_conversations() {
    const auto rows = newest(static_cast<int>(limit_));
    for (const ConversationRow& row : rows) page_.conversations.push_back(row.value);
    if (rows.size() < limit_) {
      go_to(Stage::messages);
    } else {
      go_after(rows.back().value);
    }
  }

  // The conversation that the page before ended in.
  void finish_conversation() {
    if (place_.position == 0) return;
    const auto row = find_conversation_row(transaction_, user_, place_.id);
    if (row && row->state != State::erased) {
      read_messages(*row);
    } else {
      place_.position = 0;
    }
  }

  // What was changed since the snapshot began has left its place in the list, or may: it comes at
  // the end, by id.
  void read_next_messages() {
    const bool is_by_list = place_.stage == Stage::messages;
    std::vector<ConversationRow> rows;
    if (is_by_list) {
      rows = newest(conversations_at_once);
    } else {
      Query query(transaction_.connection, changed_since_sql, number_, place_.seq, place_.id,
                  conversations_at_once);
      rows = read_all(query);
    }
    for (const ConversationRow& row : rows) {
      if (is_full()) return;
      go_after(row.value);
      if (is_by_list && row.value.seq > place_.seq) continue;
      read_messages(row);
    }
    if (rows.size() == conversations_at_once) return;
    if (is_by_list) {
      if (place_.position == 0) go_to(Stage::changed);
    } else {
      is_end_ = place_.position == 0;
    }
  }

  void read_messages(const ConversationRow& row) {
    Position position = place_.position;
    while (position < row.last && !is_full()) {
      // In parts: not every engine gives rows one by one.
      std::vector<MessageRow> part;
      {
        Query query(transaction_.connection, range_sql, message_key(row.key, position + 1),
                    message_key(row.key, row.last), messages_at_once);
        while (query.next()) part.push_back(read_message(query));
      }
      for (MessageRow& message : part) {
        if (is_full()) break;
        position = message.value.position;
        page_.messages.push_back(whole_.whole(std::move(message)));
        content_bytes_ += page_.messages.back().content.size();
      }
    }
    place_.position = position < row.last ? position : 0;
  }

  Transaction& transaction_;
  const UserId& user_;
  std::int64_t number_;
  SnapshotPlace place_;
  std::size_t limit_;
  SnapshotPage page_;
  std::size_t content_bytes_ = 0;
  bool is_end_ = false;
  WholeMessages whole_{transaction_};
};

}  // namespace

Result<SnapshotPage> SqlSync::snapshot(const UserId& user, SnapshotOf what,
                                       const std::optional<SnapshotPlace>& from, int limit) const {
  const std::int64_t epoch = present_epoch(transaction_);
  if (from && from->epoch != epoch) return refusal::snapshot_of_other_epoch();
  const auto number = find_user(transaction_, user);
  SnapshotPlace place = from.value_or(SnapshotPlace{});
  place.epoch = epoch;
  if (!from && number) {
    Query query(transaction_.connection, "SELECT seq FROM users WHERE number = $1", *number);
    query.next();
    // What changes from here on comes by the feed: the device goes on from this number.
    place.seq = query.integer(0);
  }
  SnapshotPage page;
  if (number) page = SnapshotReader(transaction_, user, *number, place, limit).read(what);
  if (!from) page.presets = SqlPresets(transaction_).list(user);
  page.epoch = epoch;
  page.changes_from = FeedPlace{epoch, place.seq, 0};
  return page;
}

}  // namespace threadkeep::sql
