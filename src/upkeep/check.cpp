#include "upkeep/check.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "base/limits.h"
#include "store/sql/terms.h"
#include "upkeep/all_tables.h"
#include "upkeep/blobs.h"
#include "upkeep/checker.h"

namespace threadkeep::upkeep {
namespace {

namespace term = sql::term;

constexpr std::int64_t conversations_per_page = 100;
constexpr std::int64_t clock_slack_ms = 24 * std::int64_t{3'600'000};

struct CheckedUser {
  std::int64_t number = 0;
  std::string id;
  std::int64_t seq = 0;
  std::int64_t conversations = 0;
  std::int64_t min_seq = 0;
};

std::string where_of(const CheckedUser& user) {
  return "user " + show_id(user.id) + " (number " + std::to_string(user.number) + ")";
}

std::vector<CheckedUser> read_users(sql::Connection& connection) {
  std::vector<CheckedUser> users;
  sql::Query query(connection,
                   "SELECT number, id, seq, conversations, min_seq FROM users ORDER BY number");
  while (query.next()) {
    users.push_back(
        {query.integer(0), query.bytes(1), query.integer(2), query.integer(3), query.integer(4)});
  }
  return users;
}

std::vector<CheckedConversation> read_page(sql::Connection& connection, std::int64_t user,
                                           std::int64_t after) {
  sql::Query query(
      connection,
      "SELECT key, id, seq, rev, state, title_source, created_at, updated_at, deleted_at, "
      "last_position, jump_count, message_count, head_position, head_id, title, folder, tags, "
      "metadata, erased_at, model FROM conversations WHERE key > $1 AND key <= $2 ORDER BY key "
      "LIMIT $3",
      after, sql::conversation_key(user, limits::conversations_per_user_max),
      conversations_per_page);
  std::vector<CheckedConversation> rows;
  while (query.next()) {
    CheckedConversation row;
    row.key = query.integer(0);
    row.id = query.bytes(1);
    row.seq = query.integer(2);
    row.rev = query.integer(3);
    row.state = query.integer(4);
    row.title_source = query.integer(5);
    row.created_at = query.integer(6);
    row.updated_at = query.integer(7);
    row.deleted_at = query.optional_integer(8);
    row.last_position = query.integer(9);
    row.jump_count = query.integer(10);
    row.message_count = query.integer(11);
    row.head_position = query.integer(12);
    if (!query.is_null(13)) row.head_id = query.bytes(13);
    row.title = query.text(14);
    row.folder = query.optional_text(15);
    row.tags = query.text(16);
    row.metadata = query.text(17);
    row.erased_at = query.optional_integer(18);
    row.model = query.optional_text(19);
    rows.push_back(std::move(row));
  }
  return rows;
}

// The rows that have this number, when there are more than one.
std::string show_rows_with(sql::Connection& connection, std::int64_t user, std::int64_t seq) {
  std::string text;
  sql::Query conversations(
      connection,
      "SELECT id FROM conversations WHERE " + term::user_of_conversation + " = $1 AND seq = $2",
      user, seq);
  while (conversations.next()) text += "conversation " + show_id(conversations.bytes(0)) + ", ";
  sql::Query messages(
      connection, "SELECT id FROM messages WHERE " + term::user_of_message + " = $1 AND seq = $2",
      user, seq);
  while (messages.next()) text += "message " + show_id(messages.bytes(0)) + ", ";
  return text.substr(0, text.size() - 2);
}

// A number that several rows have: the conversation takes a new one. Two rows of one table cannot
// have the same one: their index does not allow it.
void check_twice(Checker& checker, const CheckedUser& user, std::vector<std::int64_t>& numbers) {
  std::sort(numbers.begin(), numbers.end());
  for (auto at = std::adjacent_find(numbers.begin(), numbers.end()); at != numbers.end();
       at = std::adjacent_find(at + 1, numbers.end())) {
    const std::int64_t seq = *at;
    checker.find("seq-twice", where_of(user),
                 "the number " + std::to_string(seq) + " belongs to " +
                     show_rows_with(checker.connection, user.number, seq),
                 "the conversation took a new number", [&] {
                   sql::Query(checker.connection,
                              "UPDATE conversations SET seq = $3 WHERE " +
                                  term::user_of_conversation + " = $1 AND seq = $2",
                              user.number, seq, checker.next_number(user.number))
                       .run();
                 });
  }
}

// First of all: whatever is mended takes its number from here.
void check_seq(Checker& checker, const CheckedUser& user) {
  std::int64_t highest = 0;
  {
    sql::Query query(checker.connection,
                     "SELECT coalesce((SELECT max(seq) FROM conversations WHERE " +
                         term::user_of_conversation +
                         " = $1), 0), coalesce((SELECT max(seq) FROM messages WHERE " +
                         term::user_of_message + " = $1), 0)",
                     user.number);
    query.next();
    highest = std::max(query.integer(0), query.integer(1));
  }
  if (highest > user.seq) {
    checker.find("user-seq", where_of(user),
                 "its sequence stands at " + std::to_string(user.seq) + ", a row has " +
                     std::to_string(highest),
                 "set to " + std::to_string(highest), [&] {
                   sql::Query(checker.connection, "UPDATE users SET seq = $2 WHERE number = $1",
                              user.number, highest)
                       .run();
                 });
  }
  if (user.min_seq > std::max(user.seq, highest)) {
    checker.find("user-horizon", where_of(user),
                 "the feed begins at " + std::to_string(user.min_seq) + ", after its end");
  }
}

// How many numbers of its transaction follow a message's own: the feed reads on that far.
void check_rest(Checker& checker, const CheckedUser& user) {
  std::vector<std::pair<std::int64_t, std::string>> rows;
  {
    sql::Query query(
        checker.connection,
        "SELECT key, id FROM messages WHERE key BETWEEN $1 AND $2 AND (seq_rest < 0 OR "
        "seq + seq_rest > (SELECT seq FROM users WHERE number = $3))",
        sql::message_key(sql::conversation_key(user.number, 0), 0),
        sql::message_key(sql::conversation_key(user.number + 1, 0), 0) - 1, user.number);
    while (query.next()) rows.emplace_back(query.integer(0), query.bytes(1));
  }
  for (const auto& [key, id] : rows) {
    checker.find(
        "seq-rest", "message " + show_id(id),
        "its transaction would go on after the end of the sequence", "set to 0", [&, at = key] {
          sql::Query(checker.connection, "UPDATE messages SET seq_rest = 0 WHERE key = $1", at)
              .run();
        });
  }
}

void check_user(Checker& checker, const CheckedUser& user) {
  if (user.id.size() != 16 || user.number < 1 || user.number > sql::users_max) {
    checker.find("user", where_of(user), "its id or number is none");
  }
  check_seq(checker, user);
  check_rest(checker, user);
  std::vector<std::int64_t> numbers;
  const std::int64_t none = sql::conversation_key(user.number, 0);
  std::int64_t last = none;
  for (;;) {
    const auto page = read_page(checker.connection, user.number, last);
    if (page.empty()) break;
    for (const CheckedConversation& row : page) check_conversation(checker, row, numbers);
    last = page.back().key;
  }
  check_twice(checker, user, numbers);
  if (!numbers.empty() && numbers.front() < 1) {
    checker.find("seq", where_of(user), "a row has no number of the sequence");
  }
  if (last - none > user.conversations) {
    checker.find("user-conversations", where_of(user),
                 "its latest conversation is " + std::to_string(user.conversations) + ", one is " +
                     std::to_string(last - none),
                 "set to " + std::to_string(last - none), [&] {
                   sql::Query(checker.connection,
                              "UPDATE users SET conversations = $2 WHERE number = $1", user.number,
                              last - none)
                       .run();
                 });
  }
}

// Rows that hang in the air.
struct OwnerRule {
  const char* rule;
  const char* what;
  const char* sql;     // their keys
  const char* remove;  // what makes them go, where they can be derived anew; or nothing
};

constexpr OwnerRule owner_rules[] = {
    {"conversation-owner", "a conversation of no user",
     "SELECT key FROM conversations c WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.number = "
     "c.key >> 20)",
     nullptr},
    {"message-owner", "a message of no conversation",
     "SELECT key FROM messages m WHERE NOT EXISTS (SELECT 1 FROM conversations c WHERE c.key = "
     "m.key >> 23)",
     nullptr},
    {"jump-owner", "a place in the tree of no message",
     "SELECT child FROM jumps j WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE m.key = j.child)",
     "DELETE FROM jumps WHERE child = $1"},
    {"tag-owner", "a tag of no conversation",
     "SELECT DISTINCT conversation FROM conversation_tags t WHERE NOT EXISTS (SELECT 1 FROM "
     "conversations c WHERE c.key = t.conversation)",
     "DELETE FROM conversation_tags WHERE conversation = $1"},
    {"blob-owner", "a file of no user",
     "SELECT DISTINCT owner FROM blobs b WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.number = "
     "b.owner)",
     "DELETE FROM blobs WHERE owner = $1"},
    {"answer-part-owner", "a part of an answer that is not being written",
     "SELECT DISTINCT message FROM answer_parts p WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE "
     "m.key = p.message AND m.status IN (1, 2))",  // term::is_unfinished
     "DELETE FROM answer_parts WHERE message = $1"},
    {"answer-part", "an answer with a part missing",
     "SELECT message FROM answer_parts GROUP BY message HAVING min(part) <> 1 OR count(*) <> "
     "max(part)",
     nullptr},
    {"operation-owner", "a pushed operation of no user",
     "SELECT DISTINCT owner FROM operations o WHERE NOT EXISTS (SELECT 1 FROM users u WHERE "
     "u.number = o.owner)",
     "DELETE FROM operations WHERE owner = $1"},
    // Without it devices offer again whatever they have: more than needed, and never less.
    {"epoch-start", "an epoch of no user, or that began after the end of the user's sequence",
     "SELECT DISTINCT owner FROM epoch_starts s WHERE NOT EXISTS (SELECT 1 FROM users u WHERE "
     "u.number = s.owner AND u.seq >= s.seq)",
     "DELETE FROM epoch_starts WHERE owner = $1"},
};

void check_owners(Checker& checker) {
  for (const OwnerRule& rule : owner_rules) {
    std::vector<std::int64_t> keys;
    {
      sql::Query query(checker.connection, rule.sql);
      while (query.next()) keys.push_back(query.integer(0));
    }
    for (const std::int64_t key : keys) {
      const std::string where = "key " + std::to_string(key);
      if (rule.remove == nullptr) {
        checker.find(rule.rule, where, rule.what);
      } else {
        checker.find(rule.rule, where, rule.what, "removed",
                     [&] { sql::Query(checker.connection, rule.remove, key).run(); });
      }
    }
  }
}

void check_meta(Checker& checker) {
  const auto check_size = [&](const char* name, std::size_t size, bool is_needed) {
    sql::Query query(checker.connection, "SELECT value FROM meta WHERE name = $1",
                     std::string_view(name));
    const bool is_there = query.next();
    if (is_there ? query.bytes(0).size() != size : is_needed) {
      checker.find("meta", name, is_there ? "it has another size than it must" : "it is missing");
    }
  };
  sql::Query epochs(checker.connection, "SELECT count(*) FROM epochs WHERE number >= 1");
  if (!epochs.next() || epochs.integer(0) == 0) {
    checker.find("epoch", "database", "it has no epoch");
  }
  epochs.run();
  check_size("cursor_key", 32, true);
  check_size("local_user", 16, false);
}

// Times of edits by hand, whichever fields have one: none lies before 1970 or ahead of the clock.
void check_edit_times(Checker& checker) {
  constexpr std::string_view ending = "_edited_at";
  for (const tables::Table& table : all_tables()) {
    for (const tables::Column& column : table.columns) {
      const std::string& name = column.name;
      if (name.size() < ending.size() || name.substr(name.size() - ending.size()) != ending) {
        continue;
      }
      const UnixMs latest = checker.now + clock_slack_ms;
      std::vector<std::pair<std::int64_t, std::string>> rows;
      {
        std::string select = "SELECT key, id FROM ";
        select.append(table.name).append(" WHERE ").append(name).append(" < 0 OR ");
        select.append(name).append(" > $1");
        sql::Query query(checker.connection, select, latest);
        while (query.next()) rows.emplace_back(query.integer(0), query.bytes(1));
      }
      for (const auto& [key, id] : rows) {
        checker.find("edit-time", "conversation " + show_id(id),
                     name + " is no time, or in the future: it would win over every later edit",
                     "set to now", [&, at = key] {
                       sql::Query(checker.connection,
                                  "UPDATE " + table.name + " SET " + name + " = $2 WHERE key = $1",
                                  at, checker.now)
                           .run();
                     });
      }
    }
  }
}

// The engine's own check, where it has one in SQL.
void check_engine(Checker& checker) {
  const std::string_view sql = checker.connection.word("integrity");
  if (sql.empty()) return;
  sql::Query query(checker.connection, sql);
  while (query.next()) {
    if (query.text(0) != "ok") checker.find("engine", "database", std::string(query.text(0)));
  }
}

// How far the derived tables have come: never further than their users.
void check_positions(Checker& checker) {
  std::vector<std::pair<std::int64_t, std::string>> wrong;
  {
    sql::Query query(checker.connection,
                     "SELECT owner, name FROM derived_positions p WHERE NOT EXISTS (SELECT 1 FROM "
                     "users u WHERE u.number = p.owner AND u.seq >= p.seq)");
    while (query.next()) wrong.emplace_back(query.integer(0), query.text(1));
  }
  for (const auto& [owner, name] : wrong) {
    checker.find("derived-position", "user number " + std::to_string(owner),
                 name + " is ahead of the user's sequence, or of no user", "it will be made anew",
                 [&, user = owner, table = name] {
                   sql::Query(checker.connection,
                              "DELETE FROM derived_positions WHERE owner = $1 AND name = $2", user,
                              table)
                       .run();
                 });
  }
}

void check_derived(Checker& checker, const sql::Derived& derived) {
  const auto tell = [&](std::int64_t key, const std::string& what) {
    checker.find("derived-row", "message key " + std::to_string(key),
                 std::string(derived.name()) + ": " + what, "made anew",
                 [&] { sql::make_anew(checker.connection, derived, key); });
  };
  const auto on_rows = [&](std::size_t) { checker.progress.advance(0); };
  std::int64_t last = -1;
  for (const CheckedUser& user : read_users(checker.connection)) {
    const sql::KeyRange range = sql::keys_of_user(user.number);
    // Between the users there is nobody whose rows could be there.
    derived.compare(checker.connection, {last + 1, range.first - 1}, {}, tell);
    sql::compare_all(checker.connection, derived, user.number, on_rows, tell);
    last = range.last;
  }
  derived.compare(checker.connection, {last + 1, std::numeric_limits<std::int64_t>::max()}, {},
                  tell);
}

void check_blobs(Checker& checker, sql::BlobContents& contents) {
  std::set<BlobHash> named;
  for (const NamedBlob& blob : named_blobs(checker.connection)) {
    named.insert(blob.hash);
    const BlobState state = look_at_blob(contents, blob);
    if (state == BlobState::missing) {
      checker.find("blob-missing", "file " + blob.hash.text(), "its bytes are not there");
    } else if (state == BlobState::damaged) {
      checker.find("blob-damaged", "file " + blob.hash.text(), "its bytes are others");
    }
    checker.progress.advance(0);
  }
  std::vector<BlobHash> ownerless;
  contents.each([&](const BlobHash& hash) {
    if (named.count(hash) == 0) ownerless.push_back(hash);
  });
  for (const BlobHash& hash : ownerless) {
    checker.find("blob-ownerless", "file " + hash.text(), "it belongs to nobody", "removed",
                 [&, lost = hash] { contents.remove_unless(lost, [] { return false; }); });
  }
}

CheckReport check_all(Checker& checker, const CheckedParts& parts) {
  check_engine(checker);
  check_meta(checker);
  check_edit_times(checker);
  check_owners(checker);
  std::uint64_t messages = 0;
  {
    sql::Query query(checker.connection, "SELECT count(*) FROM messages");
    query.next();
    messages = static_cast<std::uint64_t>(query.integer(0));
  }
  checker.progress.begin("checking", messages);
  for (const CheckedUser& user : read_users(checker.connection)) check_user(checker, user);
  check_positions(checker);
  for (const sql::Derived* table : parts.derived) check_derived(checker, *table);
  if (parts.blobs != nullptr) check_blobs(checker, *parts.blobs);
  return checker.report;
}

void roll_back(sql::Connection& connection) {
  try {
    connection.run_script("ROLLBACK");
  } catch (const sql::StorageFailure&) {
    // It ends with the connection.
  }
}

}  // namespace

void Checker::find(std::string rule, std::string where, std::string what) {
  ++report.findings;
  tell({std::move(rule), std::move(where), std::move(what), ""});
}

void Checker::find(std::string rule, std::string where, std::string what, std::string done,
                   const std::function<void()>& change) {
  if (mend == Mend::no) return find(std::move(rule), std::move(where), std::move(what));
  change();
  ++report.findings;
  ++report.mended;
  tell({std::move(rule), std::move(where), std::move(what), std::move(done)});
}

std::int64_t Checker::next_number(std::int64_t user) const {
  sql::Query query(connection, "UPDATE users SET seq = seq + 1 WHERE number = $1 RETURNING seq",
                   user);
  if (!query.next()) return 0;
  const std::int64_t number = query.integer(0);
  query.run();
  return number;
}

std::string show_id(std::string_view bytes) {
  if (bytes.size() != 16) return "without an id";
  return Ulid::from_bytes(bytes).text();
}

Result<CheckReport> check_store(sql::Connection& connection, Mend mend, const Clock& clock,
                                const std::function<void(const Finding&)>& tell, Progress& progress,
                                const CheckedParts& parts) {
  Checker checker{connection, mend, clock.now_ms(), tell, progress, {}};
  try {
    if (mend == Mend::yes) connection.run_script("BEGIN");
    const CheckReport report = check_all(checker, parts);
    if (mend == Mend::yes) connection.run_script("COMMIT");
    return report;
  } catch (const Stopped&) {
    if (mend == Mend::yes) roll_back(connection);
    return fail(Errc::cancelled, "The check was stopped; nothing was changed.");
  } catch (const sql::StorageFailure& failure) {
    if (mend == Mend::yes) roll_back(connection);
    return fail(Errc::storage_unavailable,
                std::string("the store cannot be read to its end: ") + failure.what());
  }
}

}  // namespace threadkeep::upkeep
