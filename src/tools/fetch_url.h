// The tool that reads a page of the public web.
#pragma once

#include "http/outbound.h"
#include "tools/registry.h"

namespace threadkeep::tools {

// Asks on the ports of the web alone, follows redirects under the same rules, and gives text.
// `outbound`, one of http/public_outbound.h, must outlive it.
RunnableTool fetch_url(http::Outbound& outbound);

}  // namespace threadkeep::tools
