// A server of tools, as the operator has set it up.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "http/http.h"

namespace threadkeep::tools {

struct McpServer {
  std::string name;  // 1 to 24 of a-z, 0-9, "-"
  std::string url;
  std::vector<http::Header> headers = {};      // sent with every request
  bool confirms = true;                        // each call is confirmed by the person
  std::chrono::milliseconds time_max{60'000};  // of a call
};

}  // namespace threadkeep::tools
