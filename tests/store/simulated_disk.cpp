#include "store/simulated_disk.h"

#include <sqlite3.h>

#include <atomic>
#include <stdexcept>

#include "store/simulated_disk_state.h"

namespace threadkeep::test {
namespace {

constexpr std::size_t sector_bytes = 512;

void put(std::string& file, std::size_t offset, std::string_view bytes) {
  if (file.size() < offset + bytes.size()) file.resize(offset + bytes.size());
  file.replace(offset, bytes.size(), bytes);
}

void apply(std::string& file, const FileContent::Change& change) {
  if (change.new_size) {
    file.resize(*change.new_size);
  } else {
    put(file, change.offset, change.bytes);
  }
}

// Each sector arrives or not, whatever was written before or after it; one in sixteen in part.
void apply_some_sectors(std::string& file, const FileContent::Change& change,
                        std::mt19937_64& random) {
  if (change.new_size) {
    if (random() % 2 == 0) apply(file, change);
    return;
  }
  const std::string_view bytes = change.bytes;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t to_border = sector_bytes - (change.offset + at) % sector_bytes;
    const std::string_view sector = bytes.substr(at, to_border);
    if (random() % 2 == 0) {
      const bool is_torn = random() % 16 == 0;
      put(file, change.offset + at, sector.substr(0, is_torn ? random() % sector.size() : 512));
    }
    at += sector.size();
  }
}

}  // namespace

void FileContent::write(std::size_t offset, std::string_view bytes) {
  put(current, offset, bytes);
  pending.push_back({std::nullopt, offset, std::string(bytes)});
}

void FileContent::truncate(std::size_t size) {
  current.resize(size);
  pending.push_back({size, 0, {}});
}

void FileContent::sync() {
  for (const Change& change : pending) apply(synced, change);
  pending.clear();
}

std::string FileContent::torn(std::mt19937_64& random) const {
  enum Left { nothing, everything, a_beginning, some_sectors };
  const auto left = static_cast<Left>(random() % 4);
  std::string file = synced;
  std::size_t count = pending.size();
  if (left == nothing) count = 0;
  if (left == a_beginning) count = random() % (count + 1);
  for (std::size_t i = 0; i < count; ++i) {
    if (left == some_sectors) {
      apply_some_sectors(file, pending[i], random);
    } else {
      apply(file, pending[i]);
    }
  }
  return file;
}

SimulatedDisk::Failure SimulatedDisk::State::call(Operation operation) {
  if (operation == Operation::sync) ++sync_count;
  return hook ? hook(operation) : Failure::none;
}

void SimulatedDisk::State::sync(DiskFile& file) {
  if (syncs == Syncs::ignored) return;
  file.sync();
}

void SimulatedDisk::State::fail_sync(DiskFile& file) {
  for (const FileContent::Change& change : file.pending) {
    apply_some_sectors(file.synced, change, random);
  }
  file.pending.clear();
}

SimulatedDisk::SimulatedDisk(std::uint64_t seed) : state_(std::make_unique<State>(seed)) {
  static std::atomic<int> count = 0;
  name_ = "threadkeep-simulated-disk-" + std::to_string(++count);
  vfs_ = make_vfs(*state_, name_.c_str());
  if (sqlite3_vfs_register(vfs_.get(), 0) != SQLITE_OK) throw std::runtime_error("VFS");
}

SimulatedDisk::~SimulatedDisk() { sqlite3_vfs_unregister(vfs_.get()); }

void SimulatedDisk::set_hook(Hook hook) {
  const std::lock_guard lock(state_->mutex);
  state_->hook = std::move(hook);
}

void SimulatedDisk::set_syncs(Syncs syncs) {
  const std::lock_guard lock(state_->mutex);
  state_->syncs = syncs;
}

std::uint64_t SimulatedDisk::syncs() const {
  const std::lock_guard lock(state_->mutex);
  return state_->sync_count;
}

Files SimulatedDisk::files() const {
  const std::lock_guard lock(state_->mutex);
  Files files;
  for (const auto& [name, file] : state_->folder) files[name] = *file;
  return files;
}

Files SimulatedDisk::files_after_power_cut() {
  const std::lock_guard lock(state_->mutex);
  std::mt19937_64& random = state_->random;
  std::map<std::string, State::FilePtr> left = state_->folder;
  for (const auto& [name, file] : state_->synced_folder) left.try_emplace(name);
  Files files;
  for (auto& [name, file] : left) {
    const auto synced = state_->synced_folder.find(name);
    const State::FilePtr before = synced == state_->synced_folder.end() ? nullptr : synced->second;
    if (file != before && random() % 2 == 0) file = before;
    if (file == nullptr) continue;
    FileContent content;
    content.current = content.synced = file->torn(random);
    files[name] = std::move(content);
  }
  return files;
}

void SimulatedDisk::replace(const Files& files) {
  const std::lock_guard lock(state_->mutex);
  state_->folder.clear();
  for (const auto& [name, content] : files) {
    auto file = std::make_shared<DiskFile>();
    static_cast<FileContent&>(*file) = content;
    state_->folder[name] = std::move(file);
  }
  state_->synced_folder = state_->folder;
}

}  // namespace threadkeep::test
