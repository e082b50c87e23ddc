// Vendors that users entered.
#include "base/limits.h"
#include "store/contract.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

EnteredVendor vendor(const std::string& name, const std::string& sealed_key = "") {
  EnteredVendor vendor;
  vendor.name = name;
  vendor.label = "The " + name;
  vendor.protocol = "chat";
  vendor.address = "https://" + name + ".example/v1";
  vendor.deployments = "mine,yours";
  vendor.api_version = "2024-10-21";
  vendor.sealed_key = sealed_key;
  return vendor;
}

class VendorContract : public Contract {
 protected:
  std::vector<EnteredVendor> list(const UserId& user) {
    return store().read([&](const Reader& reader) { return reader.vendors().list(user); }).value();
  }
  std::vector<std::string> names(const UserId& user) {
    std::vector<std::string> names;
    for (const EnteredVendor& row : list(user)) names.push_back(row.name);
    return names;
  }
  Result<EnteredVendor> put(const EnteredVendor& row, std::optional<std::int64_t> if_rev = {}) {
    return store().write(ann, PutVendor{row, if_rev});
  }
};

INSTANTIATE_FOR_ALL_STORES(VendorContract);

TEST_P(VendorContract, AreKeptAsTheyWereEntered) {
  EXPECT_THAT(list(ann), IsEmpty());
  const std::string sealed("\x01\x00\xff a key", 9);
  clock_.set(5'000);
  EnteredVendor expected = put(vendor("mine", sealed)).value();
  EXPECT_EQ(expected.rev, 1);
  EXPECT_EQ(expected.changed_at, 5'000);
  EXPECT_EQ(expected.sealed_key, sealed);
  EXPECT_THAT(list(ann), ElementsAre(expected));
  open();
  if (GetParam() != Kind::memory) {
    EXPECT_THAT(list(ann), ElementsAre(expected));
  }
}

TEST_P(VendorContract, AreReplacedUnderTheirNames) {
  (void)put(vendor("b", "one")).value();
  (void)put(vendor("B-not", "one")).value();
  (void)put(vendor("a")).value();
  clock_.set(9'000);
  EnteredVendor other = vendor("b", "two");
  other.label = "Another";
  other.address = "http://127.0.0.1:1/v1";
  other.protocol = "gemini";
  other.deployments = "";
  other.api_version = "";
  const EnteredVendor stored = put(other).value();
  EXPECT_EQ(stored.rev, 2);
  EXPECT_THAT(names(ann), ElementsAre("B-not", "a", "b")) << "by their bytes";
  EXPECT_EQ(list(ann).back(), stored);
  other.rev = 2;
  other.changed_at = stored.changed_at;
  EXPECT_EQ(stored, other);
}

TEST_P(VendorContract, AreEachUsersOwn) {
  (void)put(vendor("mine", "sealed")).value();
  EXPECT_THAT(list(bob), IsEmpty());
  EXPECT_EQ(error_of(store().write(bob, RemoveVendor{"mine"})), Errc::not_found);
  (void)store().write(bob, PutVendor{vendor("mine", "of bob")}).value();
  EXPECT_EQ(list(ann).front().sealed_key, "sealed");
  EXPECT_TRUE(store().write(bob, RemoveVendor{"mine"}));
  EXPECT_THAT(names(ann), ElementsAre("mine"));
}

TEST_P(VendorContract, AreRemovedWhole) {
  (void)put(vendor("mine", "sealed")).value();
  EXPECT_EQ(error_of(store().write(ann, RemoveVendor{"min"})), Errc::not_found);
  EXPECT_TRUE(store().write(ann, RemoveVendor{"mine"}));
  EXPECT_THAT(list(ann), IsEmpty());
  EXPECT_EQ(error_of(store().write(ann, RemoveVendor{"mine"})), Errc::not_found);
  EXPECT_EQ(put(vendor("mine")).value().rev, 1);
}

TEST_P(VendorContract, AreNotChangedByWhoHasNotSeenTheLatest) {
  EXPECT_EQ(error_of(put(vendor("mine"), 1)), Errc::precondition_failed);
  EXPECT_THAT(list(ann), IsEmpty());
  (void)put(vendor("mine"), 0).value();
  EXPECT_EQ(error_of(put(vendor("mine"), 0)), Errc::precondition_failed);
  (void)put(vendor("mine", "new"), 1).value();
  EXPECT_EQ(error_of(put(vendor("mine"), 1)), Errc::precondition_failed);
  EXPECT_EQ(error_of(store().write(ann, RemoveVendor{"mine", 1})), Errc::precondition_failed);
  EXPECT_EQ(list(ann).front().sealed_key, "new");
  EXPECT_TRUE(store().write(ann, RemoveVendor{"mine", 2}));
}

TEST_P(VendorContract, AreSoManyAndNoMore) {
  for (std::int64_t i = 0; i < limits::vendors_per_user_max; ++i)
    (void)put(vendor("v" + std::to_string(i))).value();
  EXPECT_EQ(error_of(put(vendor("more"))), Errc::too_large);
  EXPECT_TRUE(put(vendor("v5", "changed")));
  EXPECT_TRUE(store().write(bob, PutVendor{vendor("more")}));
}

TEST_P(VendorContract, AreNoNewsToTheFeed) {
  create(tea);
  const auto seq_of = [&] {
    return store()
        .read([&](const Reader& reader) { return reader.sync().changes(ann, std::nullopt, 100); })
        .value()
        .next.seq;
  };
  const auto before = seq_of();
  (void)put(vendor("mine")).value();
  EXPECT_EQ(seq_of(), before);
}

}  // namespace
}  // namespace threadkeep::test
