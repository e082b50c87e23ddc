#include "keys/sealing.h"

#include <gtest/gtest.h>

#include "store/stores.h"

namespace threadkeep::keys {
namespace {

const std::string key = "sk-a-key-of-a-person";

class Sealing : public testing::Test {
 protected:
  SecretPtr secret_ = Secret::make();
  KeyPlace place_{test::id_of(1), "openai", "https://api.openai.com:443"};
};

TEST_F(Sealing, GivesBackWhatWasSealed) {
  const std::string sealed = seal(*secret_, place_, key);
  EXPECT_EQ(open(secret_.get(), place_, sealed).value(), key);
  EXPECT_EQ(sealed.find(key), std::string::npos);
  EXPECT_EQ(sealed.find("openai.com"), std::string::npos);
  EXPECT_NE(sealed, seal(*secret_, place_, key)) << "each time another nonce";
}

TEST_F(Sealing, IsBoundToTheUserTheVendorAndTheOrigin) {
  const std::string sealed = seal(*secret_, place_, key);
  KeyPlace other = place_;
  other.user = test::id_of(2);
  EXPECT_EQ(open(secret_.get(), other, sealed).error(), Lost::damaged);
  other = place_;
  other.vendor = "groq";
  EXPECT_EQ(open(secret_.get(), other, sealed).error(), Lost::damaged);
  for (const char* origin : {"http://api.openai.com:443", "https://api.openai.com:8443",
                             "https://api.openai.com.evil.example:443", ""}) {
    other = place_;
    other.origin = origin;
    EXPECT_EQ(open(secret_.get(), other, sealed).error(), Lost::other_origin) << origin;
  }
}

TEST_F(Sealing, TellsAnotherSecretFromDamage) {
  const std::string sealed = seal(*secret_, place_, key);
  EXPECT_EQ(open(nullptr, place_, sealed).error(), Lost::other_secret);
  EXPECT_EQ(open(Secret::make().get(), place_, sealed).error(), Lost::other_secret);
}

TEST_F(Sealing, NoticesEveryChangedBitAndEveryCut) {
  const std::string sealed = seal(*secret_, place_, key);
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(open(secret_.get(), place_, changed)) << at;
    EXPECT_FALSE(open(secret_.get(), place_, sealed.substr(0, at))) << at;
  }
  EXPECT_FALSE(open(secret_.get(), place_, sealed + "x"));
}

}  // namespace
}  // namespace threadkeep::keys
