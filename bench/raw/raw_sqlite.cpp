// The storage ceiling: the statements of SqliteStore on its schema, without the store, HTTP or JSON
// around them. Usage: bench_raw_sqlite DATABASE seed MIGRATION.sql... | append BATCH SECONDS | page
// SECONDS `append` commits BATCH rows per durable transaction, as a group commit with BATCH clients
// waiting would. Prints one JSON object.
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t user = 1;
constexpr int conversations = 256;  // as bench/lib/content.mjs
constexpr int messages_per_conversation = 50;
constexpr int checkpoint_pages = 4000;

std::int64_t conversation_key(std::int64_t conversation) { return user << 20 | conversation; }

class Statement {
 public:
  Statement(sqlite3* db, const char* sql) : db_(db) {
    check(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int index, std::int64_t value) {
    check(sqlite3_bind_int64(statement_, index, value));
    return *this;
  }
  // `value` must live until the statement has run.
  Statement& bind(int index, std::string_view value) {
    check(sqlite3_bind_text(statement_, index, value.data(), static_cast<int>(value.size()),
                            SQLITE_STATIC));
    return *this;
  }
  Statement& bind_bytes(int index, std::string_view value) {
    check(sqlite3_bind_blob(statement_, index, value.data(), static_cast<int>(value.size()),
                            SQLITE_STATIC));
    return *this;
  }
  // Runs the statement to its end, reads every value, and answers the first integer of the last
  // row.
  std::int64_t run() {
    std::int64_t first = 0;
    int code = 0;
    while ((code = sqlite3_step(statement_)) == SQLITE_ROW) {
      first = sqlite3_column_int64(statement_, 0);
      for (int column = 1; column < sqlite3_column_count(statement_); ++column) read(column);
    }
    if (code != SQLITE_DONE) check(code);
    sqlite3_reset(statement_);
    return first;
  }

 private:
  void read(int column) {
    if (sqlite3_column_type(statement_, column) == SQLITE_INTEGER) {
      sqlite3_column_int64(statement_, column);
    } else {
      sqlite3_column_blob(statement_, column);
      sqlite3_column_bytes(statement_, column);
    }
  }
  void check(int code) const {
    if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(db_));
  }
  sqlite3* db_;
  sqlite3_stmt* statement_ = nullptr;
};

struct Close {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
using Database = std::unique_ptr<sqlite3, Close>;

void execute(sqlite3* db, const char* sql) {
  if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    throw std::runtime_error(sqlite3_errmsg(db));
}

Database open(const char* path) {
  sqlite3* db = nullptr;
  if (sqlite3_open(path, &db) != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(db));
  execute(db,
          "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
          "PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536; PRAGMA "
          "mmap_size=1073741824;");
  sqlite3_busy_timeout(db, 10'000);
  return Database(db);
}

// Moves the log into the database beside the writer; the writer moves only what came in the
// meantime, and then the log starts again from its beginning. A log that is never taken back to its
// beginning grows with every commit, and a commit that makes a file longer costs twice as much.
class Checkpointer {
 public:
  Checkpointer(const char* path, sqlite3* writer)
      : writer_(writer), db_(open(path)), thread_([this] { run(); }) {
    sqlite3_wal_hook(writer_, committed, this);
  }
  ~Checkpointer() {
    {
      const std::scoped_lock lock(mutex_);
      is_stopping_ = true;
      changed_.notify_one();
    }
    thread_.join();
  }
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // To be called by the writer between its transactions.
  void finish() {
    {
      const std::scoped_lock lock(mutex_);
      if (state_ != State::moved) return;
      state_ = State::idle;
    }
    move_log(writer_);
  }

 private:
  enum class State { idle, due, moved };

  static int committed(void* self, sqlite3*, const char*, int pages) {
    if (pages < checkpoint_pages) return SQLITE_OK;
    auto* checkpointer = static_cast<Checkpointer*>(self);
    const std::scoped_lock lock(checkpointer->mutex_);
    if (checkpointer->state_ == State::idle) {
      checkpointer->state_ = State::due;
      checkpointer->changed_.notify_one();
    }
    return SQLITE_OK;
  }
  static void move_log(sqlite3* db) {
    sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return state_ == State::due || is_stopping_; });
      if (is_stopping_) return;
      lock.unlock();
      move_log(db_.get());
      lock.lock();
      state_ = State::moved;
    }
  }

  sqlite3* writer_;
  Database db_;
  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::idle;
  bool is_stopping_ = false;
  std::thread thread_;
};

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

