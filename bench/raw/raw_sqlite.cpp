// The storage ceiling: the statements of SqliteStore on its schema, without the store, HTTP or JSON
// around them. Usage: bench_raw_sqlite DATABASE seed MIGRATION.sql... | append BATCH SECONDS
// [WHICH] | page SECONDS [WHICH] | list SECONDS | feed SECONDS; WHICH is any, longest or shortest.
// `append` commits BATCH rows per durable transaction, as a group commit with BATCH clients waiting
// would. Works on any database of Threadkeep; on one of the first schema with the statements of
// that. Prints one JSON object.
#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "measure.h"
#include "raw/ids.h"
#include "raw/sqlite.h"

namespace bench {
namespace {

constexpr int seeded_conversations = 256;  // as bench/lib/content.mjs
constexpr int messages_per_conversation = 50;
constexpr int page_messages = 50;
constexpr int list_conversations = 20;
constexpr int feed_rows = 100;

constexpr auto find_conversation_sql =
    "SELECT key, id, seq, rev, state, is_archived, is_pinned, title_source, created_at, "
    "updated_at, deleted_at, message_count, head_position, head_id, title, model, folder, tags, "
    "metadata, last_position FROM conversations WHERE id = ?1 AND key >> 20 = ?2";
constexpr auto message_columns =
    "SELECT key, id, seq, role, status, created_at, deleted_at, token_count, model, usage, error, "
    "metadata, content, seq_rest FROM messages ";
constexpr auto conversation_columns =
    "SELECT key, id, seq, rev, state, is_archived, is_pinned, title_source, created_at, "
    "updated_at, deleted_at, last_position, message_count, head_position, head_id, title, model, "
    "folder, tags, metadata, jump_count, is_unread FROM conversations ";

struct Conversation {
  std::int64_t key = 0;
  std::string id;
  std::int64_t user() const { return key >> 20; }
};

std::vector<Conversation> find_conversations(sqlite3* db, Which which) {
  const std::string longest = "SELECT key FROM conversations ORDER BY last_position DESC LIMIT 1";
  std::string sql = "SELECT key, id FROM conversations";
  if (which == Which::longest) sql += " WHERE key = (" + longest + ")";
  if (which == Which::shortest)
    sql += " WHERE key >> 20 = (" + longest + ") >> 20 AND key <> (" + longest + ")";
  Statement statement(db, sql.c_str());
  std::vector<Conversation> conversations;
  while (statement.step())
    conversations.push_back({statement.integer(0), std::string(statement.bytes(1))});
  if (conversations.empty()) throw std::runtime_error("there are no such conversations");
  return conversations;
}

// Takes a random one each time; of the short ones the same until it would not be short any more.
class Choice {
 public:
  Choice(sqlite3* db, Which which) : conversations_(find_conversations(db, which)), which_(which) {}

  const Conversation& next() {
    if (which_ != Which::shortest || count_++ % appends_per_short == 0) at_ = any_(random_);
    return conversations_[at_ % conversations_.size()];
  }

 private:
  std::vector<Conversation> conversations_;
  const Which which_;
  std::mt19937 random_{std::random_device{}()};
  std::uniform_int_distribution<std::size_t> any_{0, conversations_.size() - 1};
  std::size_t at_ = 0;
  int count_ = 0;
};

bool is_of_first_schema(sqlite3* db) {
  Statement statement(db, "SELECT 1 FROM pragma_table_info('messages') WHERE name = 'seq_rest'");
  return !statement.step();
}

class Appender {
 public:
  explicit Appender(sqlite3* db)
      : is_old_(is_of_first_schema(db)),
        begin_(db, "BEGIN IMMEDIATE"),
        commit_(db, "COMMIT"),
        find_conversation_(db, find_conversation_sql),
        find_message_(db, "SELECT key FROM messages WHERE key >> 43 = ?1 AND id = ?2"),
        take_seq_(db, "UPDATE users SET seq = seq + 2 WHERE number = ?1 RETURNING seq"),
        insert_(db, is_old_
                        ? "INSERT INTO messages (key, id, seq, role, status, created_at, metadata, "
                          "content) SELECT ?1 << 23 | (last_position + 1), ?2, ?3, 0, 0, ?4, '{}', "
                          "?5 FROM conversations WHERE key = ?1"
                        : "INSERT INTO messages (key, id, seq, role, status, created_at, metadata, "
                          "content, seq_rest) SELECT ?1 << 23 | (last_position + 1), ?2, ?3, 0, 0, "
                          "?4, '{}', ?5, 1 FROM conversations WHERE key = ?1"),
        update_(db, is_old_ ? "UPDATE conversations SET seq = ?2, updated_at = ?3, last_position = "
                              "last_position + 1, message_count = message_count + 1, head_position "
                              "= last_position + 1, head_id = ?4, title = title, title_source = "
                              "title_source, model = model, jump_count = jump_count WHERE key = ?1"
                            : "UPDATE conversations SET seq = ?2, updated_at = ?3, last_position = "
                              "last_position + 1, message_count = message_count + 1, head_position "
                              "= last_position + 1, head_id = ?4, title = title, title_source = "
                              "title_source, model = model, jump_count = jump_count, "
                              "head_edited_at = ?3 WHERE key = ?1") {}

