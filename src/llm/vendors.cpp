#include "llm/vendors.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "llm/openai/model_settings.h"
#include "llm/vendor_address.h"

namespace threadkeep::llm {
namespace {

using Variable = std::function<std::optional<std::string>(const char*)>;

struct KnownVendor {
  const char* name;
  const char* label;
  ProtocolId protocol;
  const char* key_variable;
  const char* base_variable;
  const char* protocol_variable;  // nullptr: it speaks only one
  const char* base_url;           // empty: wherever somebody runs it
};

// Ollama, which has no key, comes second.
constexpr KnownVendor openai = {
    "openai",          "OpenAI",          ProtocolId::openai,         "OPENAI_API_KEY",
    "OPENAI_BASE_URL", "OPENAI_PROTOCOL", "https://api.openai.com/v1"};
constexpr auto other_vendors = std::to_array<KnownVendor>({
    {"anthropic", "Anthropic", ProtocolId::anthropic_messages, "ANTHROPIC_API_KEY",
     "ANTHROPIC_BASE_URL", nullptr, "https://api.anthropic.com/v1"},
    {"gemini", "Google Gemini", ProtocolId::gemini, "GEMINI_API_KEY", "GEMINI_BASE_URL", nullptr,
     "https://generativelanguage.googleapis.com/v1beta"},
    {"openrouter", "OpenRouter", ProtocolId::openai_chat, "OPENROUTER_API_KEY",
     "OPENROUTER_BASE_URL", "OPENROUTER_PROTOCOL", "https://openrouter.ai/api/v1"},
    {"groq", "Groq", ProtocolId::openai_chat, "GROQ_API_KEY", "GROQ_BASE_URL", "GROQ_PROTOCOL",
     "https://api.groq.com/openai/v1"},
    {"mistral", "Mistral", ProtocolId::openai_chat, "MISTRAL_API_KEY", "MISTRAL_BASE_URL",
     "MISTRAL_PROTOCOL", "https://api.mistral.ai/v1"},
    {"deepseek", "DeepSeek", ProtocolId::openai_chat, "DEEPSEEK_API_KEY", "DEEPSEEK_BASE_URL",
     "DEEPSEEK_PROTOCOL", "https://api.deepseek.com/v1"},
    {"xai", "xAI", ProtocolId::openai_chat, "XAI_API_KEY", "XAI_BASE_URL", "XAI_PROTOCOL",
     "https://api.x.ai/v1"},
    {"vllm", "vLLM", ProtocolId::openai_chat, "VLLM_API_KEY", "VLLM_BASE_URL", "VLLM_PROTOCOL", ""},
    {"llamacpp", "llama.cpp", ProtocolId::openai_chat, "LLAMACPP_API_KEY", "LLAMACPP_BASE_URL",
     "LLAMACPP_PROTOCOL", ""},
    {"lmstudio", "LM Studio", ProtocolId::openai_chat, "LMSTUDIO_API_KEY", "LMSTUDIO_BASE_URL",
     "LMSTUDIO_PROTOCOL", ""},
    {"custom", "", ProtocolId::openai_chat, "CUSTOM_API_KEY", "CUSTOM_BASE_URL", "CUSTOM_PROTOCOL",
     ""},
});

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

// The value without space around it; empty when it is not set.
std::string value_of(const Variable& variable, const char* name) {
  return std::string(trimmed(variable(name).value_or("")));
}

Result<std::string> key_of(const Variable& variable, const char* name) {
  std::string key = value_of(variable, name);
  const bool is_printable =
      std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (!is_printable)
    return fail(Errc::invalid_field, std::string(name) + " holds characters that no API key has.");
  return key;
}

// The vendors' own programs take the address without the version; OpenAI's take it with that, where
// no path at all is somebody's who does not know.
void add_version(ProtocolId protocol, VendorAddress& address) {
  const std::string_view version = protocol == ProtocolId::gemini ? "/v1beta" : "/v1";
  const bool is_of_others =
      protocol == ProtocolId::anthropic_messages || protocol == ProtocolId::gemini;
  const bool has_it = is_of_others ? address.path.ends_with(version) : !address.path.empty();
  if (!has_it) address.path += version;
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
  const auto found = std::find_if(protocol_names.begin(), protocol_names.end(),
                                  [&](const ProtocolName& row) { return row.name == wanted; });
  if (found == protocol_names.end())
    return fail(Errc::invalid_field,
                std::string(protocol_variable) + " must be chat, responses, anthropic or gemini.");
  vendor.protocol = found->protocol;
  return {};
}

// People see where their words go: a name stands only for the vendor's own address, or for a
// program on this machine.
std::string label_at(const KnownVendor& known, const VendorAddress& address) {
  const std::string_view own = known.base_url;
  if (!own.empty())
    return address.host == parse_vendor_address(own)->host ? known.label : address.authority();
  const std::string label = known.label;
  if (label.empty()) return address.authority();
  return address.is_this_machine() ? label : label + " (" + address.authority() + ")";
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

Result<std::vector<std::string>> deployments_of(const Variable& variable) {
  constexpr const char* name = "AZURE_OPENAI_DEPLOYMENTS";
  const std::string value = value_of(variable, name);
  std::vector<std::string> deployments;
  for (std::string_view rest = value; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view deployment = trimmed(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (deployment.empty()) continue;
    const bool is_name = std::all_of(deployment.begin(), deployment.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
    });
    if (!is_name || deployment.find_first_not_of('.') == std::string_view::npos)
      return fail(Errc::invalid_field,
                  std::string(name) + " must be names of deployments with commas between them.");
    deployments.emplace_back(deployment);
  }
  return deployments;
}

// A person's own resource at Azure. What it can be asked for it does not list: that is for
// AZURE_OPENAI_DEPLOYMENTS, without which it is not set up, whatever other programs want to know of
// it. With a version the older addresses are asked, with the deployment in them.
Result<void> add_azure(const Variable& variable, std::vector<Vendor>& vendors) {
  auto deployments = deployments_of(variable);
  if (!deployments) return tl::unexpected(deployments.error());
  if (deployments->empty()) return {};
  auto key = key_of(variable, "AZURE_OPENAI_API_KEY");
  if (!key) return tl::unexpected(key.error());
  auto version = key_of(variable, "AZURE_OPENAI_API_VERSION");
  if (!version) return tl::unexpected(version.error());
  auto address = address_of(variable, "AZURE_OPENAI_ENDPOINT");
  if (!address) return tl::unexpected(address.error());
  for (const std::string_view end : {"/v1", "/openai"}) {
    if (address->path.ends_with(end)) address->path.resize(address->path.size() - end.size());
  }
  address->path += version->empty() ? "/openai/v1" : "/openai";
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
  if (const auto added = add(openai, variable, vendors); !added)
    return tl::unexpected(added.error());
  if (const auto added = add_ollama(variable, vendors); !added)
    return tl::unexpected(added.error());
  for (const KnownVendor& known : other_vendors) {
    if (const auto added = add(known, variable, vendors); !added)
      return tl::unexpected(added.error());
  }
  if (const auto added = add_azure(variable, vendors); !added) return tl::unexpected(added.error());
  return vendors;
}

}  // namespace threadkeep::llm
