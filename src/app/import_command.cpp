#include "app/import_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <system_error>

#include "app/progress.h"
#include "app/serve.h"
#include "app/stop_signal.h"
#include "app/terminal_text.h"
#include "base/ascii.h"
#include "transfer/import.h"

namespace threadkeep {
namespace {

namespace fs = std::filesystem;

void print_report(const ImportReport& report, const std::string& path) {
  const auto& conversations = report.conversations;
  const auto& messages = report.messages;
  std::cout << terminal_text(path) << " (" << report.format << ")\n"
            << "  conversations  " << conversations.found << " found, " << conversations.imported
            << " imported, " << conversations.already_here << " already here, "
            << conversations.deleted_for_ever << " deleted for ever, " << conversations.failed
            << " failed\n"
            << "  messages       " << messages.found << " found, " << messages.imported
            << " imported, " << messages.already_here << " already here, " << messages.skipped
            << " skipped\n";
  if (const auto& presets = report.presets; presets.found > 0)
    std::cout << "  settings       " << presets.found << " found, " << presets.imported
              << " imported, " << presets.already_here << " already here, " << presets.failed
              << " failed\n";
  for (const auto& [type, count] : report.verbatim) {
    std::cout << "  kept as it came  " << count << " x " << terminal_text(type) << "\n";
  }
  for (const auto& problem : report.problems) {
    const std::string title = problem.title.empty() ? "" : " \"" + problem.title + "\"";
    std::cout << "  problem  "
              << terminal_text(problem.conversation + title + ": " + problem.reason) << "\n";
  }
  if (report.problems_left_out > 0)
    std::cout << "  and " << report.problems_left_out << " more problems\n";
  if (conversations.found > 0 && conversations.imported == 0 && messages.imported == 0 &&
      conversations.failed == 0 && report.presets.imported == 0) {
    std::cout << "  everything in this file was here already: nothing was added\n";
  }
  std::cout << std::flush;
}

bool import_one(Store& store, const std::string& path, ErasedBefore erased) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    std::cerr << "threadkeep: " << terminal_text(path) << ": " << std::strerror(errno) << std::endl;
    return false;
  }
  ProgressLine progress("importing " + terminal_text(path));
  const auto report = import_file(
      store, store.local_user(), {descriptor, path, erased}, [&](const ImportProgress& now) {
        progress.show(now.bytes_done, now.bytes_total,
                      std::to_string(now.conversations) + " conversations");
        return !is_stop_requested();
      });
  progress.done();
  close(descriptor);
  if (!report) {
    std::cerr << "threadkeep: " << terminal_text(path) << ": "
              << terminal_text(report.error().detail) << std::endl;
    return false;
  }
  print_report(*report, path);
  return true;
}

// The paths, and instead of a folder the exports in it and in its folders, by name.
std::vector<std::string> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code problem;
    if (!fs::is_directory(path, problem)) {
      files.push_back(path);  // what it is, is told when it is opened
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      const std::string ending = lower(entry.path().extension().string());
      const bool is_export = ending == ".json" || ending == ".jsonl" || ending == ".zip";
      if (entry.is_regular_file() && is_export) inside.push_back(entry.path().string());
    }
    std::sort(inside.begin(), inside.end());
    if (inside.empty()) {
      std::cerr << "threadkeep: " << terminal_text(path)
                << ": there is no .json, .jsonl or .zip in it" << std::endl;
    }
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

}  // namespace

int import_files(const Config& config, const std::vector<std::string>& paths, ErasedBefore erased) {
  const Clock& clock = system_clock();
  UlidMaker ids(clock);
  const auto store = open_store(config, clock, ids);
  if (!store) {
    std::cerr << "threadkeep: " << store.error().detail << std::endl;
    return exit_config;
  }
  catch_stop_signals();
  bool all_read = true;
  for (const std::string& path : files_of(paths)) {
    all_read = import_one(**store, path, erased) && all_read;
    if (is_stop_requested()) break;
  }
  return all_read ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace threadkeep
