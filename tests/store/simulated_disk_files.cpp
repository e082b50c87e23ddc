// What SQLite calls: files, locks and shared memory of a simulated disk. Locks follow SQLite's own
// rules for one process, so that several connections work as on a real file.
#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "store/simulated_disk_state.h"

namespace threadkeep::test {
namespace {

using State = SimulatedDisk::State;
using Operation = SimulatedDisk::Operation;
using Failure = SimulatedDisk::Failure;

// What SQLite holds of an open file.
struct Handle {
  State* state = nullptr;
  State::FilePtr file;
  std::string path;
  bool syncs_folder = false;  // a log or journal that may be new: its first sync is the folder's
  Holder holder;
};

struct SqliteFile {
  sqlite3_file base;
  Handle* handle;
};

Handle& handle_of(sqlite3_file* file) { return *reinterpret_cast<SqliteFile*>(file)->handle; }

std::string name_of(const char* path) {
  const char* slash = std::strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

int failed(int code) {
  errno = EIO;
  return code;
}

int close_file(sqlite3_file* file) {
  Handle* const handle = &handle_of(file);
  {
    const std::lock_guard lock(handle->state->mutex);
    std::erase(handle->file->holders, &handle->holder);
  }
  delete handle;
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* buffer, int bytes, sqlite3_int64 offset) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.state->mutex);
  if (handle.state->call(Operation::read) != Failure::none) return failed(SQLITE_IOERR_READ);
  const std::string& content = handle.file->current;
  const auto begin = std::min(static_cast<std::size_t>(offset), content.size());
  const auto count = std::min(static_cast<std::size_t>(bytes), content.size() - begin);
  std::memcpy(buffer, content.data() + begin, count);
  std::memset(static_cast<char*>(buffer) + count, 0, static_cast<std::size_t>(bytes) - count);
  return count == static_cast<std::size_t>(bytes) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* buffer, int bytes, sqlite3_int64 offset) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.state->mutex);
  const std::string_view content(static_cast<const char*>(buffer), static_cast<std::size_t>(bytes));
  const Failure failure = handle.state->call(Operation::write);
  const auto at = static_cast<std::size_t>(offset);
  if (failure == Failure::error) return failed(SQLITE_IOERR_WRITE);
  if (failure == Failure::no_room_for_half) {
    handle.file->write(at, content.substr(0, content.size() / 2));
  }
  if (failure != Failure::none) return SQLITE_FULL;
  handle.file->write(at, content);
  return SQLITE_OK;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.state->mutex);
  if (handle.state->call(Operation::other) != Failure::none) return failed(SQLITE_IOERR_TRUNCATE);
  handle.file->truncate(static_cast<std::size_t>(size));
  return SQLITE_OK;
}

int sync_file(sqlite3_file* file, int /*flags*/) {
  Handle& handle = handle_of(file);
  State& state = *handle.state;
  const std::lock_guard lock(state.mutex);
  if (state.call(Operation::sync) != Failure::none) {
    state.fail_sync(*handle.file);
    return failed(SQLITE_IOERR_FSYNC);
  }
  state.sync(*handle.file);
  if (handle.syncs_folder && state.syncs == SimulatedDisk::Syncs::honest) {
    state.synced_folder = state.folder;
    handle.syncs_folder = false;
  }
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.state->mutex);
  if (handle.state->call(Operation::other) != Failure::none) return failed(SQLITE_IOERR_FSTAT);
  *size = static_cast<sqlite3_int64>(handle.file->current.size());
  return SQLITE_OK;
}

// ---- locks of the database file ----

bool another_holds(const Handle& handle, int level) {
  const auto& holders = handle.file->holders;
  return std::any_of(holders.begin(), holders.end(), [&](const Holder* holder) {
    return holder != &handle.holder && holder->level >= level;
  });
}

int lock_file(sqlite3_file* file, int level) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.state->mutex);
  if (handle.holder.level >= level) return SQLITE_OK;
  if (level == SQLITE_LOCK_SHARED && another_holds(handle, SQLITE_LOCK_PENDING)) {
    return SQLITE_BUSY;
  }
  if (level > SQLITE_LOCK_SHARED && another_holds(handle, SQLITE_LOCK_RESERVED)) {
    return SQLITE_BUSY;
  }
  if (level == SQLITE_LOCK_EXCLUSIVE && another_holds(handle, SQLITE_LOCK_SHARED)) {
    handle.holder.level = SQLITE_LOCK_PENDING;
    return SQLITE_BUSY;
  }
  handle.holder.level = level;
  return SQLITE_OK;
}

int unlock_file(sqlite3_file* file, int level) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.state->mutex);
  handle.holder.level = std::min(handle.holder.level, level);
  return SQLITE_OK;
}

int check_reserved_lock(sqlite3_file* file, int* result) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.state->mutex);
  *result = another_holds(handle, SQLITE_LOCK_RESERVED) ? 1 : 0;
  return SQLITE_OK;
}

// ---- shared memory ----

