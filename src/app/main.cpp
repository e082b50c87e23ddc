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
#include "app/upkeep_commands.h"
#include "app/version.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace threadkeep {
namespace {

struct CommandLine {
  ConfigValues flags;
  std::string config_path;
  std::vector<std::string> import_paths;
  bool imports_erased_anew = false;
  BackupChoice backup;
  RestoreChoice restore;
  CheckChoice check;
  std::string copy_from;
  std::string copy_to;
  bool copy_only_compares = false;
};

void add_common_options(CLI::App& command, CommandLine& line) {
  command.add_option_function<std::string>(
      "--store", [&line](const std::string& text) { line.flags["store"] = text; },
      "sqlite:PATH, postgres://USER@HOST/DATABASE or memory: (usual: sqlite: under "
      "$XDG_DATA_HOME/threadkeep)");
  command.add_option("--config", line.config_path, "A threadkeep.toml");
}

void add_upkeep_commands(CLI::App& app, CommandLine& line) {
  CLI::App* backup = app.add_subcommand(
      "backup", "Write a verified backup of the store to a file, also while a server is running");
  add_common_options(*backup, line);
  backup
      ->add_option("FILE", line.backup.file,
                   "The backup; nothing may be there yet. - is standard output")
      ->required();
  backup->add_flag("--replace", line.backup.replaces, "In place of an earlier backup of that name");
  CLI::App* restore = app.add_subcommand(
      "restore", "Make the store what a backup holds; devices then give back what it lacks");
  add_common_options(*restore, line);
  restore->add_option("FILE", line.restore.file, "A backup")->required();
  restore->add_flag("--replace", line.restore.replaces,
                    "Also when the store has conversations: they are kept aside");
  CLI::App* check = app.add_subcommand("check", "Look at every row and tell what does not agree");
  add_common_options(*check, line);
  check->add_flag("--repair", line.check.repairs,
                  "Mend what follows from the rest; no server may be running");
  CLI::App* copy = app.add_subcommand("copy", "Copy a whole store to another place or engine");
  copy->add_option("--from", line.copy_from, "The source, as --store takes it")->required();
  copy->add_option("--to", line.copy_to, "The target: new, or an earlier copy of the source")
      ->required();
  copy->add_flag("--compare", line.copy_only_compares, "Only compare, row by row");
  add_common_options(*app.add_subcommand("migrate", "Bring the store to this program's schema"),
                     line);
}

void add_serve_command(CLI::App& app, CommandLine& line) {
  CLI::App* serve = app.add_subcommand("serve", "Serve the page and the API");
  add_common_options(*serve, line);
  serve->add_option_function<std::string>(
      "--listen", [&line](const std::string& text) { line.flags["listen"] = text; },
      "ADDRESS:PORT (usual: 127.0.0.1:8787)");
  serve->add_option_function<std::string>(
      "--titles", [&line](const std::string& text) { line.flags["titles"] = text; },
      "model: a conversation is named by its model after the first answer (usual); excerpt: by the "
      "beginning of its question");
  serve->add_option_function<std::string>(
      "--summaries", [&line](const std::string& text) { line.flags["summaries"] = text; },
      "Whether a model is asked to summarise the older messages of a conversation that grows too "
      "long for it: on (usual) or off, and then they are left out");
  serve->add_option_function<std::string>(
      "--context-tokens", [&line](const std::string& text) { line.flags["context_tokens"] = text; },
      "How much models can read and write at once, as in \"ollama/llama3.2=8192 vllm/*=32768\" "
      "(usual: what their vendors say)");
  serve->add_option_function<std::string>(
      "--attachment-mib-max",
      [&line](const std::string& text) { line.flags["attachment_mib_max"] = text; },
      "The largest file that is taken as an attachment, in MiB (usual: 100)");
  serve->add_option_function<std::string>(
      "--attachment-quota-mib",
      [&line](const std::string& text) { line.flags["attachment_quota_mib"] = text; },
      "How large the attachments of one user may be together, in MiB (usual: no limit)");
  serve->add_option_function<std::string>(
      "--secret-file", [&line](const std::string& text) { line.flags["secret_file"] = text; },
      "The file with the secret that keys entered in the page are sealed with (usual: beside a "
      "SQLite store)");
  serve->add_option_function<std::string>(
      "--fetch", [&line](const std::string& text) { line.flags["fetch"] = text; },
      "Whether models may read pages of the web where a person allows it: on or off (usual: off)");
}

int run_copy(const CommandLine& line) {
  const auto from = parse_store(line.copy_from);
  const auto to = parse_store(line.copy_to);
  if (!from || !to) {
    std::cerr << "threadkeep: " << (from ? "--to" : "--from") << ": "
              << (from ? to.error() : from.error()).detail << std::endl;
    return exit_config;
  }
  return copy_store({*from, *to, line.copy_only_compares});
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
  add_serve_command(app, line);
  CLI::App* import_command =
      app.add_subcommand("import", "Bring in conversations from other products' export files");
  add_common_options(*import_command, line);
  import_command
      ->add_option(
          "FILE", line.import_paths,
          "ChatGPT's export (the zip, or its conversations.json) or Threadkeep's own; a folder "
          "stands for all such files in it")
      ->required();
  import_command->add_flag("--erased-anew", line.imports_erased_anew,
                           "Bring in again, under new ids, what was deleted for ever here");
  add_upkeep_commands(app, line);
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
  if (app.got_subcommand("copy")) return run_copy(line);
  const auto config = read_config(line);
  if (!config) {
    std::cerr << "threadkeep: " << config.error().detail << std::endl;
    return exit_config;
  }
  if (import_command->parsed()) {
    return import_files(
        *config, line.import_paths,
        line.imports_erased_anew ? ErasedBefore::comes_in_anew : ErasedBefore::stays_away);
  }
  if (app.got_subcommand("backup")) return back_up_store(*config, line.backup);
  if (app.got_subcommand("restore")) return restore_store(*config, line.restore);
  if (app.got_subcommand("check")) return check_store(*config, line.check);
  if (app.got_subcommand("migrate")) return migrate_store(*config);
  return serve(*config, started_at);
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
