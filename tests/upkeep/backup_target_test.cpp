// A backup goes over nothing but an earlier backup, by whatever name the place is called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "store/sqlite/blob_files.h"
#include "store/sqlite/database_file.h"
#include "upkeep/backup.h"
#include "upkeep/backup_target.h"
#include "upkeep/restore.h"
#include "upkeep/upkeep_support.h"

namespace threadkeep::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using upkeep::Replace;

class BackupTarget : public UpkeepTest {
 protected:
  std::string refusal(const std::string& file, Replace replace = Replace::yes) {
    const auto checked = upkeep::check_backup_target(file, upkeep::StoreFiles(path_), replace);
    return checked ? "" : checked.error().detail;
  }
  std::string file(const std::string& name) { return folder_.file(name); }
  void write(const std::string& name, const std::string& text) { std::ofstream(name) << text; }
};

TEST_F(BackupTarget, TheStoresOwnFilesAreRefusedByAnyName) {
  fill(path_, 1);
  const auto store = open(path_);  // so that the log and the lock are there
  fs::create_symlink(path_, file("symbolic.db"));
  fs::create_symlink(file("symbolic.db"), file("symbolic-twice.db"));
  fs::create_hard_link(path_ + "-wal", file("hard"));
  fs::create_directory_symlink(folder_.path(), file("folder"));
  const std::string name = fs::path(path_).filename();
  for (const std::string& own :
       {path_, path_ + "-wal", path_ + "-shm", path_ + "-journal", path_ + ".lock",
        path_ + ".restoring", file("symbolic.db"), file("symbolic-twice.db"), file("hard"),
        file("folder/" + name), file("folder/./" + name + "-wal"), fs::relative(path_).string()}) {
    EXPECT_THAT(refusal(own), HasSubstr("belongs to the store itself")) << own;
  }
}

TEST_F(BackupTarget, IsNotAmongTheBlobs) {
  fill(path_, 1);
  const std::string blobs = path_ + ".blobs";
  ASSERT_EQ(blobs, sqlite::blob_folder_of(path_));
  fs::create_directories(blobs + "/ab");
  fs::create_directory_symlink(blobs + "/ab", file("elsewhere"));
  for (const std::string& own :
       {blobs, blobs + "/b.db", blobs + "/ab/b.db", file("elsewhere/b.db")})
    EXPECT_THAT(refusal(own), HasSubstr("belongs to the store itself")) << own;
}

// On its way a backup has other names, and what they lead to is removed.
TEST_F(BackupTarget, DoesNotPassThroughTheStore) {
  const std::string store = file("b.db.unfinished");
  fill(store, 1);
  const upkeep::StoreFiles own(store);
  EXPECT_FALSE(upkeep::check_backup_target(file("b.db"), own, Replace::yes));
  EXPECT_FALSE(upkeep::check_backup_target(file("b"), upkeep::StoreFiles(file("b.verifying-wal")),
                                           Replace::yes));
  EXPECT_TRUE(upkeep::check_backup_target(file("c.db"), own, Replace::no));
}

TEST_F(BackupTarget, WhatIsNoBackupStays) {
  fill(path_, 1);
  fill(file("other.db"), 40);
  write(file("text"), "a diary");
  write(file("empty"), "");
  fs::create_directory(file("a folder"));
  fs::create_symlink(file("nowhere"), file("dangling"));
  ASSERT_EQ(mkfifo(file("pipe").c_str(), 0600), 0);
  EXPECT_THAT(refusal(file("other.db")), HasSubstr("is a store"));
  EXPECT_THAT(refusal(file("text")), HasSubstr("no backup"));
  EXPECT_THAT(refusal(file("empty")), HasSubstr("no backup"));
  EXPECT_THAT(refusal(file("a folder")), HasSubstr("is no file"));
  EXPECT_THAT(refusal(file("dangling")), HasSubstr("leads nowhere"));
  EXPECT_THAT(refusal(file("pipe")), HasSubstr("is no file"));
  EXPECT_THAT(refusal("/dev/full"), HasSubstr("is no file"));
  EXPECT_THAT(refusal("-"), "");
  EXPECT_THAT(refusal(file("new.db"), Replace::no), "");
}

TEST_F(BackupTarget, AnEarlierBackupIsReplacedWhenThatIsAsked) {
  fill(path_, 1);
  ASSERT_TRUE(upkeep::back_up_sqlite(path_, file("b.db"), clock_, progress_));
  EXPECT_THAT(refusal(file("b.db"), Replace::no), HasSubstr("--replace"));
  EXPECT_EQ(refusal(file("b.db")), "");
  // Somebody has begun to use it as a store.
  fs::copy_file(file("b.db"), file("used.db"));
  open(file("used.db"));
  EXPECT_THAT(refusal(file("used.db")), HasSubstr("is a store"));
}

TEST_F(BackupTarget, ARestoreDoesNotReadTheStoreThatItReplaces) {
  fill(path_, 1);
  fs::create_symlink(path_, file("symbolic.db"));
  for (const std::string& own : {path_, file("symbolic.db"), path_ + ".restoring"}) {
    const auto restored = upkeep::restore_sqlite(own, path_, Replace::yes, clock_, progress_);
    ASSERT_FALSE(restored);
    EXPECT_THAT(restored.error().detail, HasSubstr("belongs to the store itself")) << own;
  }
}

TEST_F(BackupTarget, APipeIsNoStore) {
  const std::string pipe = file("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto claimed = sqlite::claim_database_file(pipe);
  ASSERT_FALSE(claimed);
  EXPECT_THAT(claimed.error().detail, HasSubstr("it is no file"));
  EXPECT_FALSE(fs::exists(pipe + ".lock"));
}

}  // namespace
}  // namespace threadkeep::test