// The 16 bytes of ULIDs.
class Ids {
 public:
  // Of the present time; the same buffer each time.
  std::string_view next() {
    const auto time = static_cast<std::uint64_t>(now_ms());
    for (std::size_t i = 0; i < 6; ++i) bytes_[i] = static_cast<char>(time >> (40 - 8 * i));
    const std::array<std::uint64_t, 2> bits{random_(), random_()};
    std::memcpy(bytes_.data() + 6, bits.data(), 10);
    return {bytes_.data(), bytes_.size()};
  }

 private:
  std::mt19937_64 random_{std::random_device{}()};
  std::array<char, 16> bytes_{};
};

// The same id for a conversation in every process.
std::string conversation_id(std::int64_t conversation) {
  return "conversation" + std::to_string(1000 + conversation);
}

constexpr std::string_view user_id = "the local user..";

// A content of about 560 bytes of text, as the HTTP clients send.
std::string content() {
  std::string text = R"([{"type":"text","text":")";
  while (text.size() < 560) text += "the lantern keeps its small light over a patient harbour ";
  return text + R"("}])";
}

constexpr auto find_user_sql = "SELECT number FROM users WHERE id = ?1";
constexpr auto find_conversation_sql =
    "SELECT key, id, seq, rev, state, is_archived, is_pinned, title_source, created_at, "
    "updated_at, deleted_at, message_count, head_position, head_id, title, model, folder, tags, "
    "metadata, last_position FROM conversations WHERE id = ?1 AND key >> 20 = ?2";

class Appender {
 public:
  explicit Appender(sqlite3* db)
      : begin_(db, "BEGIN IMMEDIATE"),
        commit_(db, "COMMIT"),
        find_user_(db, find_user_sql),
        find_conversation_(db, find_conversation_sql),
        find_message_(db, "SELECT key FROM messages WHERE key >> 43 = ?1 AND id = ?2"),
        take_seq_(db, "UPDATE users SET seq = seq + 2 WHERE number = ?1 RETURNING seq"),
        insert_(db,
                "INSERT INTO messages (key, id, seq, role, status, created_at, metadata, content) "
                "SELECT ?1 << 23 | (last_position + 1), ?2, ?3, 0, 0, ?4, '{}', ?5 "
                "FROM conversations WHERE key = ?1"),
        update_(db,
                "UPDATE conversations SET seq = ?2, updated_at = ?3, last_position = last_position "
                "+ 1, message_count = message_count + 1, head_position = last_position + 1, "
                "head_id = ?4, title = title, title_source = title_source, model = model "
                "WHERE key = ?1") {}

  void begin() { begin_.run(); }
  void commit() { commit_.run(); }
  void append(std::int64_t conversation) {
    const std::int64_t now = now_ms();
    const std::string_view id = ids_.next();
    const std::string in = conversation_id(conversation);
    const std::int64_t owner = find_user_.bind_bytes(1, user_id).run();
    const std::int64_t key = find_conversation_.bind_bytes(1, in).bind(2, owner).run();
    find_message_.bind(1, owner).bind_bytes(2, id).run();
    const std::int64_t seq = take_seq_.bind(1, owner).run();
    insert_.bind(1, key).bind_bytes(2, id).bind(3, seq - 1).bind(4, now).bind(5, content_).run();
    update_.bind(1, key).bind(2, seq).bind(3, now).bind_bytes(4, id).run();
  }

