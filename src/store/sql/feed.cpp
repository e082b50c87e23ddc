#include <algorithm>
#include <limits>
#include <string>

#include "store/operation_rules.h"
#include "store/sql/aggregates.h"
#include "store/sql/operations.h"
#include "store/sql/terms.h"
#include "store/sql/whole_messages.h"

namespace threadkeep::sql {
namespace {

const std::string changed_messages_sql =
    "SELECT " + std::string(message_columns) + " FROM messages WHERE " + term::user_of_message +
    " = $1 AND seq > $2 AND NOT (" + term::is_of_erased + ") ORDER BY seq LIMIT $3";
const std::string changed_conversations_sql =
    "SELECT " + std::string(conversation_columns) + " FROM conversations WHERE " +
    term::user_of_conversation + " = $1 AND seq > $2 ORDER BY seq LIMIT $3";

const std::string changed_presets_sql = "SELECT " + std::string(preset_columns) +
                                        " FROM presets WHERE " + term::user_of_preset +
                                        " = $1 AND seq > $2 ORDER BY seq LIMIT $3";

// Not every engine gives rows one by one, and some are large: they are read in parts.
constexpr std::size_t rows_at_once = 64;
// Among many messages there are few conversations, and fewer presets; where there are more, the
// parts grow.
constexpr std::size_t conversations_first = 4;
constexpr std::size_t presets_first = 1;

template <class Row>
class Parts {
 public:
  using Reader = Row (*)(const Query&);
  Parts(Connection& connection, const std::string& sql, Reader reader, std::int64_t user,
        std::int64_t after, std::size_t first_rows)
      : connection_(connection),
        sql_(sql),
        reader_(reader),
        user_(user),
        after_(after),
        part_rows_(std::min(first_rows, rows_at_once)) {}

  // The next row, or nothing.
  Row* peek() {
    if (at_ == rows_.size() && !is_end_) read_part();
    return at_ == rows_.size() ? nullptr : &rows_[at_];
  }
  Row take() { return std::move(rows_[at_++]); }

 private:
  void read_part() {
    rows_.clear();
    at_ = 0;
    rows_.reserve(part_rows_);
    Query query(connection_, sql_, user_, after_, static_cast<std::int64_t>(part_rows_));
    while (query.next()) rows_.push_back(reader_(query));
    is_end_ = rows_.size() < part_rows_;
    if (!rows_.empty()) after_ = rows_.back().value.seq;
    part_rows_ = std::min(2 * part_rows_, rows_at_once);
  }

  Connection& connection_;
  const std::string& sql_;
  const Reader reader_;
  const std::int64_t user_;
  std::int64_t after_;
  std::size_t part_rows_;  // of the next part
  std::vector<Row> rows_;
  std::size_t at_ = 0;
  bool is_end_ = false;
};

// The three tables as one sequence.
class ChangedRows {
 public:
  // `wanted` rows of all, as far as that is known.
  ChangedRows(Transaction& transaction, std::int64_t user, std::int64_t after, std::size_t wanted)
      : messages_(transaction.connection, changed_messages_sql, read_message, user, after, wanted),
        conversations_(transaction.connection, changed_conversations_sql, read_conversation, user,
                       after, std::min(wanted, conversations_first)),
        presets_(transaction.connection, changed_presets_sql, read_preset, user, after,
                 std::min(wanted, presets_first)),
        whole_(transaction) {}

  // The number of the next row; 0: there are no more.
  std::int64_t seq() {
    const std::int64_t next =
        std::min({next_of(messages_), next_of(conversations_), next_of(presets_)});
    return next == no_more ? 0 : next;
  }

  // Moves the row into the page. Returns the last number of its transaction.
  std::int64_t take(ChangePage& page) {
    const std::int64_t next = seq();
    if (next == next_of(messages_)) return take_message(page);
    if (next == next_of(presets_)) {
      page.presets.push_back(presets_.take().value);
      content_bytes_ += preset_bytes(page.presets.back());
      return next;  // it is alone in its transaction
    }
    ConversationRow row = conversations_.take();
    if (row.state == State::erased) {
      page.tombstones.push_back(Tombstone{row.value.id, next});
    } else {
      page.conversations.push_back(std::move(row.value));
    }
    return next;  // a conversation comes last in its transaction
  }

  std::size_t content_bytes() const { return content_bytes_; }

 private:
  static constexpr std::int64_t no_more = std::numeric_limits<std::int64_t>::max();

  template <class Row>
  static std::int64_t next_of(Parts<Row>& parts) {
    const Row* row = parts.peek();
    return row == nullptr ? no_more : row->value.seq;
  }

  std::int64_t take_message(ChangePage& page) {
    MessageRow row = messages_.take();
    const std::int64_t seq = row.value.seq;
    const std::int64_t rest = row.seq_rest;
    page.messages.push_back(whole_.whole(std::move(row)));
    content_bytes_ += page.messages.back().content.size();
    return rest < limits::feed_transaction_rows_max ? seq + rest : seq;
  }

  Parts<MessageRow> messages_;
  Parts<ConversationRow> conversations_;
  Parts<PresetRow> presets_;
  WholeMessages whole_;
  std::size_t content_bytes_ = 0;
};

struct Sequence {
  std::int64_t seq = 0;
  std::int64_t min_seq = 0;
};

Sequence load_sequence(Transaction& transaction, std::int64_t user) {
  Query query(transaction.connection, "SELECT seq, min_seq FROM users WHERE number = $1", user);
  query.next();
  return {query.integer(0), query.integer(1)};
}

}  // namespace

Result<ChangePage> SqlSync::changes(const UserId& user, const std::optional<FeedPlace>& since,
                                    int limit) const {
  ChangePage page;
  page.epoch = present_epoch(transaction_);
  const auto number = find_user(transaction_, user);
  const Sequence sequence = number ? load_sequence(transaction_, *number) : Sequence{};
  const auto place = check_place(since, {page.epoch, sequence.seq, sequence.min_seq});
  if (!place) return tl::unexpected(place.error());
  page.next = *place;
  if (!number) return page;

  // One more than the page has shows that there is more.
  ChangedRows rows(transaction_, *number, place->seq, static_cast<std::size_t>(limit) + 1);
  std::int64_t transaction_end = 0;
  int count = 0;
  for (; rows.seq() != 0; ++count) {
    const bool is_full = count >= limit || rows.content_bytes() >= limits::feed_page_bytes;
    page.has_more = is_full && rows.seq() > transaction_end;
    if (page.has_more) return page;
    page.next.seq = rows.seq();
    transaction_end = rows.take(page);
  }
  page.next.seq = sequence.seq;
  return page;
}

}  // namespace threadkeep::sql
