// The storage ceiling on PostgreSQL: the statements of PostgresStore on its tables, over one
// connection as the store has for it, without the store around them. Usage: bench_raw_postgres URL
// append BATCH SECONDS [WHICH] | append-each CONNECTIONS SECONDS | page SECONDS [WHICH] | list
// SECONDS | feed SECONDS; WHICH is any, longest or shortest. `append-each` is what a server without
// group commit would do: each connection commits its own appends. Prints one JSON object.
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "measure.h"
#include "raw/ids.h"
#include "raw/postgres.h"

namespace bench {
namespace {

using Statement = PostgresConnection::Statement;

constexpr int page_messages = 50;
constexpr int list_conversations = 20;
constexpr int feed_rows = 100;

const std::string message_columns =
    "SELECT key, id, seq, role, status, created_at, deleted_at, token_count, model, usage, error, "
    "metadata, content, seq_rest FROM messages ";
const std::string conversation_columns =
    "SELECT key, id, seq, rev, state, is_archived, is_pinned, title_source, created_at, "
    "updated_at, deleted_at, last_position, message_count, head_position, head_id, title, model, "
    "folder, tags, metadata, jump_count, is_unread FROM conversations ";
constexpr auto begin_reading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

struct Conversation {
  std::int64_t key = 0;
  std::string id;
  std::int64_t user() const { return key >> 20; }
};

std::vector<Conversation> find_conversations(PostgresConnection& connection, Which which) {
  const std::string longest = "SELECT key FROM conversations ORDER BY last_position DESC LIMIT 1";
  std::string sql = "SELECT key, id FROM conversations";
  if (which == Which::longest) sql += " WHERE key = (" + longest + ")";
  if (which == Which::shortest)
    sql += " WHERE key >> 20 = (" + longest + ") >> 20 AND key <> (" + longest + ")";
  const Rows rows = connection.prepare(sql).run();
  std::vector<Conversation> conversations;
  for (int i = 0; i < rows.count(); ++i)
    conversations.push_back({rows.integer(i, 0), std::string(rows.bytes(i, 1))});
  if (conversations.empty()) throw std::runtime_error("there are no such conversations");
  return conversations;
}

// Takes a random one each time; of the short ones the same until it would not be short any more.
class Choice {
 public:
  Choice(PostgresConnection& connection, Which which)
      : conversations_(find_conversations(connection, which)), which_(which) {}

  const Conversation& next() {
    if (which_ != Which::shortest || count_++ % appends_per_short == 0)
      at_ = random_() % conversations_.size();
    return conversations_[at_];
  }

 private:
  std::vector<Conversation> conversations_;
  const Which which_;
  std::mt19937_64 random_{std::random_device{}()};
  std::size_t at_ = 0;
  int count_ = 0;
};

class Appender {
 public:
  explicit Appender(PostgresConnection& connection)
      : begin_(connection.prepare("BEGIN ISOLATION LEVEL READ COMMITTED")),
        commit_(connection.prepare("COMMIT")),
        lock_(connection.prepare("SELECT number FROM users WHERE number = $1 FOR NO KEY UPDATE",
                                 "i")),
        find_conversation_(
            connection.prepare(conversation_columns + "WHERE id = $1 AND key >> 20 = $2", "bi")),
        find_message_(
            connection.prepare("SELECT key FROM messages WHERE key >> 43 = $1 AND id = $2", "ib")),
        take_seq_(connection.prepare(
            "UPDATE users SET seq = seq + 2 WHERE number = $1 RETURNING seq, id", "i")),
        insert_(connection.prepare(
            "INSERT INTO messages (key, id, seq, role, status, created_at, metadata, content, "
            "seq_rest) VALUES ($1, $2, $3, 0, 0, $4, '{}', $5, 1)",
            "ibiit")),
        update_(connection.prepare(
            "UPDATE conversations SET seq = $2, updated_at = $3, last_position = last_position + "
            "1, message_count = message_count + 1, head_position = last_position + 1, head_id = "
            "$4, title = title, title_source = title_source, model = model, jump_count = "
            "jump_count, head_edited_at = $3 WHERE key = $1",
            "iiib")) {}

