#include <algorithm>
#include <map>

#include "base/limits.h"
#include "domain/refusals.h"
#include "store/sql/aggregates.h"
#include "store/sql/answer_parts.h"
#include "store/sql/terms.h"
#include "store/sql/whole_messages.h"

namespace threadkeep::sql {
namespace {

const std::string read_up_sql = "SELECT " + std::string(message_columns) +
                                " FROM messages WHERE key BETWEEN $1 AND $2 ORDER BY key";
const std::string read_down_sql = read_up_sql + " DESC";
// The plus keeps the planner at the index of what was deleted.
const std::string trash_sql = "SELECT " + std::string(message_columns) + " FROM messages WHERE " +
                              term::conversation_of_message + " = $1 AND " +
                              term::is_deleted_alone + " AND +" + term::is_message_in_trash +
                              " AND key >= $2 ORDER BY key LIMIT $3";

enum class Order { oldest_first, newest_first };

// Fills a page with the messages of ranges of positions, their parents and their siblings. Only
// parents with a jump can have more than one child: for all others nothing is looked up, unless
// messages of the conversation were deleted.
class PageReader {
 public:
  PageReader(Transaction& transaction, const ConversationRow& row, Deleted deleted)
      : transaction_(transaction),
        row_(row),
        deleted_(deleted),
        jumps_(transaction.connection, row),
        tree_(jumps_, row.last, find_deleted(transaction, row)) {}

  const LiveTree& tree() const { return tree_; }
  const TreeShape& shape() const { return tree_.shape(); }

  bool is_full() const { return bytes_ >= limits::page_bytes; }

  // Adds the messages of the range, in this order, until the page is full: one at the least when it
  // is not full yet. Returns the position at which that was, when it was before the end of the
  // range. Their parents are set afterwards.
  std::optional<Position> read(const Run& run, Order order) {
    Query query(transaction_.connection, order == Order::oldest_first ? read_up_sql : read_down_sql,
                message_key(row_.key, run.first), message_key(row_.key, run.last));
    while (query.next()) {
      const Position position = position_of_message(query.integer(0));
      if (is_full()) return position;
      if (deleted_ == Deleted::left_out && !tree_.is_live(position)) continue;
      MessageInTree& entry = messages_.emplace_back();
      entry.message = read_message(query).value;
      entry.message.conversation_id = row_.value.id;
      add_answer_parts(transaction_.connection, query.integer(0), entry.message);
      bytes_ += entry.message.content.size();
    }
    return std::nullopt;
  }

  // Notes the parents among [first, last] that have a jump.
  void note_forks(Position first, Position last) {
    if (row_.jumps == 0) return;
    Query query(transaction_.connection,
                "SELECT DISTINCT parent FROM jumps WHERE parent BETWEEN $1 AND $2 ORDER BY parent",
                message_key(row_.key, first), message_key(row_.key, last));
    while (query.next()) forks_.try_emplace(position_of_message(query.integer(0)));
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
      entry.siblings.ids.push_back(entry.message.id);
      return;
    }
    std::vector<Child>& children = fork->second;
    if (children.empty()) {
      for (const Position child : shape().children_of(parent)) children.push_back({child, {}});
    }
    list_siblings(children, entry);
  }

  // The same for all messages of the page, where some of the conversation were deleted.
  void set_parents_among_deleted() {
    for (MessageInTree& entry : messages_) {
      const Position position = entry.message.position;
      const Position parent = shape().parent_of(position);
      entry.message.parent_id = id_at(parent);
      if (!tree_.is_live(position)) {
        entry.siblings.count = 0;
        continue;
      }
      std::vector<Child>& children = forks_[tree_.live_at_or_above(parent)];
      if (children.empty()) {
        for (const Position child : tree_.children_of(tree_.live_at_or_above(parent)))
          children.push_back({child, {}});
      }
      list_siblings(children, entry);
    }
  }

