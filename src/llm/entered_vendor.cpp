#include "llm/entered_vendor.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "http/public_address.h"
#include "llm/known_vendors.h"
#include "llm/openai/model_settings.h"
#include "llm/vendor_address.h"

namespace threadkeep::llm {
namespace {

constexpr std::size_t name_bytes_max = 40;
constexpr std::size_t key_bytes_max = 4'096;

constexpr KnownVendor known_ollama = {"ollama", "Ollama", ProtocolId::openai_chat, nullptr, nullptr,
                                      nullptr,  ""};
constexpr std::string_view ollama_address = "http://127.0.0.1:11434/v1";
constexpr KnownVendor known_azure = {
    "azure", "Azure OpenAI", ProtocolId::openai, nullptr, nullptr, nullptr, ""};

const KnownVendor* find_known(std::string_view name) {
  for (const KnownVendor* known : {&known_openai, &known_ollama, &known_azure}) {
    if (known->name == name) return known;
  }
  const auto* const found =
      std::find_if(known_others.begin(), known_others.end(),
                   [&](const KnownVendor& known) { return known.name == name; });
  return found == known_others.end() ? nullptr : found;
}

bool is_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c); };
  return !name.empty() && name.size() <= name_bytes_max && is_letter(name.front()) &&
         name != "builtin" && std::all_of(name.begin(), name.end(), [&](char c) {
           return is_letter(c) || c == '-' || c == '_' || c == '.';
         });
}

Result<VendorAddress> read_address(const KnownVendor* known, const VendorEntry& entry) {
  std::string_view text = trimmed(entry.address);
  if (text.empty() && known == &known_ollama) text = ollama_address;
  if (text.empty() && known != nullptr) text = known->base_url;
  if (text.empty())
    return fail(Errc::invalid_field, "\"address\" must be given: this vendor has none of its own.");
  auto address =
      text.find("://") == std::string_view::npos ? std::nullopt : parse_vendor_address(text);
  if (!address || address->host.empty() || text.size() > 500)
    return fail(Errc::invalid_field,
                "\"address\" must be an address such as https://example.com/v1, without a user "
                "name, a query or a fragment.");
  if (http::is_numeric_address(trimmed(address->host, "[]")) &&
      !http::may_be_entered(trimmed(address->host, "[]")))
    return fail(Errc::invalid_field, "\"address\" must be one where a model can be.");
  return *std::move(address);
}

Result<void> choose_protocol(const KnownVendor* known, std::string_view wanted, Vendor& vendor) {
  vendor.protocol = known == nullptr ? ProtocolId::openai_chat : known->protocol;
  if (!wanted.empty()) {
    const auto protocol = parse_protocol(wanted);
    if (!protocol)
      return fail(Errc::invalid_field,
                  "\"protocol\" must be chat, responses, anthropic or gemini.");
    vendor.protocol = *protocol;
  } else if (vendor.protocol == ProtocolId::openai && !has_models_of_openai(vendor)) {
    vendor.protocol = ProtocolId::openai_chat;
  }
  return {};
}

}  // namespace

Result<Vendor> vendor_of(const VendorEntry& entry) {
  if (!is_name(entry.name))
    return fail(Errc::invalid_field,
                "A vendor's name must be 1 to " + std::to_string(name_bytes_max) +
                    " of a-z, 0-9, \".\", \"-\" and \"_\", begin with a letter or a digit, and not "
                    "be \"builtin\".");
  const KnownVendor* const known = find_known(entry.name);
  auto address = read_address(known, entry);
  if (!address) return tl::unexpected(address.error());
  auto deployments = parse_deployments(entry.deployments, "\"deployments\"");
  if (!deployments) return tl::unexpected(deployments.error());
  const bool is_azure = known == &known_azure;
  if (is_azure == deployments->empty())
    return fail(Errc::invalid_field, is_azure ? "\"deployments\" must name one: Azure has no list."
                                              : "\"deployments\" are for Azure alone.");
  if (!is_printable(entry.api_version) || entry.api_version.size() > 40)
    return fail(Errc::invalid_field, "\"apiVersion\" holds characters that no version has.");

  Vendor vendor;
  vendor.name = entry.name;
  vendor.source = Vendor::Source::person;
  vendor.base_url = address->url();
  const auto chosen = choose_protocol(known, entry.protocol, vendor);
  if (!chosen) return tl::unexpected(chosen.error());
  if (is_azure) {
    add_azure_path(entry.api_version, *address);
    vendor.key_header = Vendor::KeyHeader::api_key;
    vendor.api_version = entry.api_version;
    vendor.models = *std::move(deployments);
  } else {
    add_version(vendor.protocol, *address);
  }
  vendor.base_url = address->url();
  if (known == nullptr || known->label[0] == '\0') {
    vendor.label = trimmed(entry.label).empty() ? address->authority() : trimmed(entry.label);
  } else if (is_azure) {
    vendor.label = has_models_of_openai(vendor) ? known->label : address->authority();
  } else {
    vendor.label = label_at(*known, *address);
  }
  return vendor;
}

std::string_view protocol_of_entry(const Vendor& vendor) {
  const std::string_view name = protocol_name(vendor.protocol);
  return name.empty() ? "openai" : name;
}

std::string origin_of(const Vendor& vendor) {
  const auto address = parse_vendor_address(vendor.base_url);
  if (!address) return "";
  const int port = address->port.value_or(address->scheme == "https" ? 443 : 80);
  return address->scheme + "://" + lower(address->host) + ":" + std::to_string(port);
}

bool may_take_key(const Vendor& vendor) {
  const auto address = parse_vendor_address(vendor.base_url);
  return address && (address->scheme == "https" || address->is_this_machine());
}

Result<std::string> read_key(std::string_view text) {
  const std::string_view key = trimmed(text);
  if (key.empty() || key.size() > key_bytes_max || !is_printable(key))
    return fail(Errc::invalid_field, "\"key\" holds what no API key is.");
  return std::string(key);
}

std::vector<VendorChoice> vendor_choices() {
  using Key = VendorChoice::Key;
  std::vector<VendorChoice> choices;
  const auto add = [&](const KnownVendor& known) {
    const Key key = *known.base_url == '\0' ? Key::optional : Key::needed;
    if (*known.label != '\0') choices.push_back({known.name, known.label, known.base_url, key});
  };
  add(known_openai);
  for (const KnownVendor& known : known_others) {
    // Those that one has an account at, before those that one runs.
    if (known.name == std::string_view("vllm")) {
      choices.push_back({known_azure.name, known_azure.label, "", Key::needed, true});
      choices.push_back({known_ollama.name, known_ollama.label, ollama_address, Key::optional});
    }
    add(known);
  }
  return choices;
}

}  // namespace threadkeep::llm