  // Users are locked in the order of their numbers.
  void begin(const std::vector<const Conversation*>& batch) {
    begin_.queue();
    std::set<std::int64_t> users;
    for (const Conversation* conversation : batch) users.insert(conversation->user());
    for (const std::int64_t user : users) lock_.bind(user).queue();
  }
  void commit() { commit_.run(); }
  void append(const Conversation& to) {
    const std::int64_t now = now_ms();
    const std::string id(ids_.next());
    const Rows row = find_conversation_.bind_bytes(to.id).bind(to.user()).run();
    find_message_.bind(to.user()).bind_bytes(id).run();
    const std::int64_t seq = take_seq_.bind(to.user()).run().integer(0, 0);
    const std::int64_t key = to.key << 23 | (row.integer(0, 11) + 1);
    insert_.bind(key).bind_bytes(id).bind(seq - 1).bind(now).bind_bytes(content_).queue();
    update_.bind(to.key).bind(seq).bind(now).bind_bytes(id).queue();
  }

 private:
  Statement begin_, commit_, lock_, find_conversation_, find_message_, take_seq_, insert_, update_;
  Ids ids_;
  std::string content_ = content();
};

void measure_append(const std::string& url, int batch, double seconds, Which which) {
  PostgresConnection connection(url);
  Appender appender(connection);
  Choice choice(connection, which);
  measure(seconds, batch, [&] {
    std::vector<const Conversation*> targets;
    for (int i = 0; i < batch; ++i) targets.push_back(&choice.next());
    appender.begin(targets);
    for (const Conversation* target : targets) appender.append(*target);
    appender.commit();
  });
}

void measure_append_each(const std::string& url, int connections, double seconds) {
  std::atomic<std::int64_t> count = 0;
  std::atomic<bool> is_ending = false;
  std::atomic<int> ready = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i) {
    threads.emplace_back([&] {
      PostgresConnection connection(url);
      Appender appender(connection);
      Choice choice(connection, Which::any);
      for (++ready; !is_ending; ++count) {
        const Conversation& target = choice.next();
        appender.begin({&target});
        appender.append(target);
        appender.commit();
      }
    });
  }
  while (ready < connections) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::this_thread::sleep_for(warm_up);
  const std::int64_t before = count;
  const auto start = SteadyClock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const auto done = static_cast<double>(count - before);
  const double elapsed_us = microseconds(SteadyClock::now() - start);
  is_ending = true;
  for (std::thread& thread : threads) thread.join();
  print(done / elapsed_us * 1e6, elapsed_us * connections / done);
}

// Reads in one snapshot, as the store does; but the end travels with the next beginning, where the
// store sends it at once: a snapshot must not stay open until somebody reads again.
class Reading {
 public:
  explicit Reading(PostgresConnection& connection)
      : begin_(connection.prepare(begin_reading)), commit_(connection.prepare("COMMIT")) {}
  template <class Work>
  void run(const Work& work) {
    begin_.queue();
    work();
    commit_.queue();
  }

 private:
  Statement begin_, commit_;
};

void measure_page(const std::string& url, double seconds, Which which) {
  PostgresConnection connection(url);
  Reading reading(connection);
  auto find_conversation =
      connection.prepare(conversation_columns + "WHERE id = $1 AND key >> 20 = $2", "bi");
  auto page =
      connection.prepare(message_columns + "WHERE key BETWEEN $1 AND $2 ORDER BY key", "ii");
  Choice choice(connection, which);
  const Conversation first = choice.next();
  measure(seconds, 1, [&] {
    const Conversation& conversation = which == Which::any ? choice.next() : first;
    reading.run([&] {
      const Rows row =
          find_conversation.bind_bytes(conversation.id).bind(conversation.user()).run();
      const std::int64_t last = row.integer(0, 0) << 23 | row.integer(0, 11);
      // One more than the page: the parent of the oldest.
      page.bind(last - page_messages).bind(last).run();
    });
  });
}

void measure_list(const std::string& url, double seconds) {
  PostgresConnection connection(url);
  Reading reading(connection);
  auto list = connection.prepare(
      conversation_columns +
          "WHERE key >> 20 = $1 AND state = 0 AND is_archived = 0 ORDER BY updated_at DESC, id "
          "DESC LIMIT $2",
      "ii");
  Choice choice(connection, Which::any);
  measure(seconds, 1, [&] {
    reading.run([&] { list.bind(choice.next().user()).bind(list_conversations + 1).run(); });
  });
}

// A page of the feed behind a random place of a random user, in as few statements as can be.
class Feed {
 public:
  explicit Feed(PostgresConnection& connection)
      : epoch_(connection.prepare("SELECT max(number) FROM epochs")),
        sequence_(connection.prepare("SELECT seq, min_seq FROM users WHERE number = $1", "i")),
        messages_(connection.prepare(
            message_columns +
                "WHERE key >> 43 = $1 AND seq > $2 AND deleted_at IS NULL ORDER BY seq LIMIT $3",
            "iii")),
        conversations_(connection.prepare(
            conversation_columns + "WHERE key >> 20 = $1 AND seq > $2 AND seq <= $3 ORDER BY seq",
            "iii")),
        conversation_(connection.prepare(conversation_columns + "WHERE key = $1", "i")),
        parent_(connection.prepare("SELECT id FROM messages WHERE key = $1", "i")) {}

