#include "store/word_table.h"

#include <map>

#include "store/sql/query.h"

namespace threadkeep::test {
namespace {

std::vector<std::string> lines(sql::Connection& connection, const std::string& sql) {
  std::vector<std::string> lines;
  sql::Query query(connection, sql);
  while (query.next()) {
    lines.push_back(std::to_string(query.integer(0)) + " " + std::string(query.text(1)));
  }
  return lines;
}

}  // namespace

void WordTable::create(sql::Connection& connection) {
  if (connection.word("engine") == "sqlite") {
    connection.run_script("CREATE VIRTUAL TABLE words USING fts5(content)");
  } else {
    connection.run_script("CREATE TABLE words (rowid BIGINT PRIMARY KEY, content TEXT NOT NULL)");
  }
}

void WordTable::put(sql::Connection& connection, const sql::MessageRow& message) const {
  remove(connection, {message.key, message.key});
  sql::Query(connection, "INSERT INTO words (rowid, content) VALUES ($1, $2)", message.key,
             message.value.content)
      .run();
}

void WordTable::remove(sql::Connection& connection, sql::KeyRange range) const {
  sql::Query(connection, "DELETE FROM words WHERE rowid BETWEEN $1 AND $2", range.first, range.last)
      .run();
}

void WordTable::compare(sql::Connection& connection, sql::KeyRange range,
                        const std::vector<sql::MessageRow>& messages, const Tell& tell) const {
  std::map<std::int64_t, std::string> there;
  {
    sql::Query query(connection, "SELECT rowid, content FROM words WHERE rowid BETWEEN $1 AND $2",
                     range.first, range.last);
    while (query.next()) there.emplace(query.integer(0), query.text(1));
  }
  for (const sql::MessageRow& message : messages) {
    const auto found = there.find(message.key);
    if (found == there.end()) {
      tell(message.key, "it is missing");
      continue;
    }
    if (found->second != message.value.content) tell(message.key, "it has other words");
    there.erase(found);
  }
  for (const auto& [key, content] : there) tell(key, "there is no such message");
}

std::vector<std::string> words_in(sql::Connection& connection) {
  return lines(connection, "SELECT rowid, content FROM words ORDER BY rowid");
}

std::vector<std::string> words_of(sql::Connection& connection) {
  return lines(
      connection,
      "SELECT key, content FROM messages WHERE deleted_at IS NULL AND status NOT IN (1, 2) "
      "ORDER BY key");
}

}  // namespace threadkeep::test