  void reserve(std::int64_t messages) { messages_.reserve(static_cast<std::size_t>(messages)); }
  std::vector<MessageInTree>& messages() { return messages_; }

 private:
  struct Child {
    Position position = 0;
    std::optional<MessageId> id;  // once it was looked up
  };

  void list_siblings(std::vector<Child>& children, MessageInTree& entry) {
    const auto own = std::lower_bound(
        children.begin(), children.end(), entry.message.position,
        [](const Child& child, Position wanted) { return child.position < wanted; });
    const SiblingRange near =
        siblings_near(static_cast<std::size_t>(own - children.begin()), children.size());
    entry.siblings.count = static_cast<std::int64_t>(children.size());
    entry.siblings.before = static_cast<std::int64_t>(near.first);
    for (std::size_t i = near.first; i < near.last; ++i) {
      if (!children[i].id) children[i].id = id_at(children[i].position).value();
      entry.siblings.ids.push_back(*children[i].id);
    }
  }

  Transaction& transaction_;
  const ConversationRow& row_;
  Deleted deleted_;
  Jumps jumps_;
  LiveTree tree_;
  std::vector<MessageInTree> messages_;
  std::size_t bytes_ = 0;                         // of their contents
  std::map<Position, std::vector<Child>> forks_;  // by parent; the children once they are needed
};

struct Leaf {
  Position position = 0;
  std::optional<MessageId> id;
};

Result<Leaf> find_leaf(Transaction& transaction, const ConversationRow& row,
                       const std::optional<MessageId>& head, const LiveTree& tree) {
  if (!head) return Leaf{row.head, row.value.head_id};
  const auto position = find_position(transaction, row, *head);
  if (!position) return refusal::not_of_conversation("head");
  Leaf leaf{tree.shown_leaf(*position), head};
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

// Reads the runs, newest first, until the page is full, and leaves both ascending: the messages,
// and the runs that they are of. Returns what stands above the oldest that was read; `above` is
// that of the oldest run.
Position read_newest(PageReader& reader, std::vector<Run>& runs, Position above) {
  std::size_t count = 0;
  for (; count < runs.size(); ++count) {
    if (reader.is_full()) {
      above = runs[count].last;
      break;
    }
    if (const auto full_at = reader.read(runs[count], Order::newest_first)) {
      runs[count++].first = *full_at + 1;
      above = *full_at;  // inside of a run each is the child of the one before
      break;
    }
  }
  runs.resize(count);
  std::reverse(runs.begin(), runs.end());
  std::reverse(reader.messages().begin(), reader.messages().end());
  return above;
}

}  // namespace

Result<MessagePage> SqlMessages::path_page(const UserId& user, const ConversationId& id,
                                           const std::optional<MessageId>& head,
                                           std::optional<Position> from, int limit,
                                           Deleted deleted) const {
  const auto row = find_live_conversation(transaction_, user, id);
  if (!row) return tl::unexpected(row.error());
  PageReader reader(transaction_, *row, deleted);
  const auto leaf = find_leaf(transaction_, *row, head, reader.tree());
  if (!leaf) return tl::unexpected(leaf.error());
  if (from && (*from < 1 || *from > row->last)) return refusal::page_begins_nowhere();
  MessagePage page;
  page.head_id = leaf->id;
  // One more than asked for is the parent of the oldest, and the beginning of the next page.
  std::vector<Run> runs = reader.shape().path_back(from.value_or(leaf->position), limit + 1);
  std::int64_t count = 0;
  for (const Run& run : runs) count += run.last - run.first + 1;
  Position above = 0;
  if (count > limit) above = take_oldest(runs);
  reader.reserve(count);
  above = read_newest(reader, runs, above);
  if (above != 0) page.next = above;
  if (row->has_deleted()) {
    reader.set_parents_among_deleted();
    page.messages = std::move(reader.messages());
    return page;
  }
  Position noted_from = above;
  for (const Run& run : runs) {
    if (noted_from != run.first - 1) reader.note_forks(noted_from, noted_from);
    // The last of a run is the parent of the first of the next one.
    reader.note_forks(noted_from == run.first - 1 ? noted_from : run.first, run.last);
    noted_from = run.last;
  }
  Position parent = above;
  std::optional<MessageId> parent_id = reader.id_at(above);
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
  const ShownTree tree(transaction_, *row);
  const auto runs = tree->shape().path_back(*position, row->last);
  std::vector<Message> messages;
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    for (Position at = run->first; at <= run->last; ++at) {
      if (messages.size() == static_cast<std::size_t>(limit)) return messages;
      if (tree->is_live(at)) messages.push_back(load_message(transaction_, *row, at));
    }
  }
  return messages;
}

