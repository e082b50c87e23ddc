// What a person enters, what is kept of it, and what the models are given.
#include "keys/entered_vendors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/stores.h"

namespace threadkeep::keys {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Key = ShownVendor::Key;

const std::string secret_key = "sk-canary-0123456789";

class Entered : public testing::Test {
 protected:
  Entered() { start(); }

  void start(std::vector<llm::Vendor> of_environment = {}) {
    vendors_ = std::make_unique<EnteredVendors>(*store_, *secrets_, std::move(of_environment));
  }
  static VendorChange change(std::string name, std::string address = "") {
    VendorChange change;
    change.entry.name = std::move(name);
    change.entry.address = std::move(address);
    return change;
  }
  static VendorChange with_key(VendorChange change, const std::string& key = secret_key) {
    change.key = key;
    return change;
  }
  ShownVendor put(const VendorChange& change) {
    const auto vendor = vendors_->put(ann_, change);
    EXPECT_TRUE(vendor) << vendor.error().detail;
    return vendor.value_or(ShownVendor());
  }
  std::string refusal(const VendorChange& change) {
    const auto vendor = vendors_->put(ann_, change);
    return vendor ? "" : vendor.error().detail;
  }
  // What the models are given under this name.
  llm::Vendor given(const std::string& name) {
    const auto all = vendors_->of(ann_);
    for (const llm::Vendor& vendor : all ? *all : std::vector<llm::Vendor>()) {
      if (vendor.name == name) return vendor;
    }
    return {};
  }
  void put_row(const EnteredVendor& row) { ASSERT_TRUE(store_->write(ann_, PutVendor{row})); }
  EnteredVendor row() {
    return store_->read([&](const Reader& reader) { return reader.vendors().list(ann_); })
        .value()
        .front();
  }

