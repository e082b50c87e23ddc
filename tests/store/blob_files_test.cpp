// The files of blobs when the process dies, the disk is full, and bytes rot.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "store/sqlite/blob_files.h"
#include "store/sqlite_fixture.h"

namespace threadkeep::test {
namespace {

Result<Blob> put(Store& store, const std::string& bytes) {
  auto upload = store.blobs().upload(user, "text/plain");
  if (!upload) return tl::unexpected(upload.error());
  if (auto added = (*upload)->add(bytes); !added) return tl::unexpected(added.error());
  return (*upload)->finish();
}

class BlobFilesTest : public Sqlite {
 protected:
  std::string folder() const { return sqlite::blob_folder_of(path_); }

  // Those under their own names; each must be whole.
  int count_whole() const {
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder())) {
      const std::string name = entry.path().filename();
      if (!entry.is_regular_file() || name.substr(0, 4) == "new-") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      BlobHasher hasher;
      hasher.add(std::string(std::istreambuf_iterator<char>(file), {}));
      EXPECT_EQ(hasher.finish().text(), entry.path().parent_path().filename().string() + name);
      ++count;
    }
    return count;
  }
  int count_unfinished() const {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  }
};

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
}

TEST_F(BlobFilesTest, AreForTheOwnerOnly) {
  const mode_t before = umask(0);
  const auto store = open();
  const std::string name = put(*store, "x")->hash.text();
  umask(before);
  EXPECT_EQ(mode_of(folder()), 0700U);
  EXPECT_EQ(mode_of(folder() + "/" + name.substr(0, 2)), 0700U);
  EXPECT_EQ(mode_of(folder() + "/" + name.substr(0, 2) + "/" + name.substr(2)), 0600U);
}

TEST_F(BlobFilesTest, AKillLeavesNoHalfBlobUnderItsName) {
  open();
  for (int round = 0; round < 25; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      const auto store = open();
      for (int number = 0;; ++number) {
        (void)put(*store, std::string(300'000, static_cast<char>('a' + number % 26)) +
                              std::to_string(round * 1'000'000 + number));
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + 7 * round));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  EXPECT_GT(count_whole(), 25);
  const auto store = open();
  EXPECT_EQ(count_unfinished(), 0) << "a start removes what was not finished";
  // What is noted is there, and what is not noted goes.
  (void)store->blobs().collect(0).value();
  const auto connection = connect(sqlite::SqliteConnection::Use::looking);
  const std::int64_t noted = number(*connection, "SELECT count(*) FROM blobs");
  EXPECT_EQ(count_whole(), noted);
}

TEST_F(BlobFilesTest, AFullDiskIsSaidAndLeavesNothing) {
  const auto store = open();
  ASSERT_TRUE(put(*store, "small"));
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit before {};
  getrlimit(RLIMIT_FSIZE, &before);
  const struct rlimit tight { 100'000, before.rlim_max };
  auto upload = store->blobs().upload(user, "text/plain").value();
  setrlimit(RLIMIT_FSIZE, &tight);
  const auto added = upload->add(std::string(200'000, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Errc::storage_full);
  upload.reset();
  EXPECT_EQ(count_unfinished(), 0);
  EXPECT_EQ(count_whole(), 1);
  EXPECT_TRUE(put(*store, std::string(200'000, 'x')));
}

TEST_F(BlobFilesTest, BytesThatRottedAreWholeAgainWhenTheyAreStoredAgain) {
  const auto store = open();
  const BlobHash hash = put(*store, "fresh bread")->hash;
  const std::string path = folder() + "/" + hash.text().substr(0, 2) + "/" + hash.text().substr(2);
  std::ofstream(path) << "stale bread";
  ASSERT_TRUE(put(*store, "fresh bread"));
  EXPECT_EQ(store->blobs().open(user, hash).value()->read(0, 100).value(), "fresh bread");
}

}  // namespace
}  // namespace threadkeep::test
