// kill -9 amid uploads, messages that name them, erasures and collections, all at once: no file is
// missing that a message names, and after a collection none is left that nothing names.
//
// The child's collections forget whatever no message names at that moment. So a message comes
// before its file; from then on no collection may take the file. What the child was told is
// reported through a pipe. What messages name, and what is stored, is afterwards asked of the
// database itself.
//
// THREADKEEP_KILLS sets the number of kills: all of them with SQLite, a quarter with PostgreSQL.
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "domain/attachments.h"
#include "store/postgres_cluster.h"
#include "store/sqlite/blob_files.h"
#include "store/sqlite_fixture.h"

namespace threadkeep::test {
namespace {

const UserId neighbour = id_of(2);
constexpr int naming_threads = 2;
constexpr int shared_files = 5;

std::string words_of(const std::string& name, std::size_t size) {
  return name + " " + std::string(size, name.back());
}

std::string hash_of(const std::string& bytes) {
  BlobHasher hasher;
  hasher.add(bytes);
  return hasher.finish().text();
}

bool put(Store& store, const UserId& owner, const std::string& bytes) {
  auto upload = store.blobs().upload(owner, "text/plain");
  return upload && (*upload)->add(bytes) && (*upload)->finish();
}

NewMessage naming(const MessageId& id, const ConversationId& conversation,
                  const std::vector<std::string>& hashes) {
  NewMessage message = said(id, conversation, "");
  message.content = "[";
  for (const std::string& hash : hashes) {
    message.content += std::string(message.content.size() > 1 ? "," : "") +
                       R"({"type":"file","attachmentId":")" + hash +
                       R"(","name":"a","mediaType":"text/plain","size":1})";
  }
  message.content += "]";
  return message;
}

// The life of one child. Each thread ends the process when it is told something unexpected.
class Life {
 public:
  Life(Store& store, int round, int pipe)
      : store_(store), next_id_(static_cast<std::uint64_t>(round + 1) * 1'000'000), pipe_(pipe) {}

  [[noreturn]] void live() {
    std::vector<std::thread> threads;
    threads.emplace_back([this] { collect(); });
    threads.emplace_back([this] { drop(); });
    threads.emplace_back([this] { erase(); });
    for (int i = 0; i < naming_threads; ++i) threads.emplace_back([this] { name(); });
    for (std::thread& thread : threads) thread.join();
    _exit(9);
  }

 private:
  Ulid next() { return id_of(next_id_++); }
  static void must(bool is_well, int code) {
    if (!is_well) _exit(code);
  }
  void report(const std::string& hash) const {
    const std::string line = hash + "\n";
    must(write(pipe_, line.data(), line.size()) == static_cast<ssize_t>(line.size()), 1);
  }

  void collect() {
    for (;;) must(store_.blobs().collect(limits::time_max).has_value(), 2);
  }

