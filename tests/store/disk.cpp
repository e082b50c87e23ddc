#include "store/disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

namespace threadkeep::test::disk {
namespace {

constexpr std::size_t sector_bytes = 512;

struct Change {
  bool is_truncation = false;
  std::size_t offset = 0;
  std::string bytes;
};

// One file as the disk holds it, and what the system only promised.
struct Image {
  std::string synced;
  std::vector<Change> pending;
  bool is_known = false;  // a file that was there before is read at its first opening
};

std::mutex mutex;
std::map<std::string, Image> images;  // guarded by the mutex
std::atomic<Fault> fault{Fault::none};
std::atomic<Syncs> sync_mode{Syncs::honest};
std::atomic<std::uint64_t> sync_count{0};
std::function<void()> watch;  // set while nothing else runs

void put(std::string& file, std::size_t offset, std::string_view bytes) {
  if (file.size() < offset + bytes.size()) file.resize(offset + bytes.size());
  file.replace(offset, bytes.size(), bytes);
}

void apply(std::string& file, const Change& change) {
  if (change.is_truncation) {
    file.resize(change.offset);
  } else {
    put(file, change.offset, change.bytes);
  }
}

sqlite3_vfs* usual() {
  static sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
  return vfs;
}

// Behind it in memory lies the file of the usual system.
struct File {
  sqlite3_file base;
  Image* image;  // none: a file that is not looked at
};

sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
}
Image* image_of(sqlite3_file* file) { return reinterpret_cast<File*>(file)->image; }

int close_file(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }

int read_file(sqlite3_file* file, void* buffer, int bytes, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), buffer, bytes, offset);
}

void tell_watch() {
  if (watch) watch();
}

