// The files of blobs when the process dies, the disk is full, and bytes rot.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>
#include <vector>

#include "base/limits.h"
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

// Uploads, messages that name them and collections at once, without an end. A message comes before
// its file: from then on no collection may take the file.
[[noreturn]] void live_until_killed(Store& store, int round, int pipe) {
  (void)store.write(user, chat(tea, "Files"));
  const auto bytes_of = [&](std::string_view kind, int number) {
    return std::string(kind) + std::to_string(round * 1'000'000 + number) +
           std::string(20'000, static_cast<char>('a' + number % 26));
  };
  std::thread collecting([&] {
    for (;;) (void)store.blobs().collect(limits::time_max);
  });
  std::thread dropping([&] {
    for (int number = 0;; ++number) (void)put(store, bytes_of("unnamed ", number));
  });
  for (int number = 0;; ++number) {
    const std::string bytes = bytes_of("named ", number);
    BlobHasher hasher;
    hasher.add(bytes);
    const std::string hash = hasher.finish().text();
    NewMessage message = said(id_of(static_cast<std::uint64_t>(round) * 1'000'000 + 1'000 +
                                    static_cast<std::uint64_t>(number)),
                              tea, "");
    message.content = R"([{"type":"file","attachmentId":")" + hash +
                      R"(","name":"a","mediaType":"text/plain","size":1}])";
    if (!store.write(user, message) || !put(store, bytes)) _exit(3);
    const std::string line = hash + "\n";
    if (write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(4);
  }
}

// THREADKEEP_KILLS sets the number of kills.
TEST_F(BlobFilesTest, AKillAmidUploadsAndCollectionsLosesNoFileThatAMessageNames) {
  const char* wanted = std::getenv("THREADKEEP_KILLS");
  const int kills = wanted == nullptr ? 10 : std::atoi(wanted);
  std::vector<std::string> acknowledged;
  for (int round = 0; round < kills; ++round) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = fork();
    if (child == 0) live_until_killed(*open(), round, ends[1]);
    close(ends[1]);
    std::this_thread::sleep_for(std::chrono::milliseconds(150 + 17 * (round % 10)));
    kill(child, SIGKILL);
    std::string reports;
    std::array<char, 4096> buffer{};
    for (ssize_t size = 0; (size = read(ends[0], buffer.data(), buffer.size())) > 0;) {
      reports.append(buffer.data(), static_cast<std::size_t>(size));
    }
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
    std::istringstream lines(reports);
    for (std::string line; std::getline(lines, line);) acknowledged.push_back(line);
  }
  EXPECT_GE(acknowledged.size(), static_cast<std::size_t>(kills));
  const auto store = open();
  (void)store->blobs().collect(limits::time_max).value();
  for (const std::string& hash : acknowledged) {
    const auto reader = store->blobs().open(user, *BlobHash::parse(hash));
    ASSERT_TRUE(reader) << hash;
    EXPECT_TRUE((*reader)->read(0, 6).value() == "named ");
  }
  // And nothing is left that nothing names.
  count_whole();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::string begin(6, ' ');
    file.read(begin.data(), 6);
    EXPECT_EQ(begin, "named ");
  }
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
