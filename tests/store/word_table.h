// A derived table for tests: every word of every message. An FTS5 table in SQLite, with the tables
// that this keeps for itself; a plain one in PostgreSQL.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/sql/derived.h"

namespace threadkeep::test {

class WordTable final : public sql::Derived {
 public:
  // Makes the table, which no migration makes.
  static void create(sql::Connection& connection);

  std::string_view name() const override { return "words"; }
  void put(sql::Connection& connection, const sql::MessageRow& message) const override;
  void remove(sql::Connection& connection, sql::KeyRange range) const override;
  void compare(sql::Connection& connection, sql::KeyRange range,
               const std::vector<sql::MessageRow>& messages, const Tell& tell) const override;
};

// What the table holds, and what it should: "key content" of each message that is finished and not
// erased.
std::vector<std::string> words_in(sql::Connection& connection);
std::vector<std::string> words_of(sql::Connection& connection);

}  // namespace threadkeep::test
