// The storage ceiling: the statements of SqliteStore on its schema, without the store, HTTP or JSON
// around them. Usage: bench_raw_sqlite DATABASE seed SCHEMA.sql | append BATCH SECONDS | page
// SECONDS `append` commits BATCH rows per durable transaction, as a group commit with BATCH clients
// waiting would. Prints one JSON object.
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t user = 1;
constexpr int conversations = 256;  // as bench/lib/content.mjs
constexpr int messages_per_conversation = 50;
constexpr int checkpoint_pages = 4000;

std::int64_t conversation_key(std::int64_t conversation) { return user << 20 | conversation; }
std::int64_t message_key(std::int64_t conversation, std::int64_t position) {
  return conversation_key(conversation) << 23 | position;
}

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
  // Runs the statement to its end and answers the bytes of the text columns it gave.
  std::int64_t run() {
    std::int64_t bytes = 0;
    int code = 0;
    while ((code = sqlite3_step(statement_)) == SQLITE_ROW)
      for (int column = 0; column < sqlite3_column_count(statement_); ++column)
        if (sqlite3_column_type(statement_, column) == SQLITE_TEXT) {
          sqlite3_column_text(statement_, column);
          bytes += sqlite3_column_bytes(statement_, column);
        }
    if (code != SQLITE_DONE) check(code);
    sqlite3_reset(statement_);
    return bytes;
  }

 private:
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

class Ids {
 public:
  // A ULID of now; the same buffer each time.
  std::string_view next() {
    constexpr std::string_view letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    auto time = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                               std::chrono::system_clock::now().time_since_epoch())
                                               .count());
    for (std::size_t i = 10; i-- > 0; time >>= 5) text_[i] = letters[time & 31];
    std::uint64_t bits = 0;
    for (std::size_t i = 10; i < 26; ++i, bits >>= 5) {
      if (i % 8 == 2) bits = random_();
      text_[i] = letters[bits & 31];
    }
    return text_;
  }

 private:
  std::mt19937_64 random_{std::random_device{}()};
  std::string text_ = std::string(26, '0');
};

// A content of about 560 bytes of text, as the HTTP clients send.
std::string content() {
  std::string text = R"([{"type":"text","text":")";
  while (text.size() < 560) text += "the lantern keeps its small light over a patient harbour ";
  return text + R"("}])";
}

class Appender {
 public:
  explicit Appender(sqlite3* db)
      : begin_(db, "BEGIN IMMEDIATE"),
        commit_(db, "COMMIT"),
        savepoint_(db, "SAVEPOINT request"),
        release_(db, "RELEASE request"),
        find_(db, "SELECT key FROM messages WHERE id = ?1"),
        insert_(db,
                "INSERT INTO messages (key, id, parent, role, content, created_at, seq) "
                "SELECT ?1 << 23 | message_count, ?2, head, ?3, ?4, ?5, ?6 FROM conversations "
                "WHERE key = ?1"),
        touch_(db,
               "UPDATE conversations SET head = message_count, message_count = message_count + 1,"
               "updated_at = ?2, seq = ?3 WHERE key = ?1"),
        take_seq_(db, "UPDATE users SET seq = ?2 WHERE number = ?1") {}

  void begin() { begin_.run(); }
  void commit() { commit_.run(); }
  void append(std::int64_t conversation) {
    const std::int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count();
    const std::string_view id = ids_.next();
    const std::int64_t key = conversation_key(conversation);
    savepoint_.run();
    find_.bind(1, id).run();
    insert_.bind(1, key).bind(2, id).bind(3, ++seq_ & 1).bind(4, content_).bind(5, now);
    insert_.bind(6, seq_).run();
    touch_.bind(1, key).bind(2, now).bind(3, seq_).run();
    take_seq_.bind(1, user).bind(2, seq_).run();
    release_.run();
  }

 private:
  Statement begin_, commit_, savepoint_, release_, find_, insert_, touch_, take_seq_;
  Ids ids_;
  std::string content_ = content();
  std::int64_t seq_ = 0;
};

void seed(sqlite3* db, const char* schema_path) {
  std::ifstream file(schema_path);
  const std::string schema(std::istreambuf_iterator<char>(file), {});
  execute(db, schema.c_str());
  execute(db, "BEGIN");
  Statement add_user(db, "INSERT INTO users (number, id, seq) VALUES (?1, 'local', 0)");
  add_user.bind(1, user).run();
  Statement add(db,
                "INSERT INTO conversations (key, user, id, title, updated_at, message_count, seq) "
                "VALUES (?1, ?2, ?3, 'A conversation', 0, 0, 0)");
  Ids ids;
  for (int i = 0; i < conversations; ++i)
    add.bind(1, conversation_key(i)).bind(2, user).bind(3, ids.next()).run();
  execute(db, "COMMIT");
  Appender appender(db);
  appender.begin();
  for (int i = 0; i < conversations * messages_per_conversation; ++i)
    appender.append(i % conversations);
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
  std::uniform_int_distribution<int> any_conversation(0, conversations - 1);
  measure(seconds, batch, [&] {
    appender.begin();
    for (int i = 0; i < batch; ++i) appender.append(any_conversation(random));
    appender.commit();
    checkpointer.finish();
  });
}

void measure_page(sqlite3* db, double seconds) {
  Statement page(db,
                 "SELECT key, id, parent, role, content, created_at, seq FROM messages "
                 "WHERE key BETWEEN ?1 AND ?2 ORDER BY key DESC LIMIT 50");
  std::minstd_rand random(std::random_device{}());
  std::uniform_int_distribution<int> any_conversation(0, conversations - 1);
  measure(seconds, 1, [&] {
    const int conversation = any_conversation(random);
    page.bind(1, message_key(conversation, 0)).bind(2, message_key(conversation + 1, 0) - 1).run();
  });
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view verb = count > 2 ? arguments[2] : "";
  if (!(verb == "seed" && count == 4) && !(verb == "append" && count == 5) &&
      !(verb == "page" && count == 4)) {
    std::fputs(
        "usage: bench_raw_sqlite DATABASE seed SCHEMA.sql | append BATCH SECONDS | page SECONDS\n",
        stderr);
    return 64;
  }
  const Database db = open(arguments[1]);
  if (verb == "seed") seed(db.get(), arguments[3]);
  if (verb == "append")
    measure_append(arguments[1], db.get(), std::stoi(arguments[3]), std::stod(arguments[4]));
  if (verb == "page") measure_page(db.get(), std::stod(arguments[3]));
}
