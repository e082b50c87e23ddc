#include "store/audit.h"

#include <sqlite3.h>

#include <stdexcept>

namespace threadkeep::test {
namespace {

struct Rule {
  const char* complaint;
  const char* count_of_offenders;
};

constexpr Rule rules[] = {
    {"positions are not 1, 2, 3 ...",
     "SELECT count(*) FROM conversations c WHERE last_position <> (SELECT count(*) FROM messages m "
     "WHERE m.key >> 23 = c.key) OR last_position <> (SELECT coalesce(max(m.key & 8388607), 0) "
     "FROM "
     "messages m WHERE m.key >> 23 = c.key)"},
    {"message_count is not the number of live messages",
     "SELECT count(*) FROM conversations c WHERE message_count <> (SELECT count(*) FROM messages m "
     "WHERE m.key >> 23 = c.key AND m.deleted_at IS NULL)"},
    {"whether a message is deleted is said in two ways",
     "SELECT count(*) FROM messages WHERE (state = 0) <> (deleted_at IS NULL)"},
    {"the head of a conversation is a deleted message",
     "SELECT count(*) FROM conversations c WHERE state < 2 AND EXISTS (SELECT 1 FROM messages m "
     "WHERE m.key = (c.key << 23 | c.head_position) AND m.deleted_at IS NOT NULL)"},
    {"a message belongs to no conversation",
     "SELECT count(*) FROM messages WHERE key >> 23 NOT IN (SELECT key FROM conversations)"},
    {"the head is another message than it says",
     "SELECT count(*) FROM conversations c WHERE head_position <> 0 AND head_id IS NOT (SELECT id "
     "FROM messages m WHERE m.key = (c.key << 23 | c.head_position))"},
    {"jump_count is wrong",
     "SELECT count(*) FROM conversations c WHERE jump_count <> (SELECT count(*) FROM jumps WHERE "
     "child >> 23 = c.key)"},
    {"a parent stands behind its child", "SELECT count(*) FROM jumps WHERE parent >= child"},
    {"a jump leads out of its conversation",
     "SELECT count(*) FROM jumps WHERE child >> 23 <> parent >> 23"},
    {"a row has a number that its user never gave",
     "SELECT count(*) FROM users u WHERE seq < (SELECT max(seq) FROM conversations WHERE key >> 20 "
     "= u.number) OR seq < (SELECT max(seq) FROM messages WHERE key >> 43 = u.number)"},
    {"a preset has the number of another row, or one that its user never gave",
     "SELECT count(*) FROM presets p WHERE EXISTS (SELECT 1 FROM conversations c WHERE c.key >> 20 "
     "= p.key >> 20 AND c.seq = p.seq) OR EXISTS (SELECT 1 FROM messages m WHERE m.key >> 43 = "
     "p.key >> 20 AND m.seq = p.seq) OR p.seq > (SELECT seq FROM users WHERE number = p.key >> "
     "20)"},
    {"a message and a conversation have the same number",
     "SELECT count(*) FROM messages m JOIN conversations c ON c.key >> 20 = m.key >> 43 AND c.seq "
     "= "
     "m.seq"},
    {"within a conversation the numbers do not rise with the positions",
     "SELECT count(*) FROM messages a JOIN messages b ON b.key = a.key + 1 WHERE b.seq <= a.seq"},
};

constexpr Rule rule_of_appending = {
    "the commit sequence has lost or gained numbers",
    "SELECT count(*) FROM users u WHERE seq <> (SELECT count(*) FROM conversations WHERE key >> 20 "
    "= u.number) + 2 * (SELECT count(*) FROM messages WHERE key >> 43 = u.number)"};

sqlite3* handle(void* database) { return static_cast<sqlite3*>(database); }

}  // namespace

Audit::Audit(const std::string& path, const std::string& vfs) {
  sqlite3* database = nullptr;
  if (sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE,
                      vfs.empty() ? nullptr : vfs.c_str()) != SQLITE_OK) {
    throw std::runtime_error("cannot open " + path);
  }
  database_ = database;
}

Audit::~Audit() { sqlite3_close(handle(database_)); }

std::int64_t Audit::number(const std::string& sql) const {
  sqlite3_stmt* statement = nullptr;
  std::int64_t number = -1;
  if (sqlite3_prepare_v2(handle(database_), sql.c_str(), -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    number = sqlite3_column_int64(statement, 0);
  }
  sqlite3_finalize(statement);
  if (number < 0) throw std::runtime_error(sqlite3_errmsg(handle(database_)));
  return number;
}

std::string Audit::complaint(History history) const {
  if (!has_tables()) return "";
  if (number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") != 0) {
    return "integrity_check";
  }
  for (const Rule& rule : rules) {
    // Rows that a final state, an erasure or an interruption touched have newer numbers.
    if (history == History::any && std::string(rule.complaint).find("rise") != std::string::npos) {
      continue;
    }
    if (number(rule.count_of_offenders) != 0) return rule.complaint;
  }
  if (history == History::created_and_appended &&
      number(rule_of_appending.count_of_offenders) != 0) {
    return rule_of_appending.complaint;
  }
  return "";
}

bool Audit::has_tables() const {
  return number("SELECT count(*) FROM sqlite_master WHERE name = 'messages'") == 1;
}

std::int64_t Audit::count(const Ulid& message) const {
  if (!has_counts_ && has_tables()) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(handle(database_), "SELECT id FROM messages", -1, &statement, nullptr);
    while (sqlite3_step(statement) == SQLITE_ROW) {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, 0));
      const int size = sqlite3_column_bytes(statement, 0);
      if (bytes == nullptr || size != 16) {
        sqlite3_finalize(statement);
        throw std::runtime_error("a message without an id");
      }
      ++counts_[Ulid::from_bytes({bytes, 16})];
    }
    sqlite3_finalize(statement);
  }
  has_counts_ = true;
  const auto found = counts_.find(message);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace threadkeep::test
