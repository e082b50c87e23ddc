// What happens when the disk is full, fails, or loses its power.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <thread>

#include "store/audit.h"
#include "store/disk.h"
#include "store/sqlite/sqlite_store.h"
#include "store/stores.h"

namespace threadkeep::test {
namespace {

const UserId user = id_of(1);
const ConversationId tea = id_of(100);

SqliteOptions options_for(const std::string& path) {
  SqliteOptions options;
  options.path = path;
  options.vfs = disk::name();
  return options;
}

class Disk : public testing::Test {
 protected:
  Disk() { disk::reset(); }
  ~Disk() override { disk::reset(); }

  std::unique_ptr<Store> open() {
    auto store = open_sqlite_store(options_for(path_), clock_, ids_);
    if (!store) throw std::runtime_error(store.error().detail);
    return std::move(*store);
  }

  ManualClock clock_;
  UlidMaker ids_{clock_};
  TemporaryFolder folder_{TemporaryFolder::On::memory};
  std::string path_ = folder_.file("store.db");
};

TEST_F(Disk, AFullDiskIsToldAndGoesOnWhenThereIsRoom) {
  const auto store = open();
  store->write(user, chat(tea)).value();
  store->write(user, said(id_of(1), tea, "1")).value();
  disk::set_fault(disk::Fault::full);
  for (int i = 0; i < 3; ++i) {
    const auto full = store->write(user, said(id_of(2), tea, "2"));
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, Errc::storage_full);
  }
  EXPECT_EQ(store->check_ready().error().code, Errc::storage_full);
  EXPECT_EQ(find_conversation(*store, user, tea).value().message_count, 1);
  disk::set_fault(disk::Fault::none);
  EXPECT_TRUE(store->check_ready());
  EXPECT_EQ(store->write(user, said(id_of(2), tea, "2")).value().value.position, 2);
}

TEST_F(Disk, AFullDiskFailsEachOfABatchAndLosesNone) {
  {
    const auto store = open();
    store->write(user, chat(tea)).value();
    std::atomic<int> failed = 0;
    std::atomic<int> stored = 0;
    for (std::uint64_t i = 1; i <= 600; ++i) {
      if (i == 200) disk::set_fault(disk::Fault::full);
      if (i == 400) disk::set_fault(disk::Fault::none);
      store->write(user, said(id_of(i), tea, "x"), [&](const Result<Stored<Message>>& result) {
        if (!result) {
          EXPECT_EQ(result.error().code, Errc::storage_full);
        }
        ++(result ? stored : failed);
      });
      if (i % 100 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    store->write(user, said(id_of(1000), tea, "last")).value();
    EXPECT_GT(failed, 0);
    EXPECT_EQ(failed + stored, 600);
    EXPECT_EQ(find_conversation(*store, user, tea).value().message_count, stored + 1);
  }
  EXPECT_EQ(Audit(path_).complaint(Audit::History::created_and_appended), "");
}

// Runs in a process of its own, which must end by abort(); answers what it wrote to stderr.
template <class Body>
std::string output_of_aborting(Body body) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("pipe");
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    body();
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  ssize_t count = 0;
  while ((count = read(ends[0], buffer, sizeof buffer)) > 0) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << status;
  return text;
}

class DiskThatFails : public Disk, public testing::WithParamInterface<disk::Fault> {};
INSTANTIATE_TEST_SUITE_P(Faults, DiskThatFails,
                         testing::Values(disk::Fault::write_error, disk::Fault::sync_error));

TEST_P(DiskThatFails, EndsTheProcessAfterAnsweringTheBatch) {
  const std::string output = output_of_aborting([this] {
    const auto store = open();
    store->write(user, chat(tea)).value();
    disk::set_fault(GetParam());
    store->write(user, said(id_of(1), tea, "1"), [](const Result<Stored<Message>>& result) {
      const bool is_right = !result && result.error().code == Errc::storage_unavailable;
      std::fputs(is_right ? "unavailable\n" : "wrong answer\n", stderr);
    });
    std::this_thread::sleep_for(std::chrono::seconds(10));
  });
  EXPECT_EQ(output.find("unavailable\n"), 0U) << output;
  EXPECT_NE(output.find("can no longer be written"), std::string::npos) << output;
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 2) << output;
  // Another process finds everything that was acknowledged.
  const auto store = open();
  EXPECT_EQ(find_conversation(*store, user, tea).value().id, tea);
  // What was not acknowledged may be there or not; sent again it is there once.
  EXPECT_EQ(store->write(user, said(id_of(1), tea, "1")).value().value.position, 1);
  EXPECT_EQ(find_conversation(*store, user, tea).value().message_count, 1);
}

// Three threads write; now and then the power is cut, on paper: a copy of what the disk holds at
// that moment must have everything that was acknowledged before it.
struct PowerCuts {
  int cuts = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t lost = 0;
  int broken = 0;  // copies that do not open or do not agree with themselves
};

PowerCuts cut_often(const std::string& path, const std::string& copy, const Clock& clock,
                    UlidMaker& ids, int cuts, unsigned seed) {
  PowerCuts result;
  std::mt19937_64 random(seed);
  auto store = open_sqlite_store(options_for(path), clock, ids).value();
  store->write(user, chat(tea)).value();
  std::mutex mutex;
  std::vector<MessageId> acknowledged;
  std::atomic<bool> is_ending = false;
  std::atomic<bool> is_paused =
      false;  // while a copy is read: else the file grows faster than it can be read
  std::vector<std::thread> writers;
  for (std::uint64_t thread = 1; thread <= 3; ++thread) {
    writers.emplace_back([&, thread] {
      const ConversationId own = id_of(100 + thread);
      store->write(user, chat(own)).value();
      for (std::uint64_t i = 0; !is_ending; ++i) {
        while (is_paused && !is_ending) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        const MessageId id = id_of(thread * 1'000'000 + i);
        const std::string text(i % 50 == 0 ? 40'000 : 300, 'x');
        const auto stored = store->write(user, said(id, i % 2 == 0 ? tea : own, text));
        if (!stored) {
          ADD_FAILURE() << stored.error().detail;
          return;
        }
        const std::lock_guard lock(mutex);
        acknowledged.push_back(id);
      }
    });
  }
  for (; result.cuts < cuts; ++result.cuts) {
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    std::vector<MessageId> before;
    {
      const std::lock_guard lock(mutex);
      before = acknowledged;
    }
    disk::cut_power(path, copy, random);
    is_paused = true;
    result.acknowledged += before.size();
    try {
      const Audit audit(copy);
      if (!audit.complaint(Audit::History::created_and_appended).empty()) ++result.broken;
      for (const MessageId& id : before) result.lost += audit.count(id) == 1 ? 0 : 1;
    } catch (const std::runtime_error&) {
      ++result.broken;
    }
    for (const char* end : {"", "-wal", "-shm"}) unlink((copy + end).c_str());
    is_paused = false;
  }
  is_ending = true;
  for (std::thread& writer : writers) writer.join();
  return result;
}

// Each round begins with a new file: a cut copies the whole file while the writers go on.
TEST_F(Disk, ALossOfPowerLosesNothingThatWasAcknowledged) {
  PowerCuts all;
  for (unsigned round = 0; round < 20; ++round) {
    const std::string path = folder_.file("round" + std::to_string(round) + ".db");
    const PowerCuts result = cut_often(path, folder_.file("copy.db"), clock_, ids_, 5, round);
    all.cuts += result.cuts;
    all.acknowledged += result.acknowledged;
    all.lost += result.lost;
    all.broken += result.broken;
    for (const char* end : {"", "-wal", "-shm"}) unlink((path + end).c_str());
  }
  EXPECT_EQ(all.lost, 0U);
  EXPECT_EQ(all.broken, 0);
  EXPECT_GT(all.acknowledged, 1'000U);
  std::printf("%d cuts, %llu acknowledged, %llu lost\n", all.cuts,
              static_cast<unsigned long long>(all.acknowledged),
              static_cast<unsigned long long>(all.lost));
}

// Whether this test would notice at all: with a disk that only says that it has synced it must.
TEST_F(Disk, ADiskThatDoesNotSyncIsNoticed) {
  disk::set_syncs(disk::Syncs::ignored);
  const PowerCuts result = cut_often(path_, folder_.file("copy.db"), clock_, ids_, 10, 1);
  EXPECT_GT(result.lost + static_cast<std::uint64_t>(result.broken), 0U);
}

TEST_F(Disk, OneCommitSyncsOnceAndIsSharedByAllThatWait) {
  const auto store = open();
  store->write(user, chat(tea)).value();
  const std::uint64_t before = disk::syncs();
  store->write(user, said(id_of(1), tea, "1")).value();
  EXPECT_GE(disk::syncs(), before + 1);
  EXPECT_LE(disk::syncs(), before + 2);  // the first frame after a new beginning of the log
  const std::uint64_t alone = disk::syncs();
  for (std::uint64_t i = 2; i <= 500; ++i) {
    store->write(user, said(id_of(i), tea, "x"), [](const auto& result) { EXPECT_TRUE(result); });
  }
  store->write(user, said(id_of(501), tea, "last")).value();
  EXPECT_LT(disk::syncs(), alone + 400);
}

}  // namespace
}  // namespace threadkeep::test
