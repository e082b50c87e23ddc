// Files that messages refer to, when whole stores are checked and copied.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "store/postgres/postgres_store.h"
#include "store/postgres_cluster.h"
#include "store/sqlite/blob_files.h"
#include "upkeep/backup.h"
#include "upkeep/check.h"
#include "upkeep/copy.h"
#include "upkeep/restore.h"
#include "upkeep/upkeep_support.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class BlobUpkeep : public UpkeepTest {
 protected:
  BlobHash put(const std::string& bytes) {
    const auto store = open(path_);
    const auto upload = store->blobs().upload(id_of(1), "text/plain").value();
    EXPECT_TRUE(upload->add(bytes));
    return upload->finish().value().hash;
  }
  static std::string file_of(const std::string& path, const BlobHash& hash) {
    return sqlite::blob_folder_of(path) + "/" + hash.text().substr(0, 2) + "/" +
           hash.text().substr(2);
  }
  std::vector<std::string> check(upkeep::Mend mend) {
    const auto store = mend == upkeep::Mend::yes ? upkeep::claim_sqlite(path_, clock_).value()
                                                 : upkeep::look_at_sqlite(path_).value();
    std::vector<std::string> rules;
    const auto tell = [&](const upkeep::Finding& finding) { rules.push_back(finding.rule); };
    EXPECT_TRUE(upkeep::check_store(*store.connection, mend, clock_, tell, progress_,
                                    {{}, store.blobs.get()}));
    return rules;
  }
  std::string read(Store& store, const BlobHash& hash) {
    const auto reader = store.blobs().open(id_of(1), hash);
    return reader ? (*reader)->read(0, 10'000'000).value() : "none";
  }
};

TEST_F(BlobUpkeep, CheckFindsWhatIsMissingDamagedAndOwnerless) {
  fill(path_, 1, 100);
  const BlobHash missing = put("missing");
  const BlobHash damaged = put("damaged");
  const BlobHash whole = put("whole");
  EXPECT_THAT(check(upkeep::Mend::no), IsEmpty());
  std::filesystem::remove(file_of(path_, missing));
  std::ofstream(file_of(path_, damaged)) << "DAMAGED";
  const BlobHash ownerless = put("ownerless");
  run(path_, "DELETE FROM blobs WHERE size = 9");
  EXPECT_THAT(check(upkeep::Mend::no),
              UnorderedElementsAre("blob-missing", "blob-damaged", "blob-ownerless"));
  check(upkeep::Mend::yes);
  EXPECT_THAT(check(upkeep::Mend::no), UnorderedElementsAre("blob-missing", "blob-damaged"));
  EXPECT_FALSE(std::filesystem::exists(file_of(path_, ownerless)));
  EXPECT_EQ(read(*open(path_), whole), "whole");
  put("missing");
  put("damaged");
  EXPECT_THAT(check(upkeep::Mend::no), IsEmpty()) << "what is stored again is whole again";
}

