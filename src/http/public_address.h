// Which addresses a request may go to that somebody else has thought of.
#pragma once

#include <string_view>

struct sockaddr;

namespace threadkeep::http {

// Whether the address is one of the public internet: not private, of this machine or link, of
// carriers, documentation, multicast or a cloud's metadata, nor one that hides an IPv4 address in
// an IPv6 one (mapped, 6to4, Teredo, NAT64).
bool is_public_address(const sockaddr* address);
// The same of a text; false for what is no numeric address.
bool is_public_address(std::string_view text);

// Whether a person may enter the address as that of a vendor: also private ones and those of this
// machine, where people run models; none of a link, of many, of a cloud's metadata, or one that
// hides another one.
bool may_be_entered(const sockaddr* address);
// The same of a text; false for what is no numeric address.
bool may_be_entered(std::string_view text);
bool is_numeric_address(std::string_view text);

}  // namespace threadkeep::http
