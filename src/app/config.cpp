#include "app/config.h"

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <string_view>

#include "app/mcp_config.h"
#include "store/postgres/postgres_store.h"

namespace threadkeep {
namespace {

constexpr std::array<std::string_view, 9> keys = {"listen",
                                                  "store",
                                                  "titles",
                                                  "context_tokens",
                                                  "summaries",
                                                  "fetch",
                                                  "secret_file",
                                                  "attachment_mib_max",
                                                  "attachment_quota_mib"};

bool is_key(std::string_view name) {
  return std::find(keys.begin(), keys.end(), name) != keys.end();
}

std::string known_keys() {
  std::string text;
  for (const std::string_view key : keys) text += (text.empty() ? "" : ", ") + std::string(key);
  return text + ", mcp";
}

std::string folder_of(const Environment& variable, const char* xdg_name, const char* below_home) {
  if (const auto folder = variable(xdg_name); folder && !folder->empty()) return *folder;
  return variable("HOME").value_or(".") + "/" + below_home;
}

bool is_loopback(std::string_view address) {
  return address == "127.0.0.1" || address == "::1" || address.substr(0, 4) == "127.";
}

Result<void> read_listen(const std::string& text, Config& config) {
  const std::size_t colon = text.rfind(':');
  std::string address = colon == std::string::npos ? text : text.substr(0, colon);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  if (address == "localhost") address = "127.0.0.1";
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), config.listen_port);
  if (address.empty() || port.empty() || parsed.ec != std::errc{} ||
      parsed.ptr != port.data() + port.size()) {
    return fail(Errc::invalid_field, "listen: needs an address and a port, as in 127.0.0.1:8787");
  }
  if (!is_loopback(address)) {
    return fail(Errc::invalid_field,
                "listen: without accounts this server answers on loopback addresses only "
                "(127.0.0.1, ::1, localhost)");
  }
  config.listen_address = address;
  return {};
}

// Replaces `bytes` when the key is there.
Result<void> read_mebibytes(const ConfigValues& values, const std::string& key,
                            std::int64_t mebibytes_max, std::int64_t& bytes) {
  const auto found = values.find(key);
  if (found == values.end()) return {};
  const std::string& text = found->second;
  std::int64_t mebibytes = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), mebibytes);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || mebibytes < 1 ||
      mebibytes > mebibytes_max) {
    return fail(Errc::invalid_field,
                key + ": must be a whole number of MiB from 1 to " + std::to_string(mebibytes_max));
  }
  bytes = mebibytes << 20;
  return {};
}

using Where = std::function<std::string(const toml::source_region&)>;

Result<void> read_mcp_value(const std::string& key, const toml::node& node, const Where& where,
                            ConfigValues& values) {
  if (!node.is_string())
    return fail(Errc::invalid_field, where(node.source()) + "the value must be a string");
  values.emplace(key, node.as_string()->get());
  return {};
}

// [mcp.NAME] with its settings, of which "headers" is a table again.
Result<void> read_mcp_tables(const toml::node& node, const Where& where, ConfigValues& values) {
  if (!node.is_table()) return read_mcp_value("mcp", node, where, values);
  for (const auto& [name, server] : *node.as_table()) {
    if (!server.is_table())
      return fail(Errc::invalid_field, where(server.source()) + "mcp: each server is a table");
    if (!is_mcp_name(name.str())) {
      return fail(Errc::invalid_field,
                  where(name.source()) + "a name has 1 to 24 small letters, digits and \"-\"");
    }
    const std::string prefix = "mcp." + std::string(name.str()) + ".";
    for (const auto& [setting, value] : *server.as_table()) {
      if (!is_mcp_setting(std::string(setting.str())))
        return fail(Errc::invalid_field,
                    where(setting.source()) +
                        "unknown key; known are url, token_env, confirm, timeout_s, headers");
      Result<void> read;
      if (setting.str() == "headers" && !value.is_table())
        return fail(Errc::invalid_field, where(value.source()) + "headers: must be a table");
      if (setting.str() == "headers") {
        for (const auto& [header, text] : *value.as_table()) {
          if (read)
            read = read_mcp_value(prefix + "headers." + std::string(header.str()), text, where,
                                  values);
        }
      } else {
        read = read_mcp_value(prefix + std::string(setting.str()), value, where, values);
      }
      if (!read) return read;
    }
  }
  return {};
}

}  // namespace

Result<StoreLocation> parse_store(const std::string& text) {
  constexpr std::string_view sqlite = "sqlite:";
  if (text == "memory:") return StoreLocation{StoreLocation::Kind::memory, ""};
  if (text.substr(0, sqlite.size()) == sqlite && text.size() > sqlite.size()) {
    return StoreLocation{StoreLocation::Kind::sqlite, text.substr(sqlite.size())};
  }
  if (text.substr(0, 11) == "postgres://" || text.substr(0, 13) == "postgresql://") {
    if (const auto checked = check_postgres_url(text); !checked) {
      return tl::unexpected(checked.error());
    }
    return StoreLocation{StoreLocation::Kind::postgres, text};
  }
  return fail(Errc::invalid_field,
              "store: must be sqlite:PATH, postgres://USER@HOST/DATABASE or memory:");
}

