#include "keys/secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "store/stores.h"

namespace threadkeep::keys {
namespace {

using Kind = SecretPlace::Kind;
using testing::HasSubstr;

class SecretFiles : public testing::Test {
 protected:
  std::string path() const { return folder_.file("t.db.secret"); }
  void write(const std::string& text, mode_t mode = 0600) {
    std::ofstream(path()) << text;
    ASSERT_EQ(chmod(path().c_str(), mode), 0);
  }
  std::string refusal(Kind kind) {
    const auto source = SecretSource::open({kind, path()});
    return source ? "" : source.error().detail;
  }
  test::TemporaryFolder folder_{test::TemporaryFolder::On::memory};
};

TEST_F(SecretFiles, AreMadeWhenTheyAreNeededForTheOwnerOnly) {
  const auto source = SecretSource::open({Kind::made_here, path()}).value();
  EXPECT_EQ(source->find(), nullptr);
  EXPECT_FALSE(std::filesystem::exists(path()));
  const SecretPtr made = source->find_or_make().value();
  struct stat state {};
  ASSERT_EQ(stat(path().c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 07777U, 0600U);
  EXPECT_EQ(source->find_or_make().value(), made);
  const auto again = SecretSource::open({Kind::made_here, path()}).value();
  ASSERT_NE(again->find(), nullptr);
  EXPECT_EQ(again->find()->text(), made->text());
  EXPECT_EQ(again->find()->id(), made->id());
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    EXPECT_EQ(entry.path().string(), path()) << "nothing else is left";
}

TEST_F(SecretFiles, ThatAreNoneEndTheStart) {
  for (const char* text : {"", "\n", "abc", "zz", "0123456789abcdef"}) {
    write(text);
    EXPECT_THAT(refusal(Kind::made_here), HasSubstr("64 hexadecimal digits")) << text;
  }
  write(std::string(63, 'a') + "g");
  EXPECT_THAT(refusal(Kind::given), HasSubstr("64 hexadecimal digits"));
  write(std::string(65, 'a'));
  EXPECT_THAT(refusal(Kind::given), HasSubstr("64 hexadecimal digits"));
  write("  " + std::string(64, 'A') + "\n");
  EXPECT_EQ(refusal(Kind::given), "");
}

TEST_F(SecretFiles, ThatOthersMayReadEndTheStart) {
  for (const mode_t mode : {0644U, 0604U, 0602U, 0620U, 0601U}) {
    write(std::string(64, 'a'), mode);
    EXPECT_THAT(refusal(Kind::made_here), HasSubstr("chmod 600")) << mode;
  }
  write(std::string(64, 'a'), 0440);
  EXPECT_EQ(refusal(Kind::given), "") << "a cluster hands it to a group";
}

TEST_F(SecretFiles, ThatAreGivenMustBeThere) {
  EXPECT_THAT(refusal(Kind::given), HasSubstr("is not there"));
  std::filesystem::create_directory(path());
  EXPECT_THAT(refusal(Kind::given), HasSubstr("is no file"));
}

TEST_F(SecretFiles, ThatCannotBeStoredGiveNoSecret) {
  const auto source =
      SecretSource::open({Kind::made_here, folder_.file("no-such-folder/secret")}).value();
  EXPECT_EQ(source->find_or_make().error().code, Errc::storage_unavailable);
  EXPECT_EQ(source->find(), nullptr);
}

TEST_F(SecretFiles, AreNotNeededForAStoreInMemory) {
  const auto source = SecretSource::open({Kind::memory, ""}).value();
  EXPECT_NE(source->find(), nullptr);
  EXPECT_NE(source->find()->id(), SecretSource::open({Kind::memory, ""}).value()->find()->id());
  const auto none = SecretSource::open({Kind::none, ""}).value();
  EXPECT_FALSE(none->can_seal());
  EXPECT_EQ(none->find_or_make().error().code, Errc::not_found);
}

}  // namespace
}  // namespace threadkeep::keys
