// The power goes at a random call of the disk, thousands of times: what was acknowledged is there,
// what was not is there whole or not at all, and sent again it is there once.
//
// A run through a history is watched from inside the disk: at some calls what a loss of power would
// leave is set aside, together with how many changes had been acknowledged. Each of these is then
// opened and compared with the history. THREADKEEP_POWER_CUTS sets their number,
// THREADKEEP_POWER_SEED repeats the run of one seed.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "store/recovery.h"
#include "store/simulated_disk.h"
#include "store/sqlite/sqlite_store.h"

namespace threadkeep::test {
namespace {

constexpr std::size_t history_length = 30;
constexpr std::uint64_t calls_per_cut = 12;

std::uint64_t number_from(const char* variable, std::uint64_t usual) {
  const char* text = std::getenv(variable);
  return text == nullptr ? usual : std::strtoull(text, nullptr, 10);
}

struct Cut {
  std::uint64_t call = 0;
  Known known;
  Files files;
};

// The connections that are opened while it lives, which nobody uses in that moment.
class Connections {
 public:
  Connections() {
    all().clear();
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(&Connections::on_open));
  }
  ~Connections() { sqlite3_reset_auto_extension(); }
  static void run(const char* sql) {
    for (sqlite3* const connection : all()) {
      ASSERT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    }
  }

 private:
  static std::vector<sqlite3*>& all() {
    static std::vector<sqlite3*> connections;
    return connections;
  }
  static int on_open(sqlite3* connection, char** /*error*/, const void* /*routines*/) {
    all().push_back(connection);
    return SQLITE_OK;
  }
};

// How the store or its disk is weakened, to see whether the test notices.
enum class Weakness { none, synchronous_normal, disk_ignores_sync };

std::vector<Cut> run_and_cut(const History& history, std::uint64_t seed, Weakness weakness,
                             const TemporaryFolder& folder) {
  SimulatedDisk disk(seed);
  std::mt19937_64 random(seed);
  Progress progress;
  std::vector<Cut> cuts;
  std::uint64_t call = 0;
  disk.set_hook([&](SimulatedDisk::Operation) {
    ++call;
    if (random() % calls_per_cut == 0) {
      // In this order: what is acknowledged after the first line may be on the disk already.
      const std::size_t acknowledged = progress.acknowledged;
      Files files = disk.files_after_power_cut();
      cuts.push_back({call, {acknowledged, progress.submitted}, std::move(files)});
    }
    return SimulatedDisk::Failure::none;
  });
  if (weakness == Weakness::disk_ignores_sync) disk.set_syncs(SimulatedDisk::Syncs::ignored);
  ManualClock clock;
  UlidMaker ids(clock);
  const Connections connections;
  const auto store = open_sqlite_store(options_on(disk, folder.file("store.db")), clock, ids);
  if (!store) throw std::runtime_error(store.error().detail);
  if (weakness == Weakness::synchronous_normal) Connections::run("PRAGMA synchronous=NORMAL");
  run(**store, clock, history, 0, progress);
  return cuts;
}

struct Sum {
  std::uint64_t cuts = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t lost = 0;
  std::uint64_t inconsistent = 0;
};

Sum cut_often(std::uint64_t wanted, Weakness weakness) {
  const TemporaryFolder folder(TemporaryFolder::On::memory);
  Sum sum;
  for (std::uint64_t seed = number_from("THREADKEEP_POWER_SEED", 1); sum.cuts < wanted; ++seed) {
    const History history(seed, history_length, History::Bursts::some);
    for (const Cut& cut : run_and_cut(history, seed, weakness, folder)) {
      const Recovery recovery =
          recover(history, cut.files, cut.known, folder, seed, Afterwards::another_power_cut);
      ++sum.cuts;
      sum.acknowledged += cut.known.acknowledged;
      sum.lost += recovery.lost;
      if (!recovery.complaint.empty()) ++sum.inconsistent;
      if (weakness == Weakness::none && !recovery.is_sound()) {
        ADD_FAILURE() << "seed " << seed << ", call " << cut.call << ": " << recovery.lost
                      << " lost; " << recovery.complaint;
      }
    }
  }
  std::printf(
      "%llu power cuts, %llu changes acknowledged before them, %llu lost, %llu inconsistent\n",
      static_cast<unsigned long long>(sum.cuts), static_cast<unsigned long long>(sum.acknowledged),
      static_cast<unsigned long long>(sum.lost), static_cast<unsigned long long>(sum.inconsistent));
  return sum;
}

TEST(PowerLoss, LosesNothingThatWasAcknowledged) {
  const std::uint64_t wanted = number_from("THREADKEEP_POWER_CUTS", 3'000);
  const Sum sum = cut_often(wanted, Weakness::none);
  EXPECT_EQ(sum.lost, 0U);
  EXPECT_EQ(sum.inconsistent, 0U);
  EXPECT_GT(sum.acknowledged, wanted);
}

// The teeth: without a sync at each commit this test must find losses.
TEST(PowerLoss, WouldFindASynchronousThatIsNotFull) {
  EXPECT_GT(cut_often(200, Weakness::synchronous_normal).lost, 0U);
}

TEST(PowerLoss, WouldFindADiskThatIgnoresSync) {
  const Sum sum = cut_often(200, Weakness::disk_ignores_sync);
  EXPECT_GT(sum.lost, 0U);
}

}  // namespace
}  // namespace threadkeep::test
