#include "app/mcp_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "http/web_address.h"

namespace threadkeep {
namespace {

constexpr std::string_view table_prefix = "mcp.";
constexpr std::string_view token_prefix = "mcp_token_";
constexpr std::string_view header_prefix = "headers.";
constexpr std::array<std::string_view, 5> settings = {"url", "token_env", "confirm", "timeout_s",
                                                      "headers"};
constexpr std::size_t name_bytes_max = 24;
constexpr std::size_t servers_max = 16;
constexpr int timeout_s_max = 600;

tl::unexpected<Error> wrong(const std::string& server, const std::string& what) {
  return fail(Errc::invalid_field, "mcp." + server + ": " + what);
}

using Servers = std::map<std::string, tools::McpServer>;

// "files=http://127.0.0.1:9000/mcp search=https://..."
Result<void> read_line(std::string_view line, Servers& servers) {
  while (!(line = trimmed(line, " \t\r\n,")).empty()) {
    const std::string_view one = line.substr(0, line.find_first_of(" \t\r\n,"));
    line.remove_prefix(one.size());
    const std::size_t equals = one.find('=');
    if (equals == one.npos)
      return fail(Errc::invalid_field,
                  "mcp: needs names and addresses, as in files=http://127.0.0.1:9000/mcp");
    servers[std::string(one.substr(0, equals))].url = one.substr(equals + 1);
  }
  return {};
}

Result<void> read_setting(const std::string& name, const std::string& setting,
                          const std::string& value, const Environment& variable,
                          tools::McpServer& server) {
  if (setting == "url") {
    server.url = value;
  } else if (setting == "token_env") {
    const auto token = variable(value.c_str());
    if (!token || token->empty()) return wrong(name, "the variable " + value + " is not set");
    server.headers.push_back({"Authorization", "Bearer " + *token});
  } else if (setting == "confirm") {
    if (value != "on" && value != "off") return wrong(name, "confirm: must be on or off");
    server.confirms = value == "on";
  } else if (setting == "timeout_s") {
    int seconds = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (parsed.ec != std::errc{} || parsed.ptr != value.data() + value.size() || seconds < 1 ||
        seconds > timeout_s_max)
      return wrong(name,
                   "timeout_s: must be a whole number from 1 to " + std::to_string(timeout_s_max));
    server.time_max = std::chrono::seconds(seconds);
  } else {
    server.headers.push_back({setting.substr(header_prefix.size()), value});
  }
  return {};
}

// mcp.NAME.SETTING
Result<void> read_table(const ConfigValues& values, const Environment& variable, Servers& servers) {
  for (const auto& [key, value] : values) {
    if (!key.starts_with(table_prefix)) continue;
    const std::size_t dot = key.find('.', table_prefix.size());
    const std::string name = key.substr(table_prefix.size(), dot - table_prefix.size());
    const std::string setting = key.substr(dot + 1);
    // What the line says of a server holds against its table.
    const bool is_overridden =
        setting == "url" && servers.contains(name) && !servers[name].url.empty();
    if (is_overridden) continue;
    if (auto read = read_setting(name, setting, value, variable, servers[name]); !read) return read;
  }
  return {};
}

// Of the names of variables: upper case, "_" for "-".
Result<void> read_tokens(const ConfigValues& values, Servers& servers) {
  for (const auto& [key, value] : values) {
    if (!key.starts_with(token_prefix)) continue;
    std::string name = key.substr(token_prefix.size());
    std::replace(name.begin(), name.end(), '_', '-');
    const auto server = servers.find(name);
    if (server == servers.end())
      return fail(Errc::invalid_field, key + ": there is no such server of tools");
    server->second.headers.push_back({"Authorization", "Bearer " + value});
  }
  return {};
}

bool can_be_sent(const http::Header& header) {
  const auto is_plain = [](char c) { return c >= 0x20 && c != 0x7F; };
  const auto is_name = [](char c) { return c > 0x20 && c < 0x7F && c != ':'; };
  return !header.name.empty() && std::all_of(header.name.begin(), header.name.end(), is_name) &&
         std::all_of(header.value.begin(), header.value.end(), is_plain);
}

}  // namespace

bool is_mcp_key(const std::string& key) { return key == "mcp" || key.starts_with(token_prefix); }

bool is_mcp_name(std::string_view name) {
  return !name.empty() && name.size() <= name_bytes_max &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; });
}

bool is_mcp_setting(const std::string& name) {
  return std::find(settings.begin(), settings.end(), name) != settings.end();
}

Result<std::vector<tools::McpServer>> read_mcp_servers(const ConfigValues& values,
                                                       const Environment& variable) {
  Servers servers;
  if (const auto line = values.find("mcp"); line != values.end()) {
    if (auto read = read_line(line->second, servers); !read) return tl::unexpected(read.error());
  }
  auto read = read_table(values, variable, servers);
  if (read) read = read_tokens(values, servers);
  if (!read) return tl::unexpected(read.error());
  if (servers.size() > servers_max) {
    return fail(Errc::invalid_field,
                "mcp: at most " + std::to_string(servers_max) + " servers can be named");
  }
  std::vector<tools::McpServer> list;
  for (auto& [name, server] : servers) {
    if (!is_mcp_name(name))
      return wrong(name, "a name has 1 to 24 small letters, digits and \"-\"");
    if (const auto address = http::parse_web_address(server.url); !address)
      return wrong(name, "url: " + address.error().detail);
    if (!std::all_of(server.headers.begin(), server.headers.end(), can_be_sent))
      return wrong(name, "a header or its token has characters that cannot be sent");
    server.name = name;
    list.push_back(std::move(server));
  }
  return list;
}

}  // namespace threadkeep
