// The servers of tools, as the operator names them: in a table of threadkeep.toml for each, or in
// one variable for all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "tools/mcp_server.h"

namespace threadkeep {

// Whether a key of ConfigValues is about servers of tools:
//   mcp                       "files=http://127.0.0.1:9000/mcp search=https://..."
//   mcp_token_NAME            the bearer of one
//   mcp.NAME.url, .token_env, .confirm, .timeout_s, .headers.HEADER: a table of the file
bool is_mcp_key(const std::string& key);

// 1 to 24 of a-z, 0-9 and "-".
bool is_mcp_name(std::string_view name);

// The keys that may stand in the table of a server; "headers" is a table itself.
bool is_mcp_setting(const std::string& name);

// Fails: invalid_field with one clear line.
Result<std::vector<tools::McpServer>> read_mcp_servers(const ConfigValues& values,
                                                       const Environment& variable);

}  // namespace threadkeep
