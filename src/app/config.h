// The configuration: flags over THREADKEEP_* environment over threadkeep.toml.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "llm/windows.h"
#include "tools/mcp_server.h"

namespace threadkeep {

// EX_CONFIG of sysexits.h: what a service manager must not try again unchanged.
inline constexpr int exit_config = 78;

struct StoreLocation {
  enum class Kind { sqlite, postgres, memory };
  Kind kind = Kind::sqlite;
  std::string path;  // of the database file; of PostgreSQL the whole address
};

struct Config {
  std::string listen_address = "127.0.0.1";
  std::uint16_t listen_port = 8787;
  StoreLocation store;
  // A file with the secret that entered keys are sealed with; empty: beside a SQLite store, and
  // nowhere for any other.
  std::string secret_path;
  // Whether a model that is allowed to may read pages of the public web.
  bool fetches_pages = false;
  // Whose tools models are offered.
  std::vector<tools::McpServer> mcp_servers;
  // By their model, after the first answer; otherwise they keep the beginning of their question.
  bool names_conversations = true;
  // The older messages of a conversation that grows too long for its model, by that model.
  bool summarises_context = true;
  std::vector<llm::WindowRule> windows;                              // of models
  std::int64_t attachment_bytes_max = limits::attachment_bytes_max;  // of one file
  std::int64_t attachment_quota_bytes = limits::count_max;           // of all files of a user
};

// Fails: invalid_field with one clear line.
Result<StoreLocation> parse_store(const std::string& text);

// What each place says, by key ("listen", "store"); texts as they were written.
using ConfigValues = std::map<std::string, std::string>;
using Environment = std::function<std::optional<std::string>(const char* name)>;

// The keys of a file. Fails: invalid_field, with the file's name and line, for broken TOML, an
// unknown key or a value that is no string. A key of a table is "mcp.NAME.url".
Result<ConfigValues> read_config_file(const std::string& path);

// The THREADKEEP_* variables as keys. Fails: invalid_field for one that is not known. `all` is
// environ.
Result<ConfigValues> read_config_environment(char** all);

// Puts them together and checks every value. Fails: invalid_field with one clear line.
Result<Config> make_config(const ConfigValues& flags, const ConfigValues& environment,
                           const ConfigValues& file, const Environment& variable);

// Where the file is looked for when no --config names one:
// $XDG_CONFIG_HOME/threadkeep/threadkeep.toml. Empty when there is no such file.
std::string usual_config_path(const Environment& variable);

}  // namespace threadkeep
