#include "http/public_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

namespace threadkeep::http {
namespace {

struct Range4 {
  std::uint32_t first;
  int bits;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// IANA's registry of special addresses, and those under which clouds answer for a machine alone.
constexpr auto special4 = std::to_array<Range4>({
    {v4(0, 0, 0, 0), 8},         // this network
    {v4(10, 0, 0, 0), 8},        // private
    {v4(100, 64, 0, 0), 10},     // behind a carrier's NAT
    {v4(127, 0, 0, 0), 8},       // this machine
    {v4(168, 63, 129, 16), 32},  // Azure
    {v4(169, 254, 0, 0), 16},    // this link, and metadata
    {v4(172, 16, 0, 0), 12},     // private
    {v4(192, 0, 0, 0), 24},      // protocols
    {v4(192, 0, 2, 0), 24},      // documentation
    {v4(192, 88, 99, 0), 24},    // relays of 6to4
    {v4(192, 168, 0, 0), 16},    // private
    {v4(198, 18, 0, 0), 15},     // measuring
    {v4(198, 51, 100, 0), 24},   // documentation
    {v4(203, 0, 113, 0), 24},    // documentation
    {v4(224, 0, 0, 0), 3},       // multicast, reserved, broadcast
});

bool is_within(std::uint32_t address, const Range4& range) {
  return (address ^ range.first) >> (32 - range.bits) == 0;
}

bool is_public4(std::uint32_t address) {
  return std::none_of(special4.begin(), special4.end(),
                      [&](const Range4& range) { return is_within(address, range); });
}

// Of all that there is, only 2000::/3 is handed out; inside of it some is special.
bool is_public6(const std::array<std::uint8_t, 16>& address) {
  const auto begins = [&](std::uint32_t first, int bits) {
    const std::uint32_t head = v4(address[0], address[1], address[2], address[3]);
    return (head ^ first) >> (32 - bits) == 0;
  };
  if (!begins(0x2000'0000, 3)) return false;
  return !begins(0x2001'0000, 23)      // Teredo, ORCHID, other protocols
         && !begins(0x2001'0db8, 32)   // documentation
         && !begins(0x2002'0000, 16)   // 6to4
         && !begins(0x3fff'0000, 20);  // documentation
}

// Where people run models of their own.
constexpr auto own4 = std::to_array<Range4>({
    {v4(10, 0, 0, 0), 8},
    {v4(100, 64, 0, 0), 10},
    {v4(127, 0, 0, 0), 8},
    {v4(172, 16, 0, 0), 12},
    {v4(192, 168, 0, 0), 16},
});

bool may_be_entered4(std::uint32_t address) {
  if (address == v4(100, 100, 100, 200)) return false;  // Alibaba's metadata
  return is_public4(address) || std::any_of(own4.begin(), own4.end(), [&](const Range4& range) {
           return is_within(address, range);
         });
}

bool may_be_entered6(const std::array<std::uint8_t, 16>& address) {
  constexpr std::array<std::uint8_t, 16> this_machine = {0, 0, 0, 0, 0, 0, 0, 0,
                                                         0, 0, 0, 0, 0, 0, 0, 1};
  constexpr std::array<std::uint8_t, 16> metadata_of_amazon = {0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0,
                                                               0,    0, 0,    0,    0, 0, 2, 0x54};
  constexpr std::array<std::uint8_t, 16> metadata_of_google = {0xfd, 0x20, 0, 0xce, 0, 0, 0, 0,
                                                               0,    0,    0, 0,    0, 0, 2, 0x54};
  if (address == metadata_of_amazon || address == metadata_of_google) return false;
  const bool is_private = (address[0] & 0xfe) == 0xfc;
  return address == this_machine || is_private || is_public6(address);
}

using Judge4 = bool (*)(std::uint32_t address);
using Judge6 = bool (*)(const std::array<std::uint8_t, 16>& address);

bool judge(const sockaddr* address, Judge4 judge4, Judge6 judge6) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    return judge4(ntohl(in.sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, address, sizeof in);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return judge6(bytes);
  }
  return false;
}

bool judge(std::string_view text, Judge4 judge4, Judge6 judge6) {
  const std::string zero_ended(text);
  sockaddr_in in{};
  if (inet_pton(AF_INET, zero_ended.c_str(), &in.sin_addr) == 1) {
    return judge4(ntohl(in.sin_addr.s_addr));
  }
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET6, zero_ended.c_str(), bytes.data()) == 1) return judge6(bytes);
  return false;
}

}  // namespace

bool is_public_address(const sockaddr* address) { return judge(address, is_public4, is_public6); }

bool is_public_address(std::string_view text) { return judge(text, is_public4, is_public6); }

bool may_be_entered(const sockaddr* address) {
  return judge(address, may_be_entered4, may_be_entered6);
}

bool may_be_entered(std::string_view text) { return judge(text, may_be_entered4, may_be_entered6); }

bool is_numeric_address(std::string_view text) {
  return judge(
      text, [](std::uint32_t) { return true; },
      [](const std::array<std::uint8_t, 16>&) { return true; });
}

}  // namespace threadkeep::http
