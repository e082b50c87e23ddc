#include "llm/vendor_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/ascii.h"

namespace threadkeep::llm {
namespace {

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
bool parse_authority(std::string_view text, VendorAddress& address) {
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

}  // namespace

// A name that begins like an address of this machine is anybody's.
bool VendorAddress::is_this_machine() const {
  in_addr address{};
  return equals_ignoring_case(host, "localhost") || host == "[::1]" ||
         (host.starts_with("127.") && inet_pton(AF_INET, host.c_str(), &address) == 1);
}

std::optional<VendorAddress> parse_vendor_address(std::string_view text) {
  VendorAddress address;
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

}  // namespace threadkeep::llm
