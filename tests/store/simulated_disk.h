// A disk under SQLite that lives in memory, that can fail at any call, and that knows what a loss
// of power would leave of it: what is written is kept apart until it is synced.
//
// Files are known by the last part of their path. A new file and a removed one are synced by the
// first sync of a log or journal beside them, as SQLite does it with the folder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3_vfs;

namespace threadkeep::test {

// A file that is not open. What processes read of it can be more than what the disk holds, and
// after a sync that failed it is so without a change that waits for a later sync.
struct FileContent {
  struct Change {
    std::optional<std::size_t> new_size;  // a truncation
    std::size_t offset = 0;
    std::string bytes;
  };

  void write(std::size_t offset, std::string_view bytes);
  void truncate(std::size_t size);
  void sync();
  // What may be on the disk if only `synced` is certain.
  std::string torn(std::mt19937_64& random) const;

  std::string current;  // as it is read
  std::string synced;   // as the disk holds it for certain
  std::vector<Change> pending;
};

// The contents of a disk by the names of its files.
using Files = std::map<std::string, FileContent>;

class SimulatedDisk {
 public:
  // `seed` decides what a failed sync and a loss of power leave.
  explicit SimulatedDisk(std::uint64_t seed);
  ~SimulatedDisk();  // no file is open any more
  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;

  const std::string& name() const { return name_; }  // for SqliteOptions::vfs

  // ---- while it is used ----

  enum class Operation : std::uint8_t { read, write, sync, other };
  // What a call does instead of what it should: no_room is for writes, no_room_for_half writes the
  // first half before it fails, error is for all. After a failed sync what had been written since
  // the last one is on the disk or not, and no later sync changes that.
  enum class Failure : std::uint8_t { none, error, no_room, no_room_for_half };
  // Asked at each call; they come one after the other, from any thread. May ask the disk for files.
  using Hook = std::function<Failure(Operation)>;
  void set_hook(Hook hook);

  // A disk that says "synced" and has not done it: what a test of durability must notice.
  enum class Syncs { honest, ignored };
  void set_syncs(Syncs syncs);
  std::uint64_t syncs() const;  // so many have been asked for

  // ---- what is left of it ----

  // What the next process finds when this one dies, with what the system has not synced yet.
  Files files() const;
  // What may be left when the power goes at this moment: everything that was synced, and of the
  // rest, file by file, nothing, all, a beginning, or a random part of the sectors, some of them
  // torn. An entry of the folder that was not synced is as before or as now.
  Files files_after_power_cut();
  // The disk holds these and nothing else; files that are still open are no part of it any more.
  void replace(const Files& files);

  class State;

 private:
  std::string name_;
  std::unique_ptr<State> state_;
  std::unique_ptr<sqlite3_vfs> vfs_;
};

}  // namespace threadkeep::test
