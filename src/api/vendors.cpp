// /api/vendors: who can be asked, and the keys for it. A key goes in and never comes out.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/call.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "keys/entered_vendors.h"
#include "llm/entered_vendor.h"

namespace threadkeep::api {
namespace {

using keys::ShownVendor;

constexpr std::size_t address_bytes_max = 500;
constexpr std::size_t key_bytes_max = 8'192;  // with the space around it that is dropped
constexpr std::size_t deployments_max = 64;

constexpr const char* key_state(ShownVendor::Key key) {
  switch (key) {
    case ShownVendor::Key::none:
      return "none";
    case ShownVendor::Key::set:
      return "set";
    case ShownVendor::Key::lost:
      break;
  }
  return "lost";
}

void write_deployments(json::Writer& writer, std::string_view text) {
  writer.key("deployments").begin_array();
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    writer.string(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  writer.end_array();
}

void write_vendor(json::Writer& writer, const ShownVendor& vendor) {
  const bool is_entered = vendor.source == ShownVendor::Source::person;
  writer.begin_object()
      .member("name", vendor.name)
      .member("label", vendor.label)
      .member("protocol", vendor.protocol)
      .member("address", vendor.address)
      .member("source", is_entered ? "entered" : "environment")
      .member("key", key_state(vendor.key));
  if (!vendor.key_ending.empty()) writer.member("keyEnding", vendor.key_ending);
  if (!vendor.problem.empty()) writer.member("problem", vendor.problem);
  if (!vendor.deployments.empty()) write_deployments(writer, vendor.deployments);
  if (!vendor.api_version.empty()) writer.member("apiVersion", vendor.api_version);
  if (is_entered) writer.member("rev", vendor.rev).member("isSetAside", vendor.is_set_aside);
  writer.end_object();
}

void write_choices(json::Writer& writer) {
  writer.key("choices").begin_array();
  for (const llm::VendorChoice& choice : llm::vendor_choices()) {
    writer.begin_object().member("name", choice.name).member("label", choice.label);
    if (!choice.address.empty()) writer.member("address", choice.address);
    writer.member("needsKey", choice.key == llm::VendorChoice::Key::needed);
    writer.member("hasDeployments", choice.has_deployments).end_object();
  }
  writer.end_array();
}

// Absent: it stays. Null: it is taken away.
std::optional<std::optional<std::string>> read_key_field(Fields& fields) {
  const json::Value value = fields.value("key");
  if (value.is_absent()) return std::nullopt;
  if (value.is_null()) return std::optional<std::string>();
  if (!value.is_string()) fields.refuse("key", "must be a string or null.");
  if (value.string().size() > key_bytes_max) fields.refuse("key", "is longer than any API key.");
  return std::optional(std::string(value.string()));
}

Result<std::optional<std::int64_t>> read_precondition(const Call& call) {
  const auto none_match = call.request.header("If-None-Match");
  if (!none_match) return call.if_match("vendor");
  if (*none_match != "*" || call.request.header("If-Match"))
    return fail(Errc::invalid_precondition, "If-None-Match takes * alone, and no If-Match beside.");
  return std::optional<std::int64_t>(0);
}

Result<keys::VendorChange> read_change(const Call& call) {
  auto if_rev = read_precondition(call);
  if (!if_rev) return tl::unexpected(if_rev.error());
  const auto body = call.body();
  if (!body) return tl::unexpected(body.error());
  Fields fields(body->root());
  keys::VendorChange change;
  change.if_rev = *if_rev;
  change.entry.name = call.parameters.at(0);
  constexpr entry::Line line{limits::name_bytes_max, entry::Line::Empty::allowed};
  change.entry.label = fields.line("label", line).value_or("");
  change.entry.protocol = fields.string("protocol", 20).value_or("");
  change.entry.address = fields.string("address", address_bytes_max).value_or("");
  change.entry.api_version = fields.line("apiVersion", line).value_or("");
  const auto names = fields.strings("deployments", deployments_max, limits::name_bytes_max);
  for (const std::string& name : names.value_or(std::vector<std::string>())) {
    if (name.find(',') != std::string::npos) fields.refuse("deployments", "holds a comma.");
    change.entry.deployments += (change.entry.deployments.empty() ? "" : ",") + name;
  }
  change.key = read_key_field(fields);
  if (auto known = fields.finish(); !known) return tl::unexpected(known.error());
  return change;
}

void wipe_key(keys::VendorChange& change) {
  if (change.key && *change.key) keys::wipe(**change.key);
}

}  // namespace

http::Reply list_vendors(Call& call) {
  const auto vendors = call.services.vendors.list(call.user);
  if (!vendors) return call.problem(vendors.error());
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("vendors").begin_array();
  for (const ShownVendor& vendor : *vendors) write_vendor(writer, vendor);
  writer.end_array();
  write_choices(writer);
  writer.member("keepsKeys", call.services.vendors.can_seal()).end_object();
  return json_response(200, std::move(body));
}

http::Reply put_vendor(Call& call) {
  auto change = read_change(call);
  if (!change) return call.problem(change.error());
  const auto vendor = call.services.vendors.put(call.user, *change);
  wipe_key(*change);
  if (!vendor) return call.problem(vendor.error());
  std::string body;
  json::Writer writer(body);
  write_vendor(writer, *vendor);
  http::Response response = json_response(vendor->rev == 1 ? 201 : 200, std::move(body));
  response.headers.push_back({"ETag", "\"" + std::to_string(vendor->rev) + "\""});
  return response;
}

http::Reply remove_vendor(Call& call) {
  const auto if_rev = call.if_match("vendor");
  if (!if_rev) return call.problem(if_rev.error());
  const auto removed =
      call.services.vendors.remove(call.user, RemoveVendor{call.parameters.at(0), *if_rev});
  if (!removed) return call.problem(removed.error());
  http::Response response;
  response.status = 204;
  return response;
}

}  // namespace threadkeep::api
