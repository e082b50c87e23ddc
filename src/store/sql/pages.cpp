#include <algorithm>
#include <map>

#include "domain/refusals.h"
#include "store/sql/aggregates.h"
#include "store/sql/answer_parts.h"

namespace threadkeep::sql {
namespace {

const std::string read_range_sql = "SELECT " + std::string(message_columns) +
                                   " FROM messages WHERE key BETWEEN $1 AND $2 ORDER BY key";

// Fills a page with the messages of ranges of positions, their parents and their siblings. Only
// parents with a jump can have more than one child: for all others nothing is looked up.
class PageReader {
 public:
  PageReader(Transaction& transaction, const ConversationRow& row)
      : transaction_(transaction),
        row_(row),
        jumps_(transaction.connection, row),
        shape_(jumps_, row.last) {}

  const TreeShape& shape() const { return shape_; }

  // Adds the messages of the range, in ascending order. Their parents are set afterwards.
  // with_id_before: also returns the id of the message before the range.
  enum class Read { range, with_id_before };
  std::optional<MessageId> read(const Run& run, Read what) {
    std::optional<MessageId> id_before;
    const Position first = what == Read::with_id_before ? run.first - 1 : run.first;
    Query query(transaction_.connection, read_range_sql, message_key(row_.key, first),
                message_key(row_.key, run.last));
    if (what == Read::with_id_before && query.next()) id_before = query.ulid(1);
    while (query.next()) {
      MessageInTree& entry = messages_.emplace_back();
      entry.message = read_message(query).value;
      entry.message.conversation_id = row_.value.id;
      add_answer_parts(transaction_, query.integer(0), entry.message);
    }
    return id_before;
  }

  // Notes the parents among [first, last] that have a jump.
  void note_forks(Position first, Position last) {
    if (row_.jumps == 0) return;
    Query query(transaction_.connection,
                "SELECT DISTINCT parent FROM jumps WHERE parent BETWEEN $1 AND $2 ORDER BY parent",
                message_key(row_.key, first), message_key(row_.key, last));
    while (query.next()) forks_[position_of_message(query.integer(0))];
  }

  std::optional<MessageId> id_at(Position position) {
    if (position == 0) return std::nullopt;
    // The page ascends by position.
    const auto found = std::lower_bound(messages_.begin(), messages_.end(), position,
                                        [](const MessageInTree& entry, Position wanted) {
                                          return entry.message.position < wanted;
                                        });
    if (found != messages_.end() && found->message.position == position) return found->message.id;
    return find_message_id(transaction_, message_key(row_.key, position));
  }

  void set_parent(MessageInTree& entry, Position parent, const std::optional<MessageId>& id) {
    entry.message.parent_id = id;
    const auto fork = forks_.find(parent);
    if (fork == forks_.end()) {
      entry.sibling_ids.push_back(entry.message.id);
      return;
    }
    if (fork->second.empty()) {
      for (const Position child : shape_.children_of(parent)) {
        fork->second.push_back(id_at(child).value());
      }
    }
    entry.sibling_ids = fork->second;
  }

  void reserve(std::int64_t messages) { messages_.reserve(static_cast<std::size_t>(messages)); }
  std::vector<MessageInTree>& messages() { return messages_; }

