#include "store/memory/memory_aggregates.h"
#include "store/operation_rules.h"

namespace threadkeep::memory {
namespace {

std::optional<std::int64_t> rev_of(const Account& account, const std::string& name) {
  const auto found = account.vendors.find(name);
  return found == account.vendors.end() ? std::nullopt : std::optional(found->second.rev);
}

}  // namespace

std::vector<EnteredVendor> MemoryVendors::list(const UserId& user) const {
  std::vector<EnteredVendor> vendors;
  const auto account = state_.accounts.find(user);
  if (account == state_.accounts.end()) return vendors;
  for (const auto& [name, vendor] : account->second.vendors) vendors.push_back(vendor);
  return vendors;
}

Result<EnteredVendor> MemoryVendors::run(const UserId& user, const PutVendor& operation) {
  EnteredVendor row = operation.vendor;
  std::optional<std::int64_t> rev;
  std::int64_t others = 0;
  if (const auto known = state_.accounts.find(user); known != state_.accounts.end()) {
    rev = rev_of(known->second, row.name);
    others = static_cast<std::int64_t>(known->second.vendors.size()) - (rev ? 1 : 0);
  }
  if (auto allowed = check_put(operation, rev, others); !allowed)
    return tl::unexpected(allowed.error());
  row.rev = rev.value_or(0) + 1;
  row.changed_at = state_.now;
  state_.accounts[user].vendors[row.name] = row;
  return row;
}

Result<void> MemoryVendors::run(const UserId& user, const RemoveVendor& operation) {
  const auto account = state_.accounts.find(user);
  const auto rev =
      account == state_.accounts.end() ? std::nullopt : rev_of(account->second, operation.name);
  if (auto allowed = check_remove(operation, rev); !allowed) return allowed;
  account->second.vendors.erase(operation.name);
  return {};
}

}  // namespace threadkeep::memory
