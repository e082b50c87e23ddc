#include "llm/known_vendors.h"

#include <algorithm>
#include <cctype>

#include "base/ascii.h"

namespace threadkeep::llm {
namespace {

struct ProtocolName {
  std::string_view name;
  ProtocolId protocol;
};
constexpr auto protocol_names = std::to_array<ProtocolName>({
    {"chat", ProtocolId::openai_chat},
    {"responses", ProtocolId::openai_responses},
    {"anthropic", ProtocolId::anthropic_messages},
    {"gemini", ProtocolId::gemini},
});

}  // namespace

bool is_address_of_known_vendor(std::string_view base_url) {
  return base_url == known_openai.base_url ||
         std::any_of(known_others.begin(), known_others.end(), [&](const KnownVendor& known) {
           return *known.base_url != '\0' && base_url == known.base_url;
         });
}

std::optional<ProtocolId> parse_protocol(std::string_view name) {
  const auto found = std::find_if(protocol_names.begin(), protocol_names.end(),
                                  [&](const ProtocolName& row) { return row.name == name; });
  return found == protocol_names.end() ? std::nullopt : std::optional(found->protocol);
}

std::string_view protocol_name(ProtocolId protocol) {
  const auto found =
      std::find_if(protocol_names.begin(), protocol_names.end(),
                   [&](const ProtocolName& row) { return row.protocol == protocol; });
  return found == protocol_names.end() ? std::string_view() : found->name;
}

void add_version(ProtocolId protocol, VendorAddress& address) {
  const std::string_view version = protocol == ProtocolId::gemini ? "/v1beta" : "/v1";
  const bool is_of_others =
      protocol == ProtocolId::anthropic_messages || protocol == ProtocolId::gemini;
  const bool has_it = is_of_others ? address.path.ends_with(version) : !address.path.empty();
  if (!has_it) address.path += version;
}

std::string label_at(const KnownVendor& known, const VendorAddress& address) {
  const std::string_view own = known.base_url;
  if (!own.empty())
    return address.host == parse_vendor_address(own)->host ? known.label : address.authority();
  const std::string label = known.label;
  if (label.empty()) return address.authority();
  return address.is_this_machine() ? label : label + " (" + address.authority() + ")";
}

Result<std::vector<std::string>> parse_deployments(std::string_view text,
                                                   const std::string& field) {
  std::vector<std::string> deployments;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view deployment = trimmed(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (deployment.empty()) continue;
    const bool is_name = std::all_of(deployment.begin(), deployment.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    });
    if (!is_name || deployment.find_first_not_of('.') == std::string_view::npos)
      return fail(Errc::invalid_field,
                  field + " must be names of deployments with commas between them.");
    deployments.emplace_back(deployment);
  }
  return deployments;
}

void add_azure_path(std::string_view api_version, VendorAddress& address) {
  for (const std::string_view end : {"/v1", "/openai"}) {
    if (address.path.ends_with(end)) address.path.erase(address.path.size() - end.size());
  }
  address.path += api_version.empty() ? "/openai/v1" : "/openai";
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace threadkeep::llm