  const UserId ann_ = test::id_of(1);
  test::ManualClock clock_;
  UlidMaker ids_{clock_};
  test::TemporaryFolder folder_{test::TemporaryFolder::On::memory};
  std::unique_ptr<Store> store_ = test::make_store(test::Kind::sqlite, folder_, clock_, ids_);
  std::unique_ptr<SecretSource> secrets_ =
      SecretSource::open({SecretPlace::Kind::made_here, folder_.file("secret")}).value();
  std::unique_ptr<EnteredVendors> vendors_;
};

TEST_F(Entered, AreGivenToTheModelsAtOnce) {
  EXPECT_EQ(vendors_->of(ann_), nullptr);
  const ShownVendor shown = put(with_key(change("openai")));
  EXPECT_EQ(shown.label, "OpenAI");
  EXPECT_EQ(shown.address, "https://api.openai.com/v1");
  EXPECT_EQ(shown.key, Key::set);
  EXPECT_EQ(shown.key_ending, "6789");
  const llm::Vendor vendor = given("openai");
  EXPECT_EQ(vendor.api_key, secret_key);
  EXPECT_EQ(vendor.protocol, llm::ProtocolId::openai);
  EXPECT_EQ(vendors_->of(ann_), vendors_->of(ann_)) << "the same as long as nothing changes";
  EXPECT_EQ(vendors_->of(test::id_of(2)), nullptr);
  start();
  EXPECT_EQ(given("openai").api_key, secret_key) << "after another start";
  ASSERT_TRUE(vendors_->remove(ann_, {"openai"}));
  EXPECT_EQ(vendors_->of(ann_), nullptr);
}

TEST_F(Entered, KeepTheirKeyUntilTheirOriginChanges) {
  put(with_key(change("mine", "https://a.example/v1")));
  EXPECT_EQ(put(change("mine", "https://a.example/other/v1")).key, Key::set);
  EXPECT_EQ(put(change("mine", "https://A.example:443/v1")).key, Key::set);
  EXPECT_EQ(put(change("mine", "https://a.example:8443/v1")).key, Key::none);
  EXPECT_EQ(put(change("mine", "https://a.example/v1")).key, Key::none) << "it is gone for good";
  put(with_key(change("mine", "https://a.example/v1")));
  EXPECT_EQ(put(change("mine", "http://a.example/v1")).key, Key::none);
  put(with_key(change("mine", "https://a.example/v1")));
  EXPECT_EQ(put(with_key(change("mine", "https://b.example/v1"), "another-key")).key, Key::set);
  EXPECT_EQ(given("mine").api_key, "another-key");
  VendorChange without = change("mine", "https://b.example/v1");
  without.key = std::optional<std::string>();
  EXPECT_EQ(put(without).key, Key::none);
  EXPECT_EQ(given("mine").api_key, "");
}

TEST_F(Entered, SendNoKeyToAnAddressThatWasChangedByHand) {
  put(with_key(change("mine", "https://a.example/v1")));
  EnteredVendor changed = row();
  changed.address = "https://evil.example/v1";
  put_row(changed);
  const llm::Vendor vendor = given("mine");
  EXPECT_EQ(vendor.api_key, "");
  EXPECT_THAT(vendor.obstacle, HasSubstr("entered for another address"));
  const ShownVendor shown = vendors_->list(ann_).value().front();
  EXPECT_EQ(shown.key, Key::lost);
  EXPECT_EQ(shown.problem, vendor.obstacle);
  EXPECT_EQ(put(with_key(change("mine", "https://evil.example/v1"))).key, Key::set);
}

TEST_F(Entered, SayThatALostSecretOrADamagedKeyIsEnteredAgain) {
  put(with_key(change("openai")));
  const EnteredVendor whole = row();
  EnteredVendor cut = whole;
  cut.sealed_key.resize(20);
  put_row(cut);
  EXPECT_THAT(given("openai").obstacle, HasSubstr("damaged"));
  put_row(whole);
  EXPECT_EQ(given("openai").api_key, secret_key);
  secrets_ = SecretSource::open({SecretPlace::Kind::made_here, folder_.file("new")}).value();
  start();
  EXPECT_THAT(given("openai").obstacle, HasSubstr("no longer has the secret"));
  EXPECT_EQ(given("openai").api_key, "");
  put(with_key(change("openai")));
  EXPECT_EQ(given("openai").obstacle, "");
}

TEST_F(Entered, DoNotTakeThePlaceOfTheEnvironments) {
  put(with_key(change("openai")));
  llm::Vendor vendor;
  vendor.name = "openai";
  vendor.label = "OpenAI";
  vendor.base_url = "https://gateway.example/v1";
  vendor.api_key = "a-key-of-the-environment";
  start({vendor});
  EXPECT_THAT(*vendors_->of(ann_), IsEmpty());
  EXPECT_EQ(vendors_->put(ann_, change("openai")).error().code, Errc::id_conflict);
  const auto all = vendors_->list(ann_).value();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].source, ShownVendor::Source::environment);
  EXPECT_EQ(all[0].key, Key::set);
  EXPECT_EQ(all[0].key_ending, "") << "of the environment's key nothing is shown";
  EXPECT_TRUE(all[1].is_set_aside);
  EXPECT_TRUE(vendors_->remove(ann_, {"openai"}));
}

TEST_F(Entered, SealNoKeyForAnAddressThatAnybodyCanRead) {
  for (const char* address :
       {"http://a.example/v1", "http://192.168.1.5:11434", "http://127.evil.example/v1",
        "http://127.0.0.1.evil.example", "http://localhost.evil.example", "http://0x7f.1/v1"})
    EXPECT_THAT(refusal(with_key(change("mine", address))), HasSubstr("https://")) << address;
  for (const char* address :
       {"https://a.example", "http://127.0.0.1:1234", "http://localhost:1234", "http://[::1]:1234"})
    EXPECT_EQ(put(with_key(change("mine", address))).key, Key::set) << address;
  EXPECT_EQ(put(change("mine", "http://192.168.1.5:11434")).key, Key::none) << "without one it may";
}