int map_index(sqlite3_file* file, int region, int bytes, int extend, void volatile** memory) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.state->mutex);
  *memory = nullptr;
  if (handle.state->call(Operation::other) != Failure::none) return failed(SQLITE_IOERR_SHMMAP);
  auto& index = handle.file->index;
  if (bytes != static_cast<int>(sizeof(*index.front()))) return SQLITE_IOERR_SHMMAP;
  const auto wanted = static_cast<std::size_t>(region);
  while (extend != 0 && index.size() <= wanted) {
    index.push_back(std::make_unique<std::array<char, 32'768>>());
  }
  if (wanted < index.size()) *memory = index[wanted]->data();
  return SQLITE_OK;
}

int lock_index(sqlite3_file* file, int first, int count, int flags) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.state->mutex);
  const unsigned mask = ((1U << count) - 1) << first;
  Holder& own = handle.holder;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    own.shared_mask &= ~mask;
    own.exclusive_mask &= ~mask;
    return SQLITE_OK;
  }
  const bool is_exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  for (const Holder* holder : handle.file->holders) {
    if (holder == &own) continue;
    const unsigned in_the_way =
        is_exclusive ? holder->exclusive_mask | holder->shared_mask : holder->exclusive_mask;
    if ((in_the_way & mask) != 0) return SQLITE_BUSY;
  }
  (is_exclusive ? own.exclusive_mask : own.shared_mask) |= mask;
  return SQLITE_OK;
}

void index_barrier(sqlite3_file* file) { const std::lock_guard lock(handle_of(file).state->mutex); }

int unmap_index(sqlite3_file* file, int remove) {
  Handle& handle = handle_of(file);
  const std::lock_guard lock(handle.state->mutex);
  handle.holder.shared_mask = handle.holder.exclusive_mask = 0;
  if (remove != 0) handle.file->index.clear();
  return SQLITE_OK;
}

int control(sqlite3_file* /*file*/, int /*operation*/, void* /*argument*/) {
  return SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file* /*file*/) { return 4096; }
// As SQLite takes a Linux file to be.
int characteristics(sqlite3_file* /*file*/) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

// Without the calls of version 3: nothing is read past read_file.
const sqlite3_io_methods methods{2,
                                 close_file,
                                 read_file,
                                 write_file,
                                 truncate_file,
                                 sync_file,
                                 file_size,
                                 lock_file,
                                 unlock_file,
                                 check_reserved_lock,
                                 control,
                                 sector_size,
                                 characteristics,
                                 map_index,
                                 lock_index,
                                 index_barrier,
                                 unmap_index,
                                 nullptr,
                                 nullptr};

// ---- the folder ----

State& state_of(sqlite3_vfs* vfs) { return *static_cast<State*>(vfs->pAppData); }

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out) {
  auto* const opened = reinterpret_cast<SqliteFile*>(file);
  opened->base.pMethods = nullptr;
  State& state = state_of(vfs);
  const std::lock_guard lock(state.mutex);
  if (state.call(Operation::other) != Failure::none) return failed(SQLITE_CANTOPEN);
  auto handle = std::make_unique<Handle>();
  handle->state = &state;
  if (path != nullptr) {
    State::FilePtr& entry = state.folder[name_of(path)];
    handle->syncs_folder = (flags & SQLITE_OPEN_CREATE) != 0 &&
                           (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    // The store makes its file before SQLite opens it.
    if (entry == nullptr) entry = std::make_shared<DiskFile>();
    handle->file = entry;
  } else {
    handle->file = std::make_shared<DiskFile>();
  }
  handle->file->holders.push_back(&handle->holder);
  opened->handle = handle.release();
  opened->base.pMethods = &methods;
  if (out != nullptr) *out = flags;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  State& state = state_of(vfs);
  const std::lock_guard lock(state.mutex);
  if (state.call(Operation::other) != Failure::none) return failed(SQLITE_IOERR_DELETE);
  if (state.folder.erase(name_of(path)) == 0) return SQLITE_IOERR_DELETE_NOENT;
  if (sync_folder != 0) state.synced_folder = state.folder;
  return SQLITE_OK;
}

int access_file(sqlite3_vfs* vfs, const char* path, int flags, int* result) {
  State& state = state_of(vfs);
  const std::lock_guard lock(state.mutex);
  if (state.call(Operation::other) != Failure::none) return failed(SQLITE_IOERR_ACCESS);
  const auto found = state.folder.find(name_of(path));
  const bool is_there = found != state.folder.end();
  // As SQLite's own: an empty file does not count as one that exists.
  *result = is_there && (flags != SQLITE_ACCESS_EXISTS || !found->second->current.empty()) ? 1 : 0;
  return SQLITE_OK;
}

}  // namespace

std::unique_ptr<sqlite3_vfs> make_vfs(SimulatedDisk::State& state, const char* name) {
  auto vfs = std::make_unique<sqlite3_vfs>(*sqlite3_vfs_find("unix"));
  vfs->zName = name;
  vfs->pNext = nullptr;
  vfs->szOsFile = static_cast<int>(sizeof(SqliteFile));
  vfs->pAppData = &state;
  vfs->xOpen = open_file;
  vfs->xDelete = delete_file;
  vfs->xAccess = access_file;
  return vfs;
}

}  // namespace threadkeep::test
