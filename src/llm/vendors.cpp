#include "llm/vendors.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include "base/ascii.h"
#include "llm/openai/model_settings.h"

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
  const char* base_url;
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

struct Address {
  std::string scheme = "http";
  std::string host;  // IPv6 in brackets
  std::optional<int> port;
  std::string path;  // empty, or beginning with '/' and not ending with it
  std::string authority() const { return port ? host + ":" + std::to_string(*port) : host; }
  std::string url() const { return scheme + "://" + authority() + path; }
};

std::optional<int> parse_port(std::string_view text) {
  int port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem != std::errc() || end != text.data() + text.size() || port < 1 || port > 65'535)
    return std::nullopt;
  return port;
}

bool is_host_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
}

// "host", "host:port", ":port", "[::1]", "[::1]:port", "::1" and nothing at all.
bool parse_authority(std::string_view text, Address& address) {
  std::string_view host = text;
  std::string_view port;
  bool has_port = false;
  const std::size_t colon = text.rfind(':');
  const bool is_bare_ipv6 =
      colon != std::string_view::npos && text.front() != '[' && text.find(':') != colon;
  if (!is_bare_ipv6 && colon != std::string_view::npos &&
      text.find(']', colon) == std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    has_port = true;
  }
  if (has_port) {
    address.port = parse_port(port);
    if (!address.port) return false;
  }
  if (is_bare_ipv6 || (!host.empty() && host.front() == '[')) {
    const std::string_view bare = trimmed(host, "[]");
    const bool is_hex = std::all_of(
        bare.begin(), bare.end(), [](char c) { return hex_digit(c) >= 0 || c == ':' || c == '.'; });
    address.host = "[" + std::string(bare) + "]";
    return is_hex && bare.find(':') != std::string::npos;
  }
  address.host = host;
  return std::all_of(host.begin(), host.end(), is_host_character);
}

// With or without "http://" or "https://" before it.
std::optional<Address> parse_address(std::string_view text) {
  Address address;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end != std::string_view::npos) {
    address.scheme = lower(text.substr(0, scheme_end));
    if (address.scheme != "http" && address.scheme != "https") return std::nullopt;
    text.remove_prefix(scheme_end + 3);
  }
  const std::size_t slash = std::min(text.find('/'), text.size());
  address.path = text.substr(slash);
  while (!address.path.empty() && address.path.back() == '/') address.path.pop_back();
  const bool is_plain_path = std::all_of(address.path.begin(), address.path.end(), [](char c) {
    return c > ' ' && c <= '~' && c != '?' && c != '#' && c != '\\';
  });
  if (!is_plain_path || !parse_authority(text.substr(0, slash), address)) return std::nullopt;
  return address;
}

// The vendors' own programs take the address without the version; OpenAI's take it with that, where
// no path at all is somebody's who does not know.
void add_version(const KnownVendor& known, Address& address) {
  const std::string_view usual = known.base_url;
  const std::string_view version = usual.substr(usual.rfind('/'));
  const bool is_of_openai = known.protocol_variable != nullptr;
  const bool has_it = is_of_openai ? !address.path.empty() : address.path.ends_with(version);
  if (!has_it) address.path += version;
}

// Whoever is at another address than OpenAI speaks chat completions, unless it is said.
Result<void> choose_protocol(const KnownVendor& known, const Variable& variable, Vendor& vendor) {
  if (known.protocol_variable == nullptr) return {};
  const std::string wanted = value_of(variable, known.protocol_variable);
  if (wanted == "chat") {
    vendor.protocol = ProtocolId::openai_chat;
  } else if (wanted == "responses") {
    vendor.protocol = ProtocolId::openai_responses;
  } else if (!wanted.empty()) {
    return fail(Errc::invalid_field,
                std::string(known.protocol_variable) + " must be chat or responses.");
  } else if (!has_models_of_openai(vendor)) {
    vendor.protocol = ProtocolId::openai_chat;
  }
  return {};
}

Result<void> add(const KnownVendor& known, const Variable& variable, std::vector<Vendor>& vendors) {
  const auto key = key_of(variable, known.key_variable);
  if (!key) return tl::unexpected(key.error());
  const std::string base = value_of(variable, known.base_variable);
  if (key->empty() && base.empty()) return {};
  Vendor vendor{known.name, known.label, known.protocol, known.base_url, *key};
  if (!base.empty()) {
    auto address = base.find("://") == std::string::npos ? std::nullopt : parse_address(base);
    if (!address || address->host.empty())
      return fail(Errc::invalid_field,
                  std::string(known.base_variable) +
                      " must be an address such as http://127.0.0.1:8080/v1, without a user name.");
    add_version(known, *address);
    vendor.base_url = address->url();
    // Whoever it is, it is not the vendor: people see where their words go.
    if (address->host != parse_address(known.base_url)->host) vendor.label = address->authority();
  }
  if (const auto chosen = choose_protocol(known, variable, vendor); !chosen)
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
  auto address = parse_address(text);
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
  return vendors;
}

}  // namespace threadkeep::llm
