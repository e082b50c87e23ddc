// An address of a vendor, as people write it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace threadkeep::llm {

struct VendorAddress {
  std::string scheme = "http";
  std::string host;  // IPv6 in brackets
  std::optional<int> port;
  std::string path;  // empty, or beginning with '/' and not ending with it
  std::string authority() const { return port ? host + ":" + std::to_string(*port) : host; }
  std::string url() const { return scheme + "://" + authority() + path; }
  bool is_this_machine() const;
};

// "http://" or "https://", or neither, and then "host", "host:port", ":port", "[::1]",
// "[::1]:port",
// "::1" or nothing at all, and a path. Nothing: user info, a query, a fragment, another scheme or a
// character that stands in no address.
std::optional<VendorAddress> parse_vendor_address(std::string_view text);

}  // namespace threadkeep::llm