 private:
  Statement begin_, commit_, find_user_, find_conversation_, find_message_, take_seq_, insert_,
      update_;
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
  Statement add_user(db, "INSERT INTO users VALUES (?1, ?2, ?3, ?3, 0, 0)");
  add_user.bind(1, user).bind_bytes(2, user_id).bind(3, conversations).run();
  Statement add(
      db,
      "INSERT INTO conversations (key, id, seq, rev, state, is_archived, is_pinned, "
      "title_source, created_at, updated_at, last_position, message_count, "
      "head_position, title, tags, metadata, created_as, jump_count) VALUES (?1, ?2, ?3, 1, 0, "
      "0, 0, 3, 0, 0, 0, 0, 0, 'A conversation', '[]', '{}', x'00', 0)");
  for (int i = 1; i <= conversations; ++i) {
    const std::string id = conversation_id(i);
    add.bind(1, conversation_key(i)).bind_bytes(2, id).bind(3, i).run();
  }
  execute(db, "COMMIT");
  Appender appender(db);
  appender.begin();
  for (int i = 0; i < conversations * messages_per_conversation; ++i)
    appender.append(1 + i % conversations);
  appender.commit();
}

// Calls `turn` for `seconds`; prints how often per second it did `per_turn` things, and the median
// time of a turn.
void measure(double seconds, int per_turn, const std::function<void()>& turn) {
  std::vector<double> turns_us;
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration<double>(seconds);
  auto before = start;
  while (before < end) {
    turn();
    const auto now = Clock::now();
    turns_us.push_back(std::chrono::duration<double, std::micro>(now - before).count());
    before = now;
  }
  const double elapsed = std::chrono::duration<double>(before - start).count();
  const auto median = turns_us.begin() + static_cast<std::ptrdiff_t>(turns_us.size() / 2);
  std::nth_element(turns_us.begin(), median, turns_us.end());
  const double per_second = static_cast<double>(turns_us.size()) * per_turn / elapsed;
  std::printf(R"({"per_second":%.0f,"p50_us":%.1f,"sqlite":"%s"})"
              "\n",
              per_second, *median, sqlite3_libversion());
}

void measure_append(const char* path, sqlite3* db, int batch, double seconds) {
  Checkpointer checkpointer(path, db);
  Appender appender(db);
  std::minstd_rand random(std::random_device{}());
  std::uniform_int_distribution<int> any_conversation(1, conversations);
  measure(seconds, batch, [&] {
    appender.begin();
    for (int i = 0; i < batch; ++i) appender.append(any_conversation(random));
    appender.commit();
    checkpointer.finish();
  });
}

void measure_page(sqlite3* db, double seconds) {
  Statement find_user(db, find_user_sql);
  Statement find_conversation(db, find_conversation_sql);
  Statement page(db,
                 "SELECT key, id, seq, role, status, created_at, deleted_at, token_count, model, "
                 "usage, error, metadata, content FROM messages WHERE key BETWEEN ?1 AND ?2 "
                 "ORDER BY key DESC LIMIT 50");
  std::minstd_rand random(std::random_device{}());
  std::uniform_int_distribution<int> any_conversation(1, conversations);
  measure(seconds, 1, [&] {
    const std::string id = conversation_id(any_conversation(random));
    const std::int64_t owner = find_user.bind_bytes(1, user_id).run();
    const std::int64_t key = find_conversation.bind_bytes(1, id).bind(2, owner).run();
    page.bind(1, key << 23).bind(2, (key + 1) << 23).run();
  });
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view verb = count > 2 ? arguments[2] : "";
  if (!(verb == "seed" && count >= 4) && !(verb == "append" && count == 5) &&
      !(verb == "page" && count == 4)) {
    std::fputs(
        "usage: bench_raw_sqlite DATABASE seed MIGRATION.sql... | append BATCH SECONDS | page "
        "SECONDS\n",
        stderr);
    return 64;
  }
  const Database db = open(arguments[1]);
  if (verb == "seed")
    seed(db.get(), std::span(arguments, static_cast<std::size_t>(count)).subspan(3));
  if (verb == "append")
    measure_append(arguments[1], db.get(), std::stoi(arguments[3]), std::stod(arguments[4]));
  if (verb == "page") measure_page(db.get(), std::stod(arguments[3]));
}
