// The vendors that users entered: kept in the store with their keys sealed, and given to the models
// with their keys opened.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/entered_vendor.h"
#include "keys/secret.h"
#include "llm/entered_vendor.h"
#include "llm/models.h"
#include "store/store.h"

namespace threadkeep::keys {

// What a person may see of a vendor: never its key.
struct ShownVendor {
  enum class Source { environment, person };
  enum class Key { none, set, lost };

  std::string name;
  std::string label;
  std::string protocol;
  std::string address;
  std::string deployments;
  std::string api_version;
  Source source = Source::person;
  Key key = Key::none;
  std::string key_ending;  // the last characters of a long one that a person entered
  std::string problem;     // of one that is lost: why
  // The environment has one with this name, which is asked in its place.
  bool is_set_aside = false;
  std::int64_t rev = 0;  // of an entered one
};

struct VendorChange {
  llm::VendorEntry entry;
  // Absent: it stays, if scheme, host and port stay. Null: it is taken away.
  std::optional<std::optional<std::string>> key = {};
  std::optional<std::int64_t> if_rev = {};  // as PutVendor::if_rev
};

// Safe from several threads.
class EnteredVendors {
 public:
  // The first two must outlive it.
  EnteredVendors(Store& store, SecretSource& secrets, std::vector<llm::Vendor> of_environment);

  // As llm::VendorSources::entered. Reads the store; when that cannot be read, what it read last.
  llm::VendorSources::Entered of(const UserId& user);

  // Those of the environment first.
  Result<std::vector<ShownVendor>> list(const UserId& user);
  // Fails: invalid_field; id_conflict (the environment has the name); not_found (there is nothing
  // to seal a key with); and as PutVendor.
  Result<ShownVendor> put(const UserId& user, const VendorChange& change);
  Result<void> remove(const UserId& user, const RemoveVendor& removal);

  bool can_seal() const { return secrets_.can_seal(); }

 private:
  struct Known {
    std::vector<EnteredVendor> rows;
    llm::VendorSources::Entered vendors;
  };
  bool is_of_environment(std::string_view name) const;
  llm::Vendor opened(const UserId& user, const EnteredVendor& row) const;
  ShownVendor shown(const UserId& user, const EnteredVendor& row) const;

  Store& store_;
  SecretSource& secrets_;
  const std::vector<llm::Vendor> of_environment_;
  std::mutex mutex_;
  std::map<UserId, Known> known_;  // guarded by the mutex
};

}  // namespace threadkeep::keys