int write_file(sqlite3_file* file, const void* buffer, int bytes, sqlite3_int64 offset) {
  if (image_of(file) != nullptr) {
    tell_watch();
    if (fault == Fault::full) return SQLITE_FULL;
    if (fault == Fault::write_error) return SQLITE_IOERR_WRITE;
    const std::lock_guard lock(mutex);
    image_of(file)->pending.push_back(
        {false, static_cast<std::size_t>(offset),
         std::string(static_cast<const char*>(buffer), static_cast<std::size_t>(bytes))});
  }
  return real(file)->pMethods->xWrite(real(file), buffer, bytes, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  if (image_of(file) != nullptr) {
    tell_watch();
    const std::lock_guard lock(mutex);
    image_of(file)->pending.push_back({true, static_cast<std::size_t>(size), {}});
  }
  return real(file)->pMethods->xTruncate(real(file), size);
}

int sync_file(sqlite3_file* file, int flags) {
  ++sync_count;
  if (image_of(file) == nullptr) return real(file)->pMethods->xSync(real(file), flags);
  tell_watch();
  if (fault == Fault::sync_error) return SQLITE_IOERR_FSYNC;
  if (sync_mode == Syncs::ignored) return SQLITE_OK;
  const std::lock_guard lock(mutex);
  for (const Change& change : image_of(file)->pending) apply(image_of(file)->synced, change);
  image_of(file)->pending.clear();
  return SQLITE_OK;  // the kernel lives: it need not work for this
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
int lock_file(sqlite3_file* file, int kind) {
  return real(file)->pMethods->xLock(real(file), kind);
}
int unlock_file(sqlite3_file* file, int kind) {
  return real(file)->pMethods->xUnlock(real(file), kind);
}
int check_lock(sqlite3_file* file, int* result) {
  return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
int control(sqlite3_file* file, int operation, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
int characteristics(sqlite3_file* file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
int map_shared(sqlite3_file* file, int page, int bytes, int extend, void volatile** memory) {
  return real(file)->pMethods->xShmMap(real(file), page, bytes, extend, memory);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
int unmap_shared(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}
int fetch(sqlite3_file* file, sqlite3_int64 offset, int bytes, void** memory) {
  return real(file)->pMethods->xFetch(real(file), offset, bytes, memory);
}
int unfetch(sqlite3_file* file, sqlite3_int64 offset, void* memory) {
  return real(file)->pMethods->xUnfetch(real(file), offset, memory);
}

const sqlite3_io_methods methods{
    3,           close_file,  read_file,    write_file, truncate_file, sync_file,       file_size,
    lock_file,   unlock_file, check_lock,   control,    sector_size,   characteristics, map_shared,
    lock_shared, barrier,     unmap_shared, fetch,      unfetch};

int open_file(sqlite3_vfs* /*vfs*/, const char* path, sqlite3_file* file, int flags, int* out) {
  auto* opened = reinterpret_cast<File*>(file);
  opened->base.pMethods = nullptr;
  opened->image = nullptr;
  const int code = usual()->xOpen(usual(), path, real(file), flags, out);
  if (code != SQLITE_OK) return code;
  opened->base.pMethods = &methods;
  if (path != nullptr && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0) {
    const std::lock_guard lock(mutex);
    opened->image = &images[path];
    if (!opened->image->is_known) {
      std::ifstream before(path, std::ios::binary);
      opened->image->synced.assign(std::istreambuf_iterator<char>(before), {});
      opened->image->is_known = true;
    }
  }
  return SQLITE_OK;
}

// The log is removed at the end of the last connection: its name does not come back by a power cut
// in any of these tests.
int delete_file(sqlite3_vfs* /*vfs*/, const char* path, int sync) {
  tell_watch();
  {
    const std::lock_guard lock(mutex);
    const auto image = images.find(path);
    if (image != images.end()) image->second = Image();
  }
  return usual()->xDelete(usual(), path, sync);
}

sqlite3_vfs make_vfs() {
  sqlite3_vfs vfs = *usual();
  vfs.zName = "threadkeep-test-disk";
  vfs.szOsFile = static_cast<int>(sizeof(File)) + usual()->szOsFile;
  vfs.pNext = nullptr;
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  return vfs;
}

// What is on the disk of one file after the power came back.
std::string after_power_cut(const Image& image, std::mt19937_64& random) {
  enum Left { nothing, everything, a_beginning, half_of_the_sectors };
  const auto left = static_cast<Left>(random() % 4);
  std::string file = image.synced;
  std::size_t count = image.pending.size();
  if (left == nothing) count = 0;
  if (left == a_beginning) count = random() % (count + 1);
  for (std::size_t i = 0; i < count; ++i) {
    const Change& change = image.pending[i];
    if (left != half_of_the_sectors || change.is_truncation) {
      if (left != half_of_the_sectors || random() % 2 == 0) apply(file, change);
      continue;
    }
    for (std::size_t at = 0; at < change.bytes.size(); at += sector_bytes) {
      if (random() % 2 == 0) continue;
      put(file, change.offset + at, std::string_view(change.bytes).substr(at, sector_bytes));
    }
  }
  return file;
}

}  // namespace

std::string name() {
  static sqlite3_vfs vfs = make_vfs();
  static const int registered = sqlite3_vfs_register(&vfs, 0);
  return registered == SQLITE_OK ? vfs.zName : "";
}

void set_fault(Fault next) { fault = next; }
void set_watch(std::function<void()> next) { watch = std::move(next); }
void set_syncs(Syncs syncs) { sync_mode = syncs; }
std::uint64_t syncs() { return sync_count; }

void reset() {
  fault = Fault::none;
  sync_mode = Syncs::honest;
  watch = nullptr;
  const std::lock_guard lock(mutex);
  for (auto& [path, image] : images) image = Image();
}

void cut_power(const std::string& database, const std::string& copy, std::mt19937_64& random) {
  Image file;
  Image log;
  {
    // Both at the same moment.
    const std::lock_guard lock(mutex);
    file = images[database];
    log = images[database + "-wal"];
  }
  std::ofstream(copy, std::ios::binary) << after_power_cut(file, random);
  std::ofstream(copy + "-wal", std::ios::binary) << after_power_cut(log, random);
}

}  // namespace threadkeep::test::disk