TEST_F(Entered, RefuseWhatIsNoVendor) {
  for (const char* name : {"", "builtin", "Open AI", "a/b", "-a", "GROQ", "ключ"})
    EXPECT_THAT(refusal(change(name, "https://a.example")), HasSubstr("name")) << name;
  for (const char* address :
       {"", "a.example", "ftp://a.example", "https://me:pw@a.example", "https://a.example/?x=1",
        "https://a.example/#x", "https://", "http://169.254.169.254/v1", "http://0.0.0.0/v1",
        "http://[fe80::1]/v1", "http://[::ffff:169.254.169.254]/v1", "http://224.0.0.1"})
    EXPECT_THAT(refusal(change("mine", address)), HasSubstr("address")) << address;
  for (const char* key : {"", "  ", "two words", "with\nline", "schlüssel"})
    EXPECT_THAT(refusal(with_key(change("openai"), key)), HasSubstr("\"key\"")) << key;
  EXPECT_EQ(put(with_key(change("openai"), "  " + secret_key + "\n")).key, Key::set) << "as pasted";
  VendorChange wrong = change("openai");
  wrong.entry.protocol = "smtp";
  EXPECT_THAT(refusal(wrong), HasSubstr("\"protocol\""));
  EXPECT_THAT(refusal(change("azure", "https://mine.openai.azure.com")), HasSubstr("deployments"));
  wrong = change("groq");
  wrong.entry.deployments = "a";
  EXPECT_THAT(refusal(wrong), HasSubstr("Azure"));
}

TEST_F(Entered, FillInWhatIsKnown) {
  EXPECT_EQ(put(change("ollama")).address, "http://127.0.0.1:11434/v1");
  EXPECT_EQ(put(with_key(change("anthropic"))).protocol, "anthropic");
  EXPECT_EQ(put(with_key(change("anthropic", "https://proxy.example"))).label, "proxy.example")
      << "a name stands for the vendor's own address alone";
  EXPECT_EQ(put(change("lmstudio", "http://10.0.0.7:1234")).label, "LM Studio (10.0.0.7:1234)");
  VendorChange azure = with_key(change("azure", "https://mine.openai.azure.com/"));
  azure.entry.deployments = "gpt-5, small";
  const ShownVendor shown = put(azure);
  EXPECT_EQ(shown.address, "https://mine.openai.azure.com/openai/v1");
  EXPECT_EQ(shown.deployments, "gpt-5,small");
  EXPECT_EQ(given("azure").key_header, llm::Vendor::KeyHeader::api_key);
  VendorChange named = change("my-own", "https://a.example");
  named.entry.label = " The one at home ";
  EXPECT_EQ(put(named).label, "The one at home");
  EXPECT_EQ(put(change("my-own", "https://a.example:1")).label, "a.example:1");
  const auto all = vendors_->list(ann_).value();
  for (const ShownVendor& one : all) {
    VendorChange again;
    again.entry = {one.name,    one.label,       one.protocol == "openai" ? "" : one.protocol,
                   one.address, one.deployments, one.api_version};
    const ShownVendor same = put(again);
    EXPECT_EQ(same.address, one.address) << "what is shown is what can be entered";
    EXPECT_EQ(same.protocol, one.protocol);
    EXPECT_EQ(same.key, one.key);
  }
}

TEST_F(Entered, AreKeptWhereThereIsASecretAlone) {
  secrets_ = SecretSource::open({SecretPlace::Kind::none, ""}).value();
  start();
  EXPECT_EQ(vendors_->put(ann_, with_key(change("openai"))).error().code, Errc::not_found);
  EXPECT_EQ(put(change("ollama")).key, Key::none) << "one without a key needs none";
}

TEST_F(Entered, ShowNoEndingOfAShortKey) {
  const ShownVendor shown = put(with_key(change("openai"), "short-key"));
  EXPECT_EQ(shown.key, Key::set);
  EXPECT_EQ(shown.key_ending, "");
}

}  // namespace
}  // namespace threadkeep::keys
