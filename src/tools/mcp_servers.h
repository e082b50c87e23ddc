// Keeps the tools of MCP servers in the registry, as they say what they have.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "http/outbound.h"
#include "store/blobs.h"
#include "tools/mcp_client.h"
#include "tools/registry.h"

namespace threadkeep::tools {

// Owns one thread for each server: it asks for the list of tools, again when the server says that
// the list has changed and every few minutes, and soon where it got none. A server that is away or
// slow holds up nobody. Pictures that a tool gives become files of the user, within the quota.
//
// All must outlive it, and it must outlive the runner of the tools.
class McpServers {
 public:
  struct Parts {
    http::Outbound& outbound;
    Registry& registry;
    Blobs& blobs;
    std::int64_t user_bytes_max;  // of all files of a user
  };
  McpServers(std::vector<McpServer> servers, const Parts& parts);
  // Asks what runs to stop, and waits a second at the most for servers to hear of it.
  ~McpServers();
  McpServers(const McpServers&) = delete;
  McpServers& operator=(const McpServers&) = delete;

 private:
  class Row;
  std::vector<std::unique_ptr<Row>> rows_;
};

}  // namespace threadkeep::tools
