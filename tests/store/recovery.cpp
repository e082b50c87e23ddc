#include "store/recovery.h"

#include <stdexcept>

#include "store/audit.h"
#include "store/sqlite/sqlite_store.h"

namespace threadkeep::test {
namespace {

struct OpenStore {
  ManualClock clock;
  UlidMaker ids{clock};
  std::unique_ptr<Store> store;

  OpenStore(const SimulatedDisk& disk, const std::string& path) {
    auto opened = open_sqlite_store(options_on(disk, path), clock, ids);
    if (!opened) throw std::runtime_error("it does not open: " + opened.error().detail);
    store = std::move(*opened);
  }
};

// The latest state that may be there, or else an earlier one.
std::optional<std::size_t> find_state(const History& history, const std::string& found,
                                      std::size_t submitted) {
  for (std::size_t count = submitted + 1; count-- > 0;) {
    if (history.state(count) == found) return count;
  }
  return std::nullopt;
}

void send_again(OpenStore& open, const History& history, std::size_t begin, std::size_t there) {
  for (std::size_t i = begin; i < history.changes().size(); ++i) {
    const Change& change = history.changes()[i];
    // Nobody sends a part of an answer again.
    if (i < there && (std::holds_alternative<CheckpointAnswer>(change.what) ||
                      std::holds_alternative<FinishAnswer>(change.what))) {
      continue;
    }
    open.clock.set(change.time);
    const auto made = make(*open.store, change);
    if (!made) {
      throw std::runtime_error("change " + std::to_string(i) +
                               " sent again: " + made.error().detail);
    }
  }
}

void expect_all(const History& history, Store& store, const char* when) {
  if (history.show(store) == history.state(history.changes().size())) return;
  throw std::runtime_error(std::string("not all changes are there once ") + when);
}

}  // namespace

SqliteOptions options_on(const SimulatedDisk& disk, const std::string& path) {
  SqliteOptions options;
  options.path = path;
  options.vfs = disk.name();
  options.readers = 1;
  options.page_size_bytes = 1024;
  options.checkpoint_pages = 30;
  options.restart_pages = 60;
  options.limits.long_answer_bytes = 1;
  return options;
}

Recovery recover(const History& history, const Files& files, const Known& known,
                 const TemporaryFolder& folder, std::uint64_t seed, Afterwards afterwards) {
  const std::string path = folder.file("store.db");
  SimulatedDisk disk(seed);
  disk.replace(files);
  Recovery result;
  Files cut_off;
  try {
    {
      OpenStore open(disk, path);
      const auto there = find_state(history, history.show(*open.store), known.submitted);
      if (!there) throw std::runtime_error("it holds no state of the history");
      if (*there < known.acknowledged) {
        result.lost = known.acknowledged - *there;
        return result;
      }
      send_again(open, history, known.acknowledged, *there);
      expect_all(history, *open.store, "after the rest was sent again");
      // Not after the end of this store, which moves the log into the database.
      if (afterwards == Afterwards::another_power_cut) cut_off = disk.files_after_power_cut();
    }
    const std::string complaint = Audit(path, disk.name()).complaint(Audit::History::any);
    if (!complaint.empty()) throw std::runtime_error(complaint);
    if (afterwards == Afterwards::nothing) return result;
    disk.replace(cut_off);
    const OpenStore open(disk, path);
    expect_all(history, *open.store, "after one more loss of power");
  } catch (const std::exception& failure) {
    result.complaint = failure.what();
  }
  return result;
}

}  // namespace threadkeep::test
