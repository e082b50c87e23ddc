#include "app/import_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "app/progress.h"
#include "app/serve.h"
#include "app/stop_signal.h"
#include "app/terminal_text.h"
#include "transfer/import.h"

namespace threadkeep {
namespace {

void print_report(const ImportReport& report, const std::string& path) {
  const auto& conversations = report.conversations;
  const auto& messages = report.messages;
  std::cout << terminal_text(path) << " (" << report.format << ")\n"
            << "  conversations  " << conversations.found << " found, " << conversations.imported
            << " imported, " << conversations.already_here << " already here, "
            << conversations.failed << " failed\n"
            << "  messages       " << messages.found << " found, " << messages.imported
            << " imported, " << messages.already_here << " already here, " << messages.skipped
            << " skipped\n";
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
      conversations.failed == 0) {
    std::cout << "  everything in this file was here already: nothing was added\n";
  }
  std::cout << std::flush;
}

bool import_one(Store& store, const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    std::cerr << "threadkeep: " << terminal_text(path) << ": " << std::strerror(errno) << std::endl;
    return false;
  }
  ProgressLine progress("importing " + terminal_text(path));
  const auto report =
      import_file(store, store.local_user(), {descriptor, path}, [&](const ImportProgress& now) {
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

}  // namespace

int import_files(const Config& config, const std::vector<std::string>& paths) {
  const Clock& clock = system_clock();
  UlidMaker ids(clock);
  const auto store = open_store(config, clock, ids);
  if (!store) {
    std::cerr << "threadkeep: " << store.error().detail << std::endl;
    return exit_config;
  }
  catch_stop_signals();
  bool all_read = true;
  for (const std::string& path : paths) {
    all_read = import_one(**store, path) && all_read;
    if (is_stop_requested()) break;
  }
  return all_read ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace threadkeep
