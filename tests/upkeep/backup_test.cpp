// Backups under load, and bringing them back: every row of the snapshot is there, and nothing that
// is damaged is ever taken for a backup.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "store/audit.h"
#include "upkeep/backup.h"
#include "upkeep/restore.h"
#include "upkeep/upkeep_support.h"

namespace threadkeep::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using upkeep::Replace;

class Backup : public UpkeepTest {
 protected:
  upkeep::BackupReport back_up() {
    auto report = upkeep::back_up_sqlite(path_, file_, clock_, progress_);
    if (!report) throw std::runtime_error(report.error().detail);
    return *report;
  }
  Result<upkeep::RestoreReport> restore(const std::string& path, Replace replace = Replace::no) {
    return upkeep::restore_sqlite(file_, path, replace, clock_, progress_);
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string file_ = folder_.file("backup.db");
  std::string elsewhere_ = folder_.file("elsewhere.db");
};

TEST_F(Backup, HoldsEverythingAndComesBackAsAStore) {
  const auto before = fill(path_, 1);
  const auto made = back_up();
  EXPECT_TRUE(made.has_digest);
  EXPECT_GT(made.digest.rows, 200U);
  const auto restored = restore(elsewhere_);
  ASSERT_TRUE(restored) << restored.error().detail;
  EXPECT_EQ(restored->kept_aside, "");
  EXPECT_EQ(restored->check.findings, 0U);
  EXPECT_GT(restored->check.messages, 100U);
  EXPECT_EQ(told(elsewhere_, before), before);
  EXPECT_EQ(Audit(elsewhere_).complaint(Audit::History::any), "");
  EXPECT_EQ(open(elsewhere_)->cursor_key(), open(path_)->cursor_key());
}

TEST_F(Backup, OfAStoreWithAFlawComesBackWithItAndSaysSo) {
  fill(path_, 1);
  run(path_,
      "UPDATE conversations SET message_count = message_count + 1 WHERE key = (SELECT "
      "min(key) FROM conversations)");
  back_up();
  const auto restored = restore(elsewhere_);
  ASSERT_TRUE(restored) << restored.error().detail;
  EXPECT_EQ(restored->check.findings, 1U);
  EXPECT_EQ(restored->check.mended, 0U);
}

TEST_F(Backup, IsOneFileForItsOwnerOnly) {
  fill(path_, 1);
  back_up();
  EXPECT_EQ(std::filesystem::status(file_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  for (const std::string& name : files()) {
    EXPECT_THAT(name, testing::Not(HasSubstr("unfinished")));
    EXPECT_THAT(name, testing::Not(HasSubstr("backup.db-")));
  }
}

// Three threads write as fast as they can; each backup must hold what was acknowledged before it
// began, and agree with itself.
TEST_F(Backup, IsMadeWhileAServerWrites) {
  fill(path_, 1);
  auto store = open(path_);
  std::atomic<bool> is_ending = false;
  std::atomic<std::uint64_t> acknowledged = 0;
  constexpr std::uint64_t first = 50'000'000;
  const UserId user = id_of(1);
  const ConversationId tea = id_of(77);
  store->write(user, chat(tea)).value();
  std::thread writer([&] {
    for (std::uint64_t i = first; !is_ending; ++i) {
      store->write(user, said(id_of(i), tea, std::string(i % 900, 'x'))).value();
      acknowledged = i;
    }
  });
  while (acknowledged < first + 20) std::this_thread::yield();
  std::uint64_t between = 0;
  for (int round = 0; round < 5; ++round) {
    const std::uint64_t before = acknowledged;
    back_up();
    const std::uint64_t after = acknowledged;
    between += after - before;
    const Audit audit(file_);
    EXPECT_EQ(audit.complaint(Audit::History::any), "");
    for (std::uint64_t i = first; i <= before; ++i) ASSERT_EQ(audit.count(id_of(i)), 1);
  }
  is_ending = true;
  writer.join();
  EXPECT_GT(between, 0U) << "nothing was written during a backup";
  // The last backup is what comes back, however far the store has come since.
  const auto restored = restore(elsewhere_);
  ASSERT_TRUE(restored) << restored.error().detail;
  EXPECT_EQ(Audit(elsewhere_).messages(), Audit(file_).messages());
}

TEST_F(Backup, ReplacesAnEarlierOneOnlyByAWholeOne) {
  fill(path_, 1);
  const auto first = back_up();
  const auto store = open(path_);
  store->write(id_of(1), chat(id_of(78))).value();
  int steps = 0;
  Progress impatient(
      [&](const std::string&, std::uint64_t, std::uint64_t) { return ++steps < 300; });
  const auto stopped = upkeep::back_up_sqlite(path_, file_, clock_, impatient);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Errc::cancelled);
  EXPECT_EQ(upkeep::verify_backup(file_, progress_).value().digest, first.digest);
  EXPECT_NE(back_up().digest, first.digest);
}

TEST_F(Backup, WhatIsNoStoreGivesNoBackup) {
  EXPECT_THAT(upkeep::back_up_sqlite(path_, file_, clock_, progress_).error().detail,
              HasSubstr("is not there"));
  std::ofstream(path_) << std::string(20'000, 'x');
  EXPECT_FALSE(upkeep::back_up_sqlite(path_, file_, clock_, progress_));
  fill(elsewhere_, 1);
  const auto nowhere =
      upkeep::back_up_sqlite(elsewhere_, folder_.file("none/backup.db"), clock_, progress_);
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().detail, HasSubstr("No such file"));
}

TEST_F(Backup, AStoreWithADamagedPageGivesNoBackup) {
  fill(path_, 1);
  back_up();
  damage_page(path_);
  const auto damaged = upkeep::back_up_sqlite(path_, file_, clock_, progress_);
  EXPECT_FALSE(damaged);
  EXPECT_TRUE(upkeep::verify_backup(file_, progress_)) << "the earlier one is still there";
}

// A flipped bit is either found, or lies where nothing is stored: then what comes back is the same.
TEST_F(Backup, AFlippedBitIsDetected) {
  fill(path_, 2, 150);
  const auto made = back_up();
  std::ifstream in(file_, std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(in), {});
  std::mt19937_64 random(4);
  int detected = 0;
  constexpr int flips = 300;
  for (int i = 0; i < flips; ++i) {
    std::string bytes = whole;
    bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
    std::ofstream(file_, std::ios::binary) << bytes;
    const auto verified = upkeep::verify_backup(file_, progress_);
    detected += verified ? 0 : 1;
    if (verified) {
      ASSERT_EQ(verified->digest, made.digest);
    }
  }
  EXPECT_GT(detected, flips / 20);  // most of so small a file is empty
  // In the words of a message it is always found.
  const std::size_t words = whole.find("Übermut");
  ASSERT_NE(words, std::string::npos);
  std::string bytes = whole;
  bytes[words + 3] ^= 1;
  std::ofstream(file_, std::ios::binary) << bytes;
  const auto damaged = restore(elsewhere_);
  ASSERT_FALSE(damaged);
  EXPECT_THAT(damaged.error().detail, HasSubstr("is damaged"));
  EXPECT_FALSE(std::filesystem::exists(elsewhere_));
}

TEST_F(Backup, AFileThatIsCutShortIsNoBackup) {
  fill(path_, 1);
  back_up();
  for (const double part : {0.0, 0.1, 0.5, 0.99}) {
    const auto size = std::filesystem::file_size(file_);
    std::filesystem::resize_file(file_,
                                 static_cast<std::uintmax_t>(part * static_cast<double>(size)));
    EXPECT_FALSE(restore(elsewhere_)) << part;
    back_up();
  }
}

TEST_F(Backup, IsNotRestoredOverConversationsUnlessAsked) {
  fill(path_, 1);
  back_up();
  const auto others = fill(elsewhere_, 2);
  const auto refused = restore(elsewhere_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::id_conflict);
  EXPECT_EQ(told(elsewhere_, others), others);
  const auto replaced = restore(elsewhere_, Replace::yes);
  ASSERT_TRUE(replaced) << replaced.error().detail;
  EXPECT_EQ(told(replaced->kept_aside, others), others) << "what was there is kept whole";
}

TEST_F(Backup, IsNotRestoredUnderARunningServer) {
  fill(path_, 1);
  back_up();
  const auto store = open(path_);
  const auto refused = restore(path_, Replace::yes);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("another process is using it"));
}

TEST_F(Backup, BringsBackWhatWasLostSinceAndBeginsAnEpoch) {
  const auto before = fill(path_, 1);
  back_up();
  {
    const auto store = open(path_);
    store->write(id_of(1), chat(id_of(78))).value();
    for (std::uint64_t i = 1; i <= Story::conversations_of_each; ++i) {
      (void)store->write(id_of(1), DeleteConversation{id_of(1'000 + i), Erase::now});
    }
  }
  ASSERT_NE(told(path_, before), before);
  const auto first = restore(path_, Replace::yes);
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_EQ(told(path_, before), before);
  EXPECT_FALSE(find_conversation(*open(path_), id_of(1), id_of(78)));
  // Each restore begins an epoch of its own, also of the same backup.
  const auto second = restore(path_, Replace::yes);
  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_GT(first->epoch, 1);
  EXPECT_GT(second->epoch, first->epoch);
  EXPECT_NE(second->kept_aside, first->kept_aside);
}

TEST_F(Backup, AStoreThatCannotBeReadIsKeptAsideToo) {
  const auto before = fill(path_, 1);
  back_up();
  std::ofstream(path_) << std::string(50'000, 'x');
  EXPECT_FALSE(restore(path_));
  const auto restored = restore(path_, Replace::yes);
  ASSERT_TRUE(restored) << restored.error().detail;
  EXPECT_EQ(told(path_, before), before);
  EXPECT_EQ(std::filesystem::file_size(restored->kept_aside), 50'000U);
}

// A kill at any moment leaves the old store or the restored one.
TEST_F(Backup, ARestoreThatIsKilledLeavesOldOrNew) {
  const auto wanted = fill(path_, 1, 200);
  back_up();
  std::mt19937_64 random(3);
  int killed = 0;
  int done = 0;
  for (int round = 0; round < 15; ++round) {
    const TemporaryFolder place(TemporaryFolder::On::memory);
    const std::string path = place.file("store.db");
    const auto old = fill(path, 100, 60);
    const pid_t child = fork();
    if (child == 0) {
      Progress progress(nullptr);
      _exit(upkeep::restore_sqlite(file_, path, Replace::yes, clock_, progress) ? 0 : 1);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 150'000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ++(WIFSIGNALED(status) ? killed : done);
    const auto now = told(path, wanted);
    if (now != wanted) {
      EXPECT_EQ(told(path, old), old) << "round " << round;
    }
    EXPECT_EQ(Audit(path).complaint(Audit::History::any), "");
  }
  std::printf("%d killed, %d came to their end\n", killed, done);
}

}  // namespace
}  // namespace threadkeep::test
