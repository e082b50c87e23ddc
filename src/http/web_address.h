// Addresses of the web that a stranger may have written, taken apart as the client does that asks
// them: no second reading.
#pragma once

#include <string>

#include "base/result.h"

namespace threadkeep::http {

struct WebAddress {
  std::string url;  // in its plain form, without a fragment
  std::string scheme;
  std::string host;
  int port = 0;
};

// Takes http and https without user info. Fails: invalid_field, with a sentence.
Result<WebAddress> parse_web_address(const std::string& url);
// Where a redirect from `from` leads. Fails alike.
Result<WebAddress> parse_redirect(const WebAddress& from, const std::string& location);

}  // namespace threadkeep::http
