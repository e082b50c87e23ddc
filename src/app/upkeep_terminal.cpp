#include "app/upkeep_terminal.h"

#include <csignal>
#include <cstdlib>
#include <iostream>

namespace threadkeep {
namespace {

volatile std::sig_atomic_t is_stopped = 0;

void stop(int /*signal*/) { is_stopped = 1; }

// The second Ctrl-C ends the process at once: everything that is half done can bear that.
void catch_signals() {
  struct sigaction action {};
  action.sa_handler = stop;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

tl::unexpected<Error> refuse_memory() {
  return fail(Errc::invalid_field, "a store in memory ends with its server: nothing to do here");
}

}  // namespace

Result<upkeep::OpenedStore> look_at_store(const StoreLocation& location) {
  if (location.kind == StoreLocation::Kind::memory) return refuse_memory();
  if (location.kind == StoreLocation::Kind::postgres) {
    return upkeep::look_at_postgres(location.path);
  }
  return upkeep::look_at_sqlite(location.path);
}

Result<upkeep::OpenedStore> claim_store(const StoreLocation& location, const Clock& clock) {
  if (location.kind == StoreLocation::Kind::memory) return refuse_memory();
  if (location.kind == StoreLocation::Kind::postgres) {
    return upkeep::claim_postgres(location.path, clock);
  }
  return upkeep::claim_sqlite(location.path, clock);
}

UpkeepProgress::UpkeepProgress(const std::string& what)
    : line_(what),
      progress_([this](const std::string& stage, std::uint64_t done, std::uint64_t total) {
        // Most steps are one row: looking at the clock would cost more than that.
        if (++steps_ % 256 != 0) return is_stopped == 0;
        line_.show(done, total,
                   stage + ", " + std::to_string(done) + " of " + std::to_string(total));
        return is_stopped == 0;
      }) {
  catch_signals();
}

int complain_about(const Error& error) {
  std::cerr << "threadkeep: " << error.detail << std::endl;
  return error.code == Errc::newer_schema ? exit_config : EXIT_FAILURE;
}

}  // namespace threadkeep