  void begin() { begin_.run(); }
  void commit() { commit_.run(); }
  void append(const Conversation& to) {
    const std::int64_t now = now_ms();
    const std::string_view id = ids_.next();
    const std::int64_t key = find_conversation_.bind_bytes(1, to.id).bind(2, to.user()).run();
    find_message_.bind(1, to.user()).bind_bytes(2, id).run();
    const std::int64_t seq = take_seq_.bind(1, to.user()).run();
    insert_.bind(1, key).bind_bytes(2, id).bind(3, seq - 1).bind(4, now).bind(5, content_).run();
    update_.bind(1, key).bind(2, seq).bind(3, now).bind_bytes(4, id).run();
  }

 private:
  const bool is_old_;
  Statement begin_, commit_, find_conversation_, find_message_, take_seq_, insert_, update_;
  Ids ids_;
  std::string content_ = content();
};

// A migration in the words of SQLite.
std::string migration(const char* path) {
  std::ifstream file(path);
  std::string sql(std::istreambuf_iterator<char>(file), {});
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> words{
      {{"${key}", "INTEGER PRIMARY KEY"}, {"${bytes}", "BLOB"}}};
  for (const auto& [word, meaning] : words)
    for (std::size_t at = 0; (at = sql.find(word, at)) != std::string::npos;)
      sql.replace(at, word.size(), meaning);
  return sql;
}

void seed(sqlite3* db, std::span<char*> migration_paths) {
  for (const char* path : migration_paths) execute(db, migration(path).c_str());
  execute(db, "BEGIN");
  Statement add_user(db, "INSERT INTO users VALUES (1, ?1, ?2, ?2, 0, 0)");
  add_user.bind_bytes(1, "the local user..").bind(2, seeded_conversations).run();
  Statement add(
      db,
      "INSERT INTO conversations (key, id, seq, rev, state, is_archived, is_pinned, "
      "title_source, created_at, updated_at, last_position, message_count, "
      "head_position, title, tags, metadata, created_as, jump_count) VALUES (1 << 20 | ?2, ?1, ?2, "
      "1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 'A conversation', '[]', '{}', x'00', 0)");
  for (int i = 1; i <= seeded_conversations; ++i) {
    const std::string id = "conversation" + std::to_string(1000 + i);
    add.bind_bytes(1, id).bind(2, i).run();
  }
  execute(db, "COMMIT");
  const auto conversations = find_conversations(db, Which::any);
  Appender appender(db);
  appender.begin();
  for (int i = 0; i < messages_per_conversation; ++i)
    for (const Conversation& conversation : conversations) appender.append(conversation);
  appender.commit();
}

void measure_append(const char* path, sqlite3* db, int batch, double seconds, Which which) {
  Checkpointer checkpointer(path, db);
  Appender appender(db);
  Choice choice(db, which);
  measure(seconds, batch, [&] {
    appender.begin();
    for (int i = 0; i < batch; ++i) appender.append(choice.next());
    appender.commit();
    checkpointer.finish();
  });
}

// Reads in one snapshot, as the store does.
class Reading {
 public:
  explicit Reading(sqlite3* db) : begin_(db, "BEGIN"), commit_(db, "COMMIT") {}
  template <class Work>
  void run(const Work& work) {
    begin_.run();
    work();
    commit_.run();
  }

