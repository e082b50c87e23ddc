#include "keys/entered_vendors.h"

#include <algorithm>
#include <utility>

#include "keys/sealing.h"

namespace threadkeep::keys {
namespace {

// Of a shorter key four characters would tell too much.
constexpr std::size_t key_bytes_for_ending = 16;
constexpr std::size_t ending_bytes = 4;

llm::VendorEntry entry_of(const EnteredVendor& row) {
  const bool is_usual = row.protocol == "openai";  // each model in its own
  return {row.name,    row.label,       is_usual ? "" : row.protocol,
          row.address, row.deployments, row.api_version};
}

// A row that a later version wrote, or a hand, may be no vendor for this one.
llm::Vendor vendor_of(const EnteredVendor& row) {
  auto vendor = llm::vendor_of(entry_of(row));
  if (vendor) return *std::move(vendor);
  llm::Vendor unusable;
  unusable.name = row.name;
  unusable.label = row.label;
  unusable.base_url = row.address;
  unusable.source = llm::Vendor::Source::person;
  unusable.obstacle = row.label + " cannot be asked as it is stored: enter it again.";
  return unusable;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

EnteredVendor row_of(const llm::Vendor& vendor) {
  EnteredVendor row;
  row.name = vendor.name;
  row.label = vendor.label;
  row.protocol = llm::protocol_of_entry(vendor);
  row.address = vendor.base_url;
  row.deployments = joined(vendor.models);
  row.api_version = vendor.api_version;
  return row;
}

const EnteredVendor* find(const std::vector<EnteredVendor>& rows, std::string_view name) {
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const EnteredVendor& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

// What is shown of it whoever set it up: nothing of its key.
ShownVendor words_of(const EnteredVendor& row) {
  ShownVendor shown;
  shown.name = row.name;
  shown.label = row.label;
  shown.protocol = row.protocol;
  shown.address = row.address;
  shown.deployments = row.deployments;
  shown.api_version = row.api_version;
  return shown;
}

}  // namespace

EnteredVendors::EnteredVendors(Store& store, SecretSource& secrets,
                               std::vector<llm::Vendor> of_environment)
    : store_(store), secrets_(secrets), of_environment_(std::move(of_environment)) {}

bool EnteredVendors::is_of_environment(std::string_view name) const {
  return std::any_of(of_environment_.begin(), of_environment_.end(),
                     [&](const llm::Vendor& vendor) { return vendor.name == name; });
}

llm::Vendor EnteredVendors::opened(const UserId& user, const EnteredVendor& row) const {
  llm::Vendor vendor = vendor_of(row);
  if (row.sealed_key.empty()) return vendor;
  const SecretPtr secret = secrets_.find();
  auto key = open(secret.get(), {user, row.name, llm::origin_of(vendor)}, row.sealed_key);
  if (key && llm::may_take_key(vendor)) {
    vendor.api_key = *std::move(key);
    return vendor;
  }
  const Lost why = key ? Lost::other_origin : key.error();
  vendor.obstacle = std::string(sentence_of(why)) + " Enter the key of " + vendor.label + " again.";
  return vendor;
}

llm::VendorSources::Entered EnteredVendors::of(const UserId& user) {
  auto rows = store_.read([&](const Reader& reader) { return reader.vendors().list(user); });
  const std::lock_guard lock(mutex_);
  const auto known = known_.find(user);
  if (!rows) return known == known_.end() ? nullptr : known->second.vendors;
  if (rows->empty()) {
    if (known != known_.end()) known_.erase(known);
    return nullptr;
  }
  if (known != known_.end() && known->second.rows == *rows) return known->second.vendors;
  auto vendors = std::make_shared<std::vector<llm::Vendor>>();
  for (const EnteredVendor& row : *rows) {
    if (!is_of_environment(row.name)) vendors->push_back(opened(user, row));
  }
  known_[user] = {*std::move(rows), vendors};
  return vendors;
}

ShownVendor EnteredVendors::shown(const UserId& user, const EnteredVendor& row) const {
  ShownVendor shown = words_of(row);
  shown.is_set_aside = is_of_environment(row.name);
  shown.rev = row.rev;
  llm::Vendor vendor = opened(user, row);
  shown.problem = vendor.obstacle;
  if (!vendor.obstacle.empty()) {
    shown.key = row.sealed_key.empty() ? ShownVendor::Key::none : ShownVendor::Key::lost;
  } else if (!vendor.api_key.empty()) {
    shown.key = ShownVendor::Key::set;
    if (vendor.api_key.size() >= key_bytes_for_ending)
      shown.key_ending = vendor.api_key.substr(vendor.api_key.size() - ending_bytes);
  }
  wipe(vendor.api_key);
  return shown;
}

Result<std::vector<ShownVendor>> EnteredVendors::list(const UserId& user) {
  const auto rows = store_.read([&](const Reader& reader) { return reader.vendors().list(user); });
  if (!rows) return tl::unexpected(rows.error());
  std::vector<ShownVendor> all;
  for (const llm::Vendor& vendor : of_environment_) {
    const EnteredVendor row = row_of(vendor);
    ShownVendor one = words_of(row);
    one.source = ShownVendor::Source::environment;
    one.key = vendor.api_key.empty() ? ShownVendor::Key::none : ShownVendor::Key::set;
    all.push_back(std::move(one));
  }
  for (const EnteredVendor& row : *rows) all.push_back(shown(user, row));
  return all;
}

Result<ShownVendor> EnteredVendors::put(const UserId& user, const VendorChange& change) {
  const auto vendor = llm::vendor_of(change.entry);
  if (!vendor) return tl::unexpected(vendor.error());
  if (is_of_environment(vendor->name))
    return fail(Errc::id_conflict,
                "The environment of the server sets this vendor up: it is not changed here.");
  PutVendor put{row_of(*vendor), change.if_rev};
  const std::string origin = llm::origin_of(*vendor);
  const bool gives_key = change.key && *change.key;
  if (gives_key) {
    if (!llm::may_take_key(*vendor))
      return fail(Errc::invalid_field,
                  "\"address\" must begin with https:// where a key is sent to it, unless it is on "
                  "this machine.");
    auto key = llm::read_key(**change.key);
    if (!key) return tl::unexpected(key.error());
    auto secret = secrets_.find_or_make();
    if (secret) put.vendor.sealed_key = seal(**secret, {user, vendor->name, origin}, *key);
    wipe(*key);
    if (!secret) return tl::unexpected(secret.error());
  }
  const auto stored = store_.write(user, [&](Writer& writer) {
    if (!change.key) {
      // A key goes nowhere but to where it was entered for.
      const auto rows = writer.vendors().list(user);
      const EnteredVendor* const row = find(rows, vendor->name);
      const bool stays = row != nullptr && llm::origin_of(vendor_of(*row)) == origin;
      put.vendor.sealed_key = stays ? row->sealed_key : "";
    }
    return writer.run(user, put);
  });
  if (!stored) return tl::unexpected(stored.error());
  return shown(user, *stored);
}

Result<void> EnteredVendors::remove(const UserId& user, const RemoveVendor& removal) {
  auto removed = store_.write(user, removal);
  // What was kept of its key goes now, not at the next question.
  if (removed) static_cast<void>(of(user));
  return removed;
}

}  // namespace threadkeep::keys