  void read(std::int64_t user, std::uint64_t random) {
    epoch_.queue();
    const auto end = static_cast<std::uint64_t>(sequence_.bind(user).run().integer(0, 0));
    const auto place = static_cast<std::int64_t>(random % (end > 300 ? end - 300 : 1));
    keys_.clear();
    // A page never splits a transaction: it goes on for as many numbers as stand behind its last.
    Place last = read_messages(user, {place, feed_rows});
    if (last.rest > 0) last = read_messages(user, last);
    conversations_.bind(user).bind(place).bind(last.seq + 1).queue();
    std::set<std::int64_t> conversations;
    for (const std::int64_t key : keys_) conversations.insert(key >> 23);
    for (const std::int64_t key : conversations) conversation_.bind(key).queue();
    for (const std::int64_t key : keys_)
      if (!keys_.contains(key - 1)) parent_.bind(key - 1).queue();
  }

 private:
  struct Place {
    std::int64_t seq = 0;
    std::int64_t rest = 0;
  };
  // So many behind the place; answers the last one's.
  Place read_messages(std::int64_t user, Place behind) {
    const Rows rows = messages_.bind(user).bind(behind.seq).bind(behind.rest).run();
    for (int i = 0; i < rows.count(); ++i) keys_.insert(rows.integer(i, 0));
    if (rows.count() == 0) return behind;
    return {rows.integer(rows.count() - 1, 2), rows.integer(rows.count() - 1, 13)};
  }

  Statement epoch_, sequence_, messages_, conversations_, conversation_, parent_;
  std::set<std::int64_t> keys_;
};

void measure_feed(const std::string& url, double seconds) {
  PostgresConnection connection(url);
  Reading reading(connection);
  Feed feed(connection);
  Choice choice(connection, Which::any);
  std::mt19937_64 random(std::random_device{}());
  measure(seconds, 1, [&] {
    reading.run([&] { feed.read(choice.next().user(), random()); });
    connection.wait();
  });
}

// False: these are no arguments.
bool run(const std::vector<std::string>& arguments) {
  const auto more = [&](std::size_t at) { return at < arguments.size() ? arguments[at] : ""; };
  const std::string verb = more(2);
  if (arguments.size() < (verb.starts_with("append") ? 5U : 4U)) return false;
  if (verb == "append") {
    measure_append(arguments[1], std::stoi(more(3)), std::stod(more(4)), which_of(more(5)));
  } else if (verb == "append-each") {
    measure_append_each(arguments[1], std::stoi(more(3)), std::stod(more(4)));
  } else if (verb == "page") {
    measure_page(arguments[1], std::stod(more(3)), which_of(more(4)));
  } else if (verb == "list") {
    measure_list(arguments[1], std::stod(more(3)));
  } else if (verb == "feed") {
    measure_feed(arguments[1], std::stod(more(3)));
  } else {
    return false;
  }
  return true;
}

}  // namespace
}  // namespace bench

int main(int count, char** arguments) {
  if (bench::run({arguments, arguments + count})) return 0;
  std::fputs(
      "usage: bench_raw_postgres URL append BATCH SECONDS [WHICH] | append-each CONNECTIONS "
      "SECONDS | page SECONDS [WHICH] | list SECONDS | feed SECONDS\n",
      stderr);
  return 64;
}