Result<ConfigValues> read_config_file(const std::string& path) {
  ConfigValues values;
  const Where place = [&](const toml::source_region& region) {
    return path + ":" + std::to_string(region.begin.line) + ": ";
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return fail(Errc::invalid_field, path + ": this is a folder, not a file");
  try {
    const toml::table table = toml::parse_file(path);
    for (const auto& [key, node] : table) {
      if (key.str() == "mcp") {
        if (auto read = read_mcp_tables(node, place, values); !read)
          return tl::unexpected(read.error());
        continue;
      }
      if (!is_key(key.str())) {
        return fail(Errc::invalid_field,
                    place(key.source()) + "unknown key; known are " + known_keys());
      }
      if (!node.is_string())
        return fail(Errc::invalid_field, place(node.source()) + "the value must be a string");
      values.emplace(key.str(), node.as_string()->get());
    }
  } catch (const toml::parse_error& error) {
    return fail(Errc::invalid_field, place(error.source()) + std::string(error.description()));
  }
  return values;
}

Result<ConfigValues> read_config_environment(char** all) {
  constexpr std::string_view prefix = "THREADKEEP_";
  ConfigValues values;
  for (char** entry = all; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (text.substr(0, prefix.size()) != prefix) continue;
    const std::size_t equals = text.find('=');
    std::string key(text.substr(prefix.size(), equals - prefix.size()));
    for (char& c : key) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    if (!is_key(key) && !is_mcp_key(key)) {
      return fail(Errc::invalid_field, std::string(text.substr(0, equals)) +
                                           ": unknown variable; known are THREADKEEP_ with " +
                                           known_keys());
    }
    values.emplace(key, text.substr(equals + 1));
  }
  return values;
}

Result<Config> make_config(const ConfigValues& flags, const ConfigValues& environment,
                           const ConfigValues& file, const Environment& variable) {
  ConfigValues values = flags;
  values.insert(environment.begin(), environment.end());
  values.insert(file.begin(), file.end());
  Config config;
  config.store.path =
      folder_of(variable, "XDG_DATA_HOME", ".local/share") + "/threadkeep/threadkeep.db";
  if (const auto listen = values.find("listen"); listen != values.end()) {
    if (auto read = read_listen(listen->second, config); !read) return tl::unexpected(read.error());
  }
  if (const auto store = values.find("store"); store != values.end()) {
    auto location = parse_store(store->second);
    if (!location) return tl::unexpected(location.error());
    config.store = std::move(*location);
  }
  if (const auto fetch = values.find("fetch"); fetch != values.end()) {
    if (fetch->second != "on" && fetch->second != "off")
      return fail(Errc::invalid_field, "fetch: must be on or off");
    config.fetches_pages = fetch->second == "on";
  }
  if (const auto titles = values.find("titles"); titles != values.end()) {
    if (titles->second != "model" && titles->second != "excerpt")
      return fail(Errc::invalid_field, "titles: must be model or excerpt");
    config.names_conversations = titles->second == "model";
  }
  if (const auto summaries = values.find("summaries"); summaries != values.end()) {
    if (summaries->second != "on" && summaries->second != "off")
      return fail(Errc::invalid_field, "summaries: must be on or off");
    config.summarises_context = summaries->second == "on";
  }
  if (const auto windows = values.find("context_tokens"); windows != values.end()) {
    auto rules = llm::parse_window_rules(windows->second);
    if (!rules) return fail(Errc::invalid_field, "context_tokens: " + rules.error().detail);
    config.windows = std::move(*rules);
  }
  auto servers = read_mcp_servers(values, variable);
  if (!servers) return tl::unexpected(servers.error());
  config.mcp_servers = std::move(*servers);
  if (const auto secret = values.find("secret_file"); secret != values.end()) {
    if (secret->second.empty()) return fail(Errc::invalid_field, "secret_file: must be a path");
    config.secret_path = secret->second;
  }
  auto read = read_mebibytes(values, "attachment_mib_max", limits::blob_bytes_max >> 20,
                             config.attachment_bytes_max);
  if (read) {
    read = read_mebibytes(values, "attachment_quota_mib", limits::count_max >> 20,
                          config.attachment_quota_bytes);
  }
  if (!read) return tl::unexpected(read.error());
  return config;
}

std::string usual_config_path(const Environment& variable) {
  const std::string path =
      folder_of(variable, "XDG_CONFIG_HOME", ".config") + "/threadkeep/threadkeep.toml";
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) ? path : "";
}

}  // namespace threadkeep
