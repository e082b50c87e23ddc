// The command line.
#include <sodium.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/import_command.h"
#include "app/serve.h"
#include "app/version.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace threadkeep {
namespace {

constexpr int exit_config = 78;

struct CommandLine {
  ConfigValues flags;
  std::string config_path;
  std::vector<std::string> import_paths;
};

void add_common_options(CLI::App& command, CommandLine& line) {
  command.add_option_function<std::string>(
      "--store", [&line](const std::string& text) { line.flags["store"] = text; },
      "sqlite:PATH or memory: (usual: sqlite: under $XDG_DATA_HOME/threadkeep)");
  command.add_option("--config", line.config_path, "A threadkeep.toml");
}

Result<Config> read_config(const CommandLine& line) {
  const Environment variable = [](const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  const auto environment = read_config_environment(environ);
  if (!environment) return tl::unexpected(environment.error());
  ConfigValues file;
  const std::string path =
      line.config_path.empty() ? usual_config_path(variable) : line.config_path;
  if (!path.empty()) {
    auto read = read_config_file(path);
    if (!read) return tl::unexpected(read.error());
    file = std::move(*read);
  }
  return make_config(line.flags, *environment, file, variable);
}

int run(int argc, char** argv, std::chrono::steady_clock::time_point started_at) {
  CommandLine line;
  CLI::App app("Threadkeep keeps AI conversations.", "threadkeep");
  app.require_subcommand(1);
  CLI::App* serve_command = app.add_subcommand("serve", "Serve the page and the API");
  add_common_options(*serve_command, line);
  serve_command->add_option_function<std::string>(
      "--listen", [&line](const std::string& text) { line.flags["listen"] = text; },
      "ADDRESS:PORT (usual: 127.0.0.1:8787)");
  CLI::App* import_command =
      app.add_subcommand("import", "Bring in conversations from other products' export files");
  add_common_options(*import_command, line);
  import_command
      ->add_option("FILE", line.import_paths,
                   "ChatGPT: conversations.json, or the zip that holds it")
      ->required();
  CLI::App* version_command = app.add_subcommand("version", "Print the version");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::cerr << "threadkeep: " << error.what() << " (see threadkeep --help)" << std::endl;
    return exit_config;
  }
  if (version_command->parsed()) {
    std::cout << "threadkeep " << version << std::endl;
    return EXIT_SUCCESS;
  }
  const auto config = read_config(line);
  if (!config) {
    std::cerr << "threadkeep: " << config.error().detail << std::endl;
    return exit_config;
  }
  return import_command->parsed() ? import_files(*config, line.import_paths)
                                  : serve(*config, started_at);
}

}  // namespace
}  // namespace threadkeep

int main(int argc, char** argv) {
  const auto started_at = std::chrono::steady_clock::now();
  try {
    if (sodium_init() < 0) throw std::runtime_error("libsodium did not start");
    return threadkeep::run(argc, argv, started_at);
  } catch (const std::exception& error) {
    std::cerr << "threadkeep: " << error.what() << std::endl;
    return EXIT_FAILURE;
  }
}