Result<MessagePage> SqlMessages::tree_page(const UserId& user, const ConversationId& id,
                                           Position from, int limit, Deleted deleted) const {
  const auto row = find_live_conversation(transaction_, user, id);
  if (!row) return tl::unexpected(row.error());
  MessagePage page;
  page.head_id = row->value.head_id;
  const Position first = std::max<Position>(from, 1);
  Position last = std::min(row->last, first + limit - 1);
  if (first > last) return page;

  PageReader reader(transaction_, *row, deleted);
  reader.reserve(last - first + 1);
  if (const auto full_at = reader.read(Run{first, last}, Order::oldest_first)) last = *full_at - 1;
  if (last < row->last) page.next = last + 1;
  if (row->has_deleted()) {
    reader.set_parents_among_deleted();
    page.messages = std::move(reader.messages());
    return page;
  }
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

Result<MessagePage> SqlMessages::sibling_page(const UserId& user, const ConversationId& id,
                                              const MessageId& of, Position from, int limit) const {
  const auto row = find_live_conversation(transaction_, user, id);
  if (!row) return tl::unexpected(row.error());
  const auto position = find_position(transaction_, *row, of);
  if (!position) return refusal::not_of_conversation("siblingsOf");
  PageReader reader(transaction_, *row, Deleted::left_out);
  const Position parent = reader.tree().parent_of(*position);
  const std::vector<Position> children = reader.tree().children_of(parent);
  MessagePage page;
  auto child = std::lower_bound(children.begin(), children.end(), from);
  for (int count = 0; child != children.end(); ++child, ++count) {
    if (count == limit || reader.read(Run{*child, *child}, Order::oldest_first)) {
      page.next = *child;
      break;
    }
  }
  if (row->has_deleted()) {
    reader.set_parents_among_deleted();
    page.messages = std::move(reader.messages());
    return page;
  }
  reader.note_forks(parent, parent);
  const std::optional<MessageId> parent_id = reader.id_at(parent);
  for (MessageInTree& entry : reader.messages()) reader.set_parent(entry, parent, parent_id);
  page.messages = std::move(reader.messages());
  return page;
}

Result<MessagePage> SqlMessages::trash_page(const UserId& user, const ConversationId& id,
                                            Position from, int limit) const {
  const auto row = find_live_conversation(transaction_, user, id);
  if (!row) return tl::unexpected(row.error());
  MessagePage page;
  page.head_id = row->value.head_id;
  std::vector<MessageRow> trash;
  std::size_t bytes = 0;
  {
    Query query(transaction_.connection, trash_sql, row->key,
                message_key(row->key, std::max<Position>(from, 1)), limit + 1);
    while (query.next()) {
      MessageRow message = read_message(query);
      if (trash.size() == static_cast<std::size_t>(limit) || bytes >= limits::page_bytes) {
        page.next = message.value.position;
        break;
      }
      bytes += message.value.content.size();
      trash.push_back(std::move(message));
    }
  }
  WholeMessages whole(transaction_);
  for (MessageRow& message : trash)
    page.messages.push_back({whole.whole(std::move(message)), {0, 0, {}}});
  return page;
}

}  // namespace threadkeep::sql
