#include "llm/vendors.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "llm/known_vendors.h"
#include "llm/openai/model_settings.h"
#include "llm/vendor_address.h"

namespace threadkeep::llm {
namespace {

using Variable = std::function<std::optional<std::string>(const char*)>;

// The value without space around it; empty when it is not set.
std::string value_of(const Variable& variable, const char* name) {
  return std::string(trimmed(variable(name).value_or("")));
}

Result<std::string> key_of(const Variable& variable, const char* name) {
  std::string key = value_of(variable, name);
  if (!is_printable(key))
    return fail(Errc::invalid_field, std::string(name) + " holds characters that no API key has.");
  return key;
}

// Whoever is at another address than OpenAI speaks chat completions, unless it is said.
Result<void> choose_protocol(const char* protocol_variable, const Variable& variable,
                             Vendor& vendor) {
  if (protocol_variable == nullptr) return {};
  const std::string wanted = value_of(variable, protocol_variable);
  if (wanted.empty()) {
    if (!has_models_of_openai(vendor)) vendor.protocol = ProtocolId::openai_chat;
    return {};
  }
  const auto protocol = parse_protocol(wanted);
  if (!protocol)
    return fail(Errc::invalid_field,
                std::string(protocol_variable) + " must be chat, responses, anthropic or gemini.");
  vendor.protocol = *protocol;
  return {};
}

Result<VendorAddress> address_of(const Variable& variable, const char* name) {
  const std::string text = value_of(variable, name);
  auto address = text.find("://") == std::string::npos ? std::nullopt : parse_vendor_address(text);
  if (!address || address->host.empty())
    return fail(Errc::invalid_field,
                std::string(name) +
                    " must be an address such as http://127.0.0.1:8080/v1, without a user name.");
  return *std::move(address);
}

Result<void> add(const KnownVendor& known, const Variable& variable, std::vector<Vendor>& vendors) {
  auto key = key_of(variable, known.key_variable);
  if (!key) return tl::unexpected(key.error());
  const bool has_address = !value_of(variable, known.base_variable).empty();
  const bool is_set_up = has_address || (!key->empty() && *known.base_url != '\0');
  if (!is_set_up) return {};
  Vendor vendor;
  vendor.name = known.name;
  vendor.label = known.label;
  vendor.protocol = known.protocol;
  vendor.base_url = known.base_url;
  vendor.api_key = *std::move(key);
  Result<VendorAddress> address = VendorAddress();
  if (has_address) {
    address = address_of(variable, known.base_variable);
    if (!address) return tl::unexpected(address.error());
    vendor.label = label_at(known, *address);
    vendor.base_url = address->url();
  }
  if (const auto chosen = choose_protocol(known.protocol_variable, variable, vendor); !chosen)
    return tl::unexpected(chosen.error());
  if (has_address) {
    add_version(vendor.protocol, *address);
    vendor.base_url = address->url();
  }
  vendors.push_back(std::move(vendor));
  return {};
}

// A person's own resource at Azure. What it can be asked for it does not list: that is for
// AZURE_OPENAI_DEPLOYMENTS, without which it is not set up, whatever other programs want to know of
// it. With a version the older addresses are asked, with the deployment in them.
Result<void> add_azure(const Variable& variable, std::vector<Vendor>& vendors) {
  constexpr const char* names = "AZURE_OPENAI_DEPLOYMENTS";
  auto deployments = parse_deployments(value_of(variable, names), names);
  if (!deployments) return tl::unexpected(deployments.error());
  if (deployments->empty()) return {};
  auto key = key_of(variable, "AZURE_OPENAI_API_KEY");
  if (!key) return tl::unexpected(key.error());
  auto version = key_of(variable, "AZURE_OPENAI_API_VERSION");
  if (!version) return tl::unexpected(version.error());
  auto address = address_of(variable, "AZURE_OPENAI_ENDPOINT");
  if (!address) return tl::unexpected(address.error());
  add_azure_path(*version, *address);
  Vendor vendor;
  vendor.name = "azure";
  vendor.label = "Azure OpenAI";
  vendor.protocol = ProtocolId::openai;
  vendor.base_url = address->url();
  vendor.api_key = *std::move(key);
  vendor.key_header = Vendor::KeyHeader::api_key;
  vendor.api_version = *std::move(version);
  vendor.models = *std::move(deployments);
  if (!has_models_of_openai(vendor)) vendor.label = address->authority();
  if (const auto chosen = choose_protocol("AZURE_OPENAI_PROTOCOL", variable, vendor); !chosen)
    return tl::unexpected(chosen.error());
  vendors.push_back(std::move(vendor));
  return {};
}

// As Ollama itself reads it: the port is 11434 unless a scheme is written, and the addresses that a
// server listens on at all interfaces mean this machine.
Result<void> add_ollama(const Variable& variable, std::vector<Vendor>& vendors) {
  const std::string host = value_of(variable, "OLLAMA_HOST");
  const std::string_view text = trimmed(host, " \"'");
  if (text.empty()) return {};
  auto address = parse_vendor_address(text);
  if (!address)
    return fail(
        Errc::invalid_field,
        "OLLAMA_HOST must be a host, host:port or an address such as http://127.0.0.1:11434.");
  const bool has_scheme = text.find("://") != std::string::npos;
  if (!address->port && !has_scheme) address->port = 11'434;
  if (address->host.empty() || address->host == "0.0.0.0") address->host = "127.0.0.1";
  if (address->host == "[::]") address->host = "[::1]";
  address->path += "/v1";
  Vendor vendor;
  vendor.name = "ollama";
  vendor.label = "Ollama";
  vendor.base_url = address->url();
  vendors.push_back(std::move(vendor));
  return {};
}

}  // namespace

Result<std::vector<Vendor>> vendors_from_environment(const Variable& variable) {
  std::vector<Vendor> vendors;
  if (const auto added = add(known_openai, variable, vendors); !added)
    return tl::unexpected(added.error());
  if (const auto added = add_ollama(variable, vendors); !added)
    return tl::unexpected(added.error());
  for (const KnownVendor& known : known_others) {
    if (const auto added = add(known, variable, vendors); !added)
      return tl::unexpected(added.error());
  }
  if (const auto added = add_azure(variable, vendors); !added) return tl::unexpected(added.error());
  return vendors;
}

}  // namespace threadkeep::llm