 private:
  Statement begin_, commit_;
};

void measure_page(sqlite3* db, double seconds, Which which) {
  Reading reading(db);
  Statement find_conversation(
      db, (std::string(conversation_columns) + "WHERE id = ?1 AND key >> 20 = ?2").c_str());
  Statement page(
      db, (std::string(message_columns) + "WHERE key BETWEEN ?1 AND ?2 ORDER BY key").c_str());
  Choice choice(db, which);
  const Conversation first = choice.next();
  measure(seconds, 1, [&] {
    const Conversation& conversation = which == Which::any ? choice.next() : first;
    reading.run([&] {
      find_conversation.bind_bytes(1, conversation.id).bind(2, conversation.user());
      find_conversation.step();
      const std::int64_t last = find_conversation.integer(0) << 23 | find_conversation.integer(11);
      find_conversation.run();
      // One more than the page: the parent of the oldest.
      page.bind(1, last - page_messages).bind(2, last).run();
    });
  });
}

void measure_list(sqlite3* db, double seconds) {
  Reading reading(db);
  Statement list(db, (std::string(conversation_columns) +
                      "WHERE key >> 20 = ?1 AND state = 0 AND is_archived = 0 ORDER BY updated_at "
                      "DESC, id DESC LIMIT ?2")
                         .c_str());
  Choice choice(db, Which::any);
  measure(seconds, 1, [&] {
    reading.run([&] { list.bind(1, choice.next().user()).bind(2, list_conversations + 1).run(); });
  });
}

// A page of the feed behind a random place of a random user, in as few statements as can be.
class Feed {
 public:
  explicit Feed(sqlite3* db)
      : epoch_(db, "SELECT max(number) FROM epochs"),
        sequence_(db, "SELECT seq, min_seq FROM users WHERE number = ?1"),
        messages_(db, (std::string(message_columns) +
                       "WHERE key >> 43 = ?1 AND seq > ?2 AND deleted_at IS NULL ORDER BY seq "
                       "LIMIT ?3")
                          .c_str()),
        conversations_(db, (std::string(conversation_columns) +
                            "WHERE key >> 20 = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq")
                               .c_str()),
        conversation_(db, (std::string(conversation_columns) + "WHERE key = ?1").c_str()),
        parent_(db, "SELECT id FROM messages WHERE key = ?1") {}

  void read(std::int64_t user, std::uint64_t random) {
    epoch_.run();
    const auto end = static_cast<std::uint64_t>(sequence_.bind(1, user).run());
    const auto place = static_cast<std::int64_t>(random % (end > 300 ? end - 300 : 1));
    keys_.clear();
    // A page never splits a transaction: it goes on for as many numbers as stand behind its last.
    Place last = read_messages(user, {place, feed_rows});
    if (last.rest > 0) last = read_messages(user, last);
    conversations_.bind(1, user).bind(2, place).bind(3, last.seq + 1).run();
    std::set<std::int64_t> conversations;
    for (const std::int64_t key : keys_) conversations.insert(key >> 23);
    for (const std::int64_t key : conversations) conversation_.bind(1, key).run();
    for (const std::int64_t key : keys_)
      if (!keys_.contains(key - 1)) parent_.bind(1, key - 1).run();
  }

 private:
  struct Place {
    std::int64_t seq = 0;
    std::int64_t rest = 0;
  };
  // So many behind the place; answers the last one's.
  Place read_messages(std::int64_t user, Place behind) {
    messages_.bind(1, user).bind(2, behind.seq).bind(3, behind.rest);
    Place last = behind;
    while (messages_.step()) {
      keys_.insert(messages_.integer(0));
      for (const int column : {1, 8, 9, 10, 11, 12}) messages_.bytes(column);
      for (const int column : {3, 4, 5, 6, 7}) messages_.integer(column);
      last = {messages_.integer(2), messages_.integer(13)};
    }
    messages_.reset();
    return last;
  }

  Statement epoch_, sequence_, messages_, conversations_, conversation_, parent_;
  std::set<std::int64_t> keys_;
};

void measure_feed(sqlite3* db, double seconds) {
  Reading reading(db);
  Feed feed(db);
  Choice choice(db, Which::any);
  std::mt19937_64 random(std::random_device{}());
  measure(seconds, 1, [&] { reading.run([&] { feed.read(choice.next().user(), random()); }); });
}

// False: these are no arguments.
bool run(std::span<char*> arguments) {
  const std::string_view verb = arguments.size() > 2 ? arguments[2] : "";
  const auto more = [&](std::size_t at) { return at < arguments.size() ? arguments[at] : ""; };
  const Database db = open(more(1));
  if (verb == "seed" && arguments.size() >= 4) {
    seed(db.get(), arguments.subspan(3));
  } else if (verb == "append" && arguments.size() >= 5) {
    measure_append(arguments[1], db.get(), std::stoi(arguments[3]), std::stod(arguments[4]),
                   which_of(more(5)));
  } else if (verb == "page" && arguments.size() >= 4) {
    measure_page(db.get(), std::stod(arguments[3]), which_of(more(4)));
  } else if (verb == "list" && arguments.size() == 4) {
    measure_list(db.get(), std::stod(arguments[3]));
  } else if (verb == "feed" && arguments.size() == 4) {
    measure_feed(db.get(), std::stod(arguments[3]));
  } else {
    return false;
  }
  return true;
}

}  // namespace
}  // namespace bench

int main(int count, char** arguments) {
  if (bench::run({arguments, static_cast<std::size_t>(count)})) return 0;
  std::fputs(
      "usage: bench_raw_sqlite DATABASE seed MIGRATION.sql... | append BATCH SECONDS [WHICH] | "
      "page SECONDS [WHICH] | list SECONDS | feed SECONDS\n",
      stderr);
  return 64;
}
