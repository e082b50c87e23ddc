#include "app/upkeep_terminal.h"

#include <cstdlib>
#include <iostream>

#include "app/stop_signal.h"

namespace threadkeep {
namespace {

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
        if (++steps_ % 256 != 0) return !is_stop_requested();
        line_.show(done, total,
                   stage + ", " + std::to_string(done) + " of " + std::to_string(total));
        return !is_stop_requested();
      }) {
  catch_stop_signals();
}

std::string counted(std::uint64_t count, std::string_view thing) {
  return std::to_string(count) + ' ' + std::string(thing) + (count == 1 ? "" : "s");
}

int complain_about(const Error& error) {
  std::cerr << "threadkeep: " << error.detail << std::endl;
  return error.code == Errc::newer_schema ? exit_config : EXIT_FAILURE;
}

}  // namespace threadkeep