  // What nobody names, and what only the other user names.
  void drop() {
    for (;;) {
      must(put(store_, user, words_of("unnamed " + next().text(), 20'000)), 3);
      must(put(store_, neighbour, words_of("shared 1", 30'000)), 3);
    }
  }

  void name() {
    const ConversationId conversation = next();
    must(store_.write(user, chat(conversation, "Files")).has_value(), 4);
    for (;;) {
      const MessageId id = next();
      const std::string bytes = words_of("named " + id.text(), 20'000);
      const std::string hash = hash_of(bytes);
      must(store_.write(user, naming(id, conversation, {hash})).has_value(), 4);
      must(put(store_, user, bytes), 5);
      report(hash);
    }
  }

  // A file of its own and one that comes again and again, in a conversation that is left, moved to
  // the trash, or erased, or of which the message is erased.
  void erase() {
    for (std::uint64_t turn = 0;; ++turn) {
      const ConversationId conversation = next();
      const MessageId id = next();
      const std::string own = words_of("own " + id.text(), 5'000);
      const std::string shared = words_of("shared " + std::to_string(turn % shared_files), 30'000);
      must(store_.write(user, chat(conversation, "To go")).has_value(), 6);
      must(
          store_.write(user, naming(id, conversation, {hash_of(own), hash_of(shared)})).has_value(),
          6);
      must(put(store_, user, own) && put(store_, user, shared), 7);
      if (turn % 8 == 0) {
        report(hash_of(own));
      } else if (turn % 8 == 1) {
        must(store_.write(user, DeleteConversation{conversation, Erase::later}).has_value(), 8);
        report(hash_of(own));
      } else if (turn % 2 == 0) {
        must(store_.write(user, DeleteConversation{conversation, Erase::now}).has_value(), 8);
      } else {
        const ChosenMessages chosen = std::vector<MessageId>{id};
        must(store_.write(user, DeleteMessages{conversation, chosen, Erase::now, std::nullopt})
                 .has_value(),
             8);
      }
    }
  }

  Store& store_;
  std::atomic<std::uint64_t> next_id_;
  const int pipe_;
};

class BlobKill : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::postgres) NEEDS_POSTGRES();
  }

  std::unique_ptr<Store> open() { return make_store(GetParam(), folder_, system_clock(), ids_); }

  // Returns what the child was told; it is killed so long after its first report.
  std::vector<std::string> run_round(int round, std::chrono::milliseconds time) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    const pid_t child = fork();
    if (child == 0) {
      const auto store = open();
      Life(*store, round, ends[1]).live();
    }
    close(ends[1]);
    pollfd ready{ends[0], POLLIN, 0};
    poll(&ready, 1, 20'000);
    std::this_thread::sleep_for(time);
    kill(child, SIGKILL);
    std::string text;
    std::array<char, 1 << 16> buffer{};
    for (ssize_t size = 0; (size = read(ends[0], buffer.data(), buffer.size())) > 0;)
      text.append(buffer.data(), static_cast<std::size_t>(size));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
    std::istringstream lines(text);
    return {std::istream_iterator<std::string>(lines), {}};
  }

  // The first column, of the database itself.
  std::vector<std::string> ask(const std::string& sql) {
    if (GetParam() == Kind::postgres) {
      std::string url;
      std::getline(std::ifstream(folder_.file("postgres")), url);
      return run_sql(url, sql);
    }
    SqliteOptions options;
    options.path = folder_.file("store.db");
    sqlite::SqliteConnection connection(options, sqlite::SqliteConnection::Use::looking);
    sql::Query query(connection, sql);
    std::vector<std::string> rows;
    while (query.next()) rows.emplace_back(query.text(0));
    return rows;
  }

  std::set<std::string> named() {
    std::set<std::string> ids;
    for (const std::string& content : ask("SELECT content FROM messages"))
      add_attachment_ids(content, ids);
    return ids;
  }

  // Whose bytes are there.
  std::set<std::string> kept() {
    std::set<std::string> hashes;
    if (GetParam() == Kind::postgres) {
      for (std::string& hash : ask("SELECT DISTINCT encode(hash, 'hex') FROM blob_chunks"))
        hashes.insert(std::move(hash));
      return hashes;
    }
    const auto folder = sqlite::blob_folder_of(folder_.file("store.db"));
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
      if (file.is_regular_file())
        hashes.insert(file.path().parent_path().filename().string() +
                      file.path().filename().string());
    }
    return hashes;
  }
  std::set<std::string> owned() {
    const bool is_postgres = GetParam() == Kind::postgres;
    const auto rows = ask(is_postgres ? "SELECT DISTINCT encode(hash, 'hex') FROM blobs"
                                      : "SELECT DISTINCT lower(hex(hash)) FROM blobs");
    return {rows.begin(), rows.end()};
  }

  void audit(const std::set<std::string>& told) {
    const auto store = open();
    ASSERT_TRUE(store->blobs().collect(limits::time_max));
    const std::set<std::string> in_messages = named();
    for (const std::string& hash : told) {
      ASSERT_TRUE(in_messages.contains(hash)) << hash;
      const auto reader = store->blobs().open(user, *BlobHash::parse(hash));
      ASSERT_TRUE(reader) << hash << " is named by a message, and missing";
      const auto bytes = (*reader)->read(0, static_cast<std::size_t>((*reader)->size()));
      ASSERT_TRUE(bytes);
      ASSERT_EQ(hash_of(*bytes), hash);
    }
    for (const auto& [what, hashes] : {std::pair{"bytes", kept()}, std::pair{"rows", owned()}}) {
      EXPECT_GE(hashes.size(), told.size()) << what;
      for (const std::string& hash : hashes)
        ASSERT_TRUE(in_messages.contains(hash)) << hash << ": " << what << " that nothing names";
    }
  }

  TemporaryFolder folder_{TemporaryFolder::On::memory};
  UlidMaker ids_{system_clock()};
};

INSTANTIATE_TEST_SUITE_P(Stores, BlobKill, testing::Values(Kind::sqlite, Kind::postgres),
                         [](const auto& each) {
                           return each.param == Kind::sqlite ? "sqlite" : "postgres";
                         });

TEST_P(BlobKill, NoNamedFileIsMissingAndNoOtherIsLeft) {
  const char* wanted = std::getenv("THREADKEEP_KILLS");
  const int all = wanted == nullptr ? 12 : std::atoi(wanted);
  const bool is_sqlite = GetParam() == Kind::sqlite;
  const int kills = is_sqlite ? all : std::max(1, all / 4);
  open();
  std::set<std::string> told;
  for (int round = 0; round < kills; ++round) {
    for (std::string& hash :
         run_round(round, std::chrono::milliseconds((is_sqlite ? 50 : 250) + 37 * (round % 10))))
      told.insert(std::move(hash));
    audit(told);
    if (HasFatalFailure()) return;
  }
  EXPECT_GE(told.size(), static_cast<std::size_t>(kills));
  std::printf("%d kills, %zu files acknowledged and named\n", kills, told.size());
}

}  // namespace
}  // namespace threadkeep::test
