#include "domain/refusals.h"
#include "store/operation_rules.h"
#include "store/sql/aggregates.h"

namespace threadkeep::sql {
namespace {

std::optional<std::int64_t> find_rev(Transaction& transaction, std::int64_t owner,
                                     const std::string& name) {
  Query query(transaction.connection, "SELECT rev FROM vendors WHERE owner = $1 AND name = $2",
              owner, std::string_view(name));
  return query.next() ? std::optional(query.integer(0)) : std::nullopt;
}

std::int64_t count_of(Transaction& transaction, std::int64_t owner) {
  Query query(transaction.connection, "SELECT count(*) FROM vendors WHERE owner = $1", owner);
  query.next();
  return query.integer(0);
}

}  // namespace

std::vector<EnteredVendor> SqlVendors::list(const UserId& user) const {
  const auto owner = find_user(transaction_, user);
  std::vector<EnteredVendor> vendors;
  if (!owner) return vendors;
  Query query(transaction_.connection,
              "SELECT name, label, protocol, address, deployments, api_version, sealed_key, rev, "
              "changed_at FROM vendors WHERE owner = $1",
              *owner);
  while (query.next()) {
    EnteredVendor vendor;
    vendor.name = query.text(0);
    vendor.label = query.text(1);
    vendor.protocol = query.text(2);
    vendor.address = query.text(3);
    vendor.deployments = query.text(4);
    vendor.api_version = query.text(5);
    vendor.sealed_key = query.bytes(6);
    vendor.rev = query.integer(7);
    vendor.changed_at = query.integer(8);
    vendors.push_back(std::move(vendor));
  }
  sort_by_name(vendors);
  return vendors;
}

Result<EnteredVendor> SqlVendors::run(const UserId& user, const PutVendor& operation) {
  EnteredVendor row = operation.vendor;
  std::optional<std::int64_t> rev;
  std::int64_t others = 0;
  if (const auto known = find_user(transaction_, user)) {
    lock_user(transaction_, *known);
    rev = find_rev(transaction_, *known, row.name);
    others = count_of(transaction_, *known) - (rev ? 1 : 0);
  }
  if (auto allowed = check_put(operation, rev, others); !allowed)
    return tl::unexpected(allowed.error());
  const auto owner = find_or_make_user(transaction_, user);
  if (!owner) return tl::unexpected(owner.error());
  row.rev = rev.value_or(0) + 1;
  row.changed_at = transaction_.now;
  if (rev) transaction_.has_erased = true;
  Query(transaction_.connection,
        "INSERT INTO vendors (owner, name, label, protocol, address, deployments, api_version, "
        "sealed_key, rev, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT "
        "(owner, name) DO UPDATE SET label = excluded.label, protocol = excluded.protocol, address "
        "= excluded.address, deployments = excluded.deployments, api_version = "
        "excluded.api_version, sealed_key = excluded.sealed_key, rev = excluded.rev, changed_at = "
        "excluded.changed_at",
        *owner, std::string_view(row.name), std::string_view(row.label),
        std::string_view(row.protocol), std::string_view(row.address),
        std::string_view(row.deployments), std::string_view(row.api_version), Bytes{row.sealed_key},
        row.rev, row.changed_at)
      .run();
  return row;
}

Result<void> SqlVendors::run(const UserId& user, const RemoveVendor& operation) {
  const auto owner = find_user(transaction_, user);
  if (owner) lock_user(transaction_, *owner);
  const auto rev = owner ? find_rev(transaction_, *owner, operation.name) : std::nullopt;
  if (auto allowed = check_remove(operation, rev); !allowed) return allowed;
  transaction_.has_erased = true;
  Query(transaction_.connection, "DELETE FROM vendors WHERE owner = $1 AND name = $2", *owner,
        std::string_view(operation.name))
      .run();
  return {};
}

}  // namespace threadkeep::sql
