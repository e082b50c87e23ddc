// A message whose content is larger than one can be: several messages are made of it.
#include <utility>

#include "base/limits.h"
#include "domain/entry_rules.h"
#include "upkeep/checker.h"

namespace threadkeep::upkeep {
namespace {

constexpr const char* too_large = "its content is larger than a message can be";

// What the parts have in common.
struct Row {
  std::string id;
  std::int64_t role = 0;
  std::int64_t status = 0;
  std::int64_t created_at = 0;
  std::optional<std::string> model;
  std::string content;
};

Row read_row(sql::Connection& connection, std::int64_t key) {
  sql::Query query(connection,
                   "SELECT id, role, status, created_at, model, content FROM messages WHERE key = "
                   "$1",
                   key);
  Row row;
  if (!query.next()) return row;
  row.id = query.bytes(0);
  row.role = query.integer(1);
  row.status = query.integer(2);
  row.created_at = query.integer(3);
  row.model = query.optional_text(4);
  row.content = query.text(5);
  return row;
}

// Under the message at `parent`. Returns its number.
std::int64_t add_part(Checker& checker, CheckedTree& tree, const Row& row, const Ulid& id,
                      std::int64_t parent, const std::string& content) {
  const std::int64_t seq = checker.next_number(sql::user_of_conversation(tree.key));
  const std::int64_t key = sql::message_key(tree.key, ++tree.last_position);
  sql::Query(checker.connection,
             "INSERT INTO messages (key, id, seq, role, status, created_at, deleted_at, "
             "token_count, model, usage, error, metadata, content, seq_rest) VALUES ($1, $2, $3, "
             "$4, $5, $6, NULL, NULL, $7, NULL, NULL, '{}', $8, 0)",
             key, id, seq, row.role, row.status, row.created_at, row.model, content)
      .run();
  ++tree.live;
  if (parent != tree.last_position - 1) {
    sql::Query(checker.connection, "INSERT INTO jumps (child, parent) VALUES ($1, $2)", key,
               sql::message_key(tree.key, parent))
        .run();
    ++tree.jumps;
  }
  return seq;
}

void split(Checker& checker, CheckedTree& tree, std::int64_t position, const Row& row,
           const std::vector<std::string>& contents, std::vector<std::int64_t>& numbers) {
  const std::int64_t key = sql::message_key(tree.key, position);
  numbers.push_back(checker.next_number(sql::user_of_conversation(tree.key)));
  sql::Query(checker.connection,
             "UPDATE messages SET content = $2, seq = $3, seq_rest = 0 WHERE key = $1", key,
             contents.front(), numbers.back())
      .run();
  std::int64_t parent = position;
  Ulid id;
  for (std::size_t i = 1; i < contents.size(); ++i) {
    id = checker.ids.next();
    numbers.push_back(add_part(checker, tree, row, id, parent, contents[i]));
    parent = tree.last_position;
  }
  sql::Query(checker.connection,
             "UPDATE conversations SET last_position = $2, message_count = $3, jump_count = $4 "
             "WHERE key = $1",
             tree.key, tree.last_position, tree.live, tree.jumps)
      .run();
  // On the path that is shown nothing ends in the middle of a message.
  sql::Query(checker.connection,
             "UPDATE conversations SET head_position = $2, head_id = $3 WHERE key = $1 AND "
             "head_id = $4",
             tree.key, tree.last_position, id, sql::Bytes{row.id})
      .run();
}

}  // namespace

void check_large_message(Checker& checker, CheckedTree& tree, const std::string& where,
                         std::int64_t position, std::vector<std::int64_t>& numbers) {
  const Row row = read_row(checker.connection, sql::message_key(tree.key, position));
  const auto contents = entry::split_content(row.content, EmptyText::allowed);
  const auto added = static_cast<std::int64_t>(contents.size()) - 1;
  if (tree.last_position + added > limits::messages_per_conversation_max) {
    checker.find("content", where, too_large);
    return;
  }
  checker.find("content", where, too_large,
               "it goes on in " + std::to_string(added) + " messages below it",
               [&] { split(checker, tree, position, row, contents, numbers); });
}

}  // namespace threadkeep::upkeep
