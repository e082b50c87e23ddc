#include "upkeep/check.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "store/sql/terms.h"
#include "upkeep/checker.h"

namespace threadkeep::upkeep {
namespace {

namespace term = sql::term;

constexpr std::int64_t conversations_per_page = 100;

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
      "metadata, erased_at, model, settings FROM conversations WHERE key > $1 AND key <= $2 ORDER "
      "BY key "
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
    row.settings = query.text(20);
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
  sql::Query presets(connection,
                     "SELECT key FROM presets WHERE " + term::user_of_preset + " = $1 AND seq = $2",
                     user, seq);
  while (presets.next()) text += show_preset(presets.integer(0)) + ", ";
  return text.substr(0, text.size() - 2);
}

// A number that several rows have: the conversation takes a new one, or where there is none the
// preset. Two rows of one table cannot have the same one: their index does not allow it.
void check_twice(Checker& checker, const CheckedUser& user, std::vector<std::int64_t>& numbers) {
  std::sort(numbers.begin(), numbers.end());
  for (auto at = std::adjacent_find(numbers.begin(), numbers.end()); at != numbers.end();
       at = std::adjacent_find(at + 1, numbers.end())) {
    const std::int64_t seq = *at;
    checker.find("seq-twice", where_of(user),
                 "the number " + std::to_string(seq) + " belongs to " +
                     show_rows_with(checker.connection, user.number, seq),
                 "the conversation or the preset took a new number", [&] {
                   for (const std::string& rows :
                        {"conversations SET seq = $3 WHERE " + term::user_of_conversation,
                         "presets SET seq = $3 WHERE " + term::user_of_preset}) {
                     sql::Query(checker.connection, "UPDATE " + rows + " = $1 AND seq = $2",
                                user.number, seq, checker.next_number(user.number))
                         .run();
                   }
                 });
  }
}

// First of all: whatever is mended takes its number from here.
void check_seq(Checker& checker, const CheckedUser& user) {
  std::int64_t highest = 0;
  {
    sql::Query query(
        checker.connection,
        "SELECT coalesce((SELECT max(seq) FROM conversations WHERE " + term::user_of_conversation +
            " = $1), 0), coalesce((SELECT max(seq) FROM messages WHERE " + term::user_of_message +
            " = $1), 0), coalesce((SELECT max(seq) FROM presets WHERE " + term::user_of_preset +
            " = $1), 0)",
        user.number);
    query.next();
    highest = std::max({query.integer(0), query.integer(1), query.integer(2)});
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
  check_presets(checker, user, numbers);
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
  const std::vector<CheckedUser> users = read_users(checker.connection);
  for (const sql::Derived* table : parts.derived) check_derived(checker, *table, users);
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
  UlidMaker ids(clock);
  Checker checker{connection, mend, clock.now_ms(), tell, progress, ids, {}};
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
