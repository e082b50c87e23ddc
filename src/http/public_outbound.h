// Requests to addresses that somebody else has thought of.
#pragma once

#include <memory>

#include "http/outbound.h"

struct sockaddr;

namespace threadkeep::http {

// As Outbound::create, but it connects to public addresses alone (http/public_address.h): what is
// checked is the address that is connected to, after the name was looked up, so that a name that
// changes its mind leads nowhere else. No proxy, and no connection that others have opened.
std::unique_ptr<Outbound> create_public_outbound();
// The same for addresses that a person entered (http::may_be_entered).
std::unique_ptr<Outbound> create_entered_outbound();
// The same for a test: connects to what `may_connect` allows.
using MayConnect = bool (*)(const sockaddr* address);
std::unique_ptr<Outbound> create_outbound_to(MayConnect may_connect);

}  // namespace threadkeep::http