 private:
  Transaction& transaction_;
  const ConversationRow& row_;
  Jumps jumps_;
  TreeShape shape_;
  std::vector<MessageInTree> messages_;
  std::map<Position, std::vector<MessageId>> forks_;  // the ids of the children, once looked up
};

struct Leaf {
  Position position = 0;
  std::optional<MessageId> id;
};

Result<Leaf> find_leaf(Transaction& transaction, const ConversationRow& row,
                       const std::optional<MessageId>& head) {
  if (!head) return Leaf{row.head, row.value.head_id};
  const auto position = find_position(transaction, row, *head);
  if (!position) return refusal::not_of_conversation("head");
  const Jumps jumps(transaction.connection, row);
  Leaf leaf{TreeShape(jumps, row.last).newest_leaf_below(*position), head};
  if (leaf.position != *position) {
    leaf.id = find_message_id(transaction, message_key(row.key, leaf.position));
  }
  return leaf;
}

// Takes the oldest position away from a path: what stands above a page.
Position take_oldest(std::vector<Run>& runs) {
  const Position oldest = runs.back().first++;
  if (runs.back().first > runs.back().last) runs.pop_back();
  return oldest;
}

}  // namespace

Result<MessagePage> SqlMessages::path_page(const UserId& user, const ConversationId& id,
                                           const std::optional<MessageId>& head,
                                           std::optional<Position> from, int limit) const {
  const auto row = find_live_conversation(transaction_, user, id);
  if (!row) return tl::unexpected(row.error());
  const auto leaf = find_leaf(transaction_, *row, head);
  if (!leaf) return tl::unexpected(leaf.error());
  if (from && (*from < 1 || *from > row->last)) return refusal::page_begins_nowhere();
  MessagePage page;
  page.head_id = leaf->id;
  PageReader reader(transaction_, *row);
  // One more than asked for is the parent of the oldest, and the beginning of the next page.
  std::vector<Run> runs = reader.shape().path_back(from.value_or(leaf->position), limit + 1);
  std::int64_t count = 0;
  for (const Run& run : runs) count += run.last - run.first + 1;
  Position above = 0;
  if (count > limit) {
    above = take_oldest(runs);
    page.next = above;
  }
  reader.reserve(count);
  std::reverse(runs.begin(), runs.end());
  Position noted_from = above;
  std::optional<MessageId> above_id;
  for (const Run& run : runs) {
    const bool is_next = above != 0 && run.first == above + 1;
    const auto before =
        reader.read(run, is_next ? PageReader::Read::with_id_before : PageReader::Read::range);
    if (is_next) above_id = before;
    if (noted_from != run.first - 1) reader.note_forks(noted_from, noted_from);
    // The last of a run is the parent of the first of the next one.
    reader.note_forks(noted_from == run.first - 1 ? noted_from : run.first, run.last);
    noted_from = run.last;
  }
  Position parent = above;
  std::optional<MessageId> parent_id = above_id ? above_id : reader.id_at(above);
  for (MessageInTree& entry : reader.messages()) {
    reader.set_parent(entry, parent, parent_id);
    parent = entry.message.position;
    parent_id = entry.message.id;
  }
  page.messages = std::move(reader.messages());
  return page;
}

Result<std::vector<Message>> SqlMessages::path_start(const UserId& user, const ConversationId& id,
                                                     const MessageId& end, int limit) const {
  const auto row = find_live_conversation(transaction_, user, id);
  if (!row) return tl::unexpected(row.error());
  const auto position = find_position(transaction_, *row, end);
  if (!position)
    return fail(Errc::invalid_field, "The path ends at no message of this conversation.");
  const Jumps jumps(transaction_.connection, *row);
  const auto runs = TreeShape(jumps, row->last).path_back(*position, row->last);
  std::vector<Message> messages;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    for (Position at = run->first; at <= run->last; ++at) {
      if (messages.size() == static_cast<std::size_t>(limit)) return messages;
      messages.push_back(load_message(transaction_, *row, at));
    }
  }
  return messages;
}

Result<MessagePage> SqlMessages::tree_page(const UserId& user, const ConversationId& id,
                                           Position from, int limit) const {
  const auto row = find_live_conversation(transaction_, user, id);
  if (!row) return tl::unexpected(row.error());
  MessagePage page;
  page.head_id = row->value.head_id;
  const Position first = std::max<Position>(from, 1);
  const Position last = std::min(row->last, first + limit - 1);
  if (first > last) return page;
  if (last < row->last) page.next = last + 1;

  PageReader reader(transaction_, *row);
  reader.reserve(last - first + 1);
  reader.read(Run{first, last}, PageReader::Read::range);
  reader.note_forks(first - 1, last);
  std::map<Position, Position> parents;
  {
    Query query(transaction_.connection,
                "SELECT child, parent FROM jumps WHERE child BETWEEN $1 AND $2",
                message_key(row->key, first), message_key(row->key, last));
    while (query.next()) {
      parents[position_of_message(query.integer(0))] = position_of_message(query.integer(1));
    }
  }
  for (const auto& [child, parent] : parents) {
    if (parent < first - 1) reader.note_forks(parent, parent);
  }
  for (MessageInTree& entry : reader.messages()) {
    const Position position = entry.message.position;
    const auto jump = parents.find(position);
    const Position parent = jump == parents.end() ? position - 1 : jump->second;
    reader.set_parent(entry, parent, reader.id_at(parent));
  }
  page.messages = std::move(reader.messages());
  return page;
}

}  // namespace threadkeep::sql
