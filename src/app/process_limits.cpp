#include "app/process_limits.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fstream>

namespace threadkeep {
namespace {

constexpr rlim_t open_files_wanted = 65'536;
constexpr int connections_wanted = 10'000;

#ifdef __GLIBC__
constexpr std::size_t worth_a_look_bytes = std::size_t{96} << 20;
constexpr std::size_t kept_bytes = std::size_t{32} << 20;  // freed memory that stays

// What is in memory and belongs to no file.
std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  std::size_t shared = 0;
  file >> all >> resident >> shared;
  return (resident - std::min(resident, shared)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// False: there was something to give back, and it did not go.
bool give_back_freed_memory() {
  const std::size_t resident = resident_bytes();
  if (resident < worth_a_look_bytes) return true;
  const struct mallinfo2 used = mallinfo2();
  if (resident < used.uordblks + used.hblkhd + kept_bytes) return true;
  malloc_trim(kept_bytes / 2);
  return resident_bytes() + kept_bytes / 4 < resident;
}
#endif

}  // namespace

int raise_open_files_max() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1'024;
  const rlim_t wanted = std::min(limit.rlim_max, open_files_wanted);
  if (limit.rlim_cur < wanted) {
    const rlimit raised{wanted, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit.rlim_cur = wanted;
  }
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, open_files_wanted));
}

int connections_max_for(int open_files_max) {
  const int kept_back = std::min(512, open_files_max / 4);
  return std::clamp(open_files_max - kept_back, 16, connections_wanted);
}

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  mallopt(M_TOP_PAD, 1 << 20);
#endif
}

MemoryReturn::MemoryReturn() : thread_([this] { run(); }) {}

MemoryReturn::~MemoryReturn() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

void MemoryReturn::run() {
#ifdef __GLIBC__
  constexpr std::chrono::seconds shortest(2);
  constexpr std::chrono::seconds longest(60);
  std::chrono::seconds pause = shortest;
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, pause, [this] { return is_ending_; })) {
    lock.unlock();
    // What is scattered between things in use does not go: then it is looked at less often.
    pause = give_back_freed_memory() ? shortest : std::min(pause * 2, longest);
    lock.lock();
  }
#endif
}

}  // namespace threadkeep
