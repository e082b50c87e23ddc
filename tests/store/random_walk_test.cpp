// The same random calls on an SQL store and on MemoryStore must give the same answers, also after
// the database was closed and opened again; and every device that follows the feed of changes, from
// wherever it stopped, ends with what the store holds. THREADKEEP_WALK_SEED repeats one walk,
// THREADKEEP_WALK_OPERATIONS sets the number of all operations.
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>

#include "store/postgres_cluster.h"
#include "store/random_calls.h"
#include "store/replica.h"
#include "store/stores.h"

namespace threadkeep::test {
namespace {

constexpr int operations_per_walk = 500;

// Devices that look now and then, and copies of them that slept since.
class Devices {
 public:
  void look(Walker& walker, Store& store) {
    if (devices_.size() < users || walker.chance(40)) {
      devices_.emplace_back(walker.user());
    }
    Replica& device = devices_[walker.pick(devices_.size())];
    if (walker.chance(30)) device.read_snapshot(store, limit(walker));
    device.pull(store, limit(walker));
    if (walker.chance(10)) devices_.push_back(device);
    if (devices_.size() > 12) devices_.pop_front();
  }

  void check(Walker& walker, Store& store) {
    for (std::uint64_t user = 1; user <= users; ++user) devices_.emplace_back(id_of(user));
    for (Replica& device : devices_) {
      device.pull_all(store, limit(walker));
      ASSERT_EQ(device.difference(store), "");
    }
  }

 private:
  static int limit(Walker& walker) {
    return static_cast<int>(1 + (walker.chance(2) ? walker.pick(500) : walker.pick(5)));
  }
  std::deque<Replica> devices_;
};

// Everything that can be read.
std::string dump(Store& store) {
  std::string text;
  for (std::uint64_t user = 1; user <= users; ++user) {
    text += show_presets(list_presets(store, id_of(user)));
    for (std::uint64_t owner = 1; owner <= users; ++owner) {
      for (std::uint64_t i = 0; i < conversations; ++i) {
        const ConversationId id = id_of(100 * owner + i);
        text += show_result<Conversation>(find_conversation(store, id_of(user), id), show_row);
        text += "\n" +
                show_result<MessagePage>(
                    tree_page(store, id_of(user), id, 1, 100'000, Deleted::listed), show_page) +
                "\n";
      }
    }
  }
  return text;
}

void walk(Kind kind, std::uint64_t seed) {
  SCOPED_TRACE("THREADKEEP_WALK_SEED=" + std::to_string(seed));
  const TemporaryFolder folder(TemporaryFolder::On::memory);
  ManualClock clock;
  UlidMaker ids(clock);
  StoreLimits limits;
  limits.conversations_per_user_max = 4;
  limits.messages_per_conversation_max = seed % 4 == 0 ? 20 : 1'000;
  if (seed % 3 != 0) limits.long_answer_bytes = 1;
  const auto oracle = make_store(Kind::memory, folder, clock, ids, limits);
  auto store = make_store(kind, folder, clock, ids, limits);
  Walker walker(seed);
  Devices devices;
  for (int i = 0; i < operations_per_walk; ++i) {
    if (walker.chance(3)) clock.advance(static_cast<UnixMs>(walker.pick(3)));
    constexpr UnixMs day_ms = 24 * 3'600 * 1'000;
    if (walker.chance(60)) clock.advance(static_cast<UnixMs>(walker.pick(120)) * day_ms);
    walker.set_now(clock.now_ms());
    if (walker.chance(4)) devices.look(walker, *store);
    if (walker.chance(250)) {
      store.reset();
      store = make_store(kind, folder, clock, ids, limits);
    }
    const Walker::Call call = walker.next();
    const std::string expected = call(*oracle);
    if (std::getenv("THREADKEEP_WALK_TRACE") != nullptr) std::cerr << i << " " << expected << "\n";
    ASSERT_EQ(call(*store), expected) << "operation " << i;
  }
  ASSERT_EQ(dump(*store), dump(*oracle));
  devices.check(walker, *store);
}

std::uint64_t from_environment(const char* name, std::uint64_t usual) {
  const char* text = std::getenv(name);
  return text == nullptr ? usual : std::strtoull(text, nullptr, 10);
}

void walk_all(Kind kind, std::uint64_t usual_operations) {
  if (const std::uint64_t seed = from_environment("THREADKEEP_WALK_SEED", 0)) {
    walk(kind, seed);
    return;
  }
  const std::uint64_t operations = from_environment("THREADKEEP_WALK_OPERATIONS", usual_operations);
  for (std::uint64_t seed = 1; seed * operations_per_walk <= operations; ++seed) {
    walk(kind, seed);
    if (testing::Test::HasFatalFailure()) return;
  }
}

// A sanitizer sees in a shorter walk whatever it will see, and takes ten times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t sqlite_operations = 30'000;
#else
constexpr std::uint64_t sqlite_operations = 200'000;
#endif

TEST(RandomWalk, SqliteAnswersAsMemoryDoes) { walk_all(Kind::sqlite, sqlite_operations); }

TEST(RandomWalk, PostgresAnswersAsMemoryDoes) {
  NEEDS_POSTGRES();
  walk_all(Kind::postgres, 10'000);
}

}  // namespace
}  // namespace threadkeep::test