TEST_F(BlobUpkeep, ACopyHasTheFilesAndSaysWhichAreLost) {
  fill(path_, 2, 100);
  const std::string large(700'000, 'x');
  const BlobHash first = put(large);
  const BlobHash lost = put("lost");
  std::filesystem::remove(file_of(path_, lost));
  const std::string copy = folder_.file("copy.db");
  const auto copy_it = [&] {
    const auto from = upkeep::look_at_sqlite(path_).value();
    const auto to = upkeep::claim_sqlite(copy, clock_).value();
    return upkeep::copy_store(from, to, progress_).value();
  };
  const auto copied = copy_it();
  EXPECT_TRUE(copied.is_equal());
  EXPECT_THAT(copied.lost_blobs, ElementsAre(HasSubstr("is missing in the source")));
  std::ofstream(file_of(copy, first)) << "damaged on the way";
  EXPECT_TRUE(copy_it().is_equal()) << "what is not whole is copied again";
  EXPECT_EQ(read(*open(copy), first), large);
}

TEST_F(BlobUpkeep, ABackupHoldsTheFiles) {
  const auto lines = fill(path_, 4, 200);
  const std::string large(700'000, 'x');
  const BlobHash hash = put(large);
  const BlobHash empty = put("");
  const BlobHash lost = put("lost");
  std::filesystem::remove(file_of(path_, lost));
  const std::string file = folder_.file("backup.tar");
  const auto made = upkeep::back_up_sqlite(path_, file, clock_, progress_);
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(made->blobs, 2U);
  EXPECT_THAT(made->lost_blobs, ElementsAre(lost.text()));
  EXPECT_EQ(std::system(("tar -tf " + file + " >/dev/null").c_str()), 0) << "tar can read it";

  const std::string elsewhere = folder_.file("elsewhere.db");
  const auto restored =
      upkeep::restore_sqlite(file, elsewhere, upkeep::Replace::no, clock_, progress_);
  ASSERT_TRUE(restored) << restored.error().detail;
  EXPECT_EQ(restored->backup.digest, made->digest);
  EXPECT_EQ(told(elsewhere, lines), lines);
  EXPECT_EQ(read(*open(elsewhere), hash), large);
  EXPECT_EQ(read(*open(elsewhere), empty), "");

  // What was there keeps its files.
  const BlobHash later = put("later");
  const auto again = upkeep::restore_sqlite(file, path_, upkeep::Replace::yes, clock_, progress_);
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(read(*open(path_), later), "none");
  (void)open(path_)->blobs().collect(0).value();
  EXPECT_FALSE(std::filesystem::exists(file_of(path_, later)));
  EXPECT_EQ(read(*open(again->kept_aside), later), "later");
}

TEST_F(BlobUpkeep, ADamagedBackupWithFilesIsRefused) {
  fill(path_, 5, 50);
  // Full blocks: what fills up the last one says nothing.
  const BlobHash hash = put(std::string(59UL * 512, 'y'));
  const std::string file = folder_.file("backup.tar");
  ASSERT_TRUE(upkeep::back_up_sqlite(path_, file, clock_, progress_));
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(file));
  const std::string broken = folder_.file("broken.tar");
  const auto is_refused = [&] {
    const auto verified = upkeep::verify_backup(broken, progress_);
    EXPECT_FALSE(std::filesystem::exists(broken + ".verifying"));
    return !verified;
  };
  for (std::int64_t cut = 1; cut < size - 1'024; cut += size / 37) {
    std::filesystem::copy_file(file, broken, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(broken, static_cast<std::uintmax_t>(cut));
    EXPECT_TRUE(is_refused()) << "cut after " << cut;
  }
  // Bytes of the file and of its header: one in so many.
  std::ifstream in(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const std::size_t blobs = bytes.find("blobs/" + hash.text());
  ASSERT_NE(blobs, std::string::npos);
  for (std::size_t at = blobs; at < blobs + 60UL * 512; at += 997) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    std::ofstream(broken, std::ios::binary) << changed;
    EXPECT_TRUE(is_refused()) << "byte " << at;
  }
}

TEST_F(BlobUpkeep, FilesGoToPostgresAndBack) {
  NEEDS_POSTGRES();
  fill(path_, 3, 100);
  const std::string large(700'000, 'x');
  const BlobHash hash = put(large);
  const BlobHash empty = put("");
  const std::string url = fresh_postgres_url();
  const std::string back = folder_.file("back.db");
  {
    const auto from = upkeep::look_at_sqlite(path_).value();
    const auto to = upkeep::claim_postgres(url, clock_).value();
    EXPECT_TRUE(upkeep::copy_store(from, to, progress_)->is_equal());
  }
  {
    const auto from = upkeep::look_at_postgres(url).value();
    const auto to = upkeep::claim_sqlite(back, clock_).value();
    const auto copied = upkeep::copy_store(from, to, progress_).value();
    EXPECT_TRUE(copied.is_equal());
    EXPECT_THAT(copied.lost_blobs, IsEmpty());
  }
  EXPECT_EQ(read(*open(back), hash), large);
  EXPECT_EQ(read(*open(back), empty), "");

  const std::string file = folder_.file("backup.tar");
  {
    const auto from = upkeep::look_at_postgres(url).value();
    EXPECT_EQ(upkeep::back_up_rows(from, file, clock_, progress_)->blobs, 2U);
  }
  const std::string other = fresh_postgres_url();
  const std::string aside = folder_.file("aside");
  {
    const auto to = upkeep::claim_postgres(other, clock_).value();
    const auto restored =
        upkeep::restore_rows(file, to, aside, upkeep::Replace::no, clock_, progress_);
    ASSERT_TRUE(restored) << restored.error().detail;
  }
  PostgresOptions options;
  options.url = other;
  const auto store = open_postgres_store(options, clock_, ids_).value();
  EXPECT_EQ(read(*store, hash), large);
}

}  // namespace
}  // namespace threadkeep::test
