// What the operating system gives this process, and what it gets back.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

namespace threadkeep {

// Raises the number of open files to what this process may have at most; returns what it is then.
int raise_open_files_max();

// How many connections fit into so many open files: some are kept back for the database, its log,
// bodies on their way into files, and connections to models.
int connections_max_for(int open_files_max);

// A page of messages is a string of some ten kilobytes, made and freed for every request. As it
// comes, the allocator gives such memory back to the kernel at once and faults it in again: half of
// the CPU time of a page. After this call it keeps what is freed.
void keep_freed_memory();

// As long as it lives, a thread gives much freed memory back after all, a few seconds after it was
// needed: what one hour of imports took is not kept for ever.
class MemoryReturn {
 public:
  MemoryReturn();
  ~MemoryReturn();
  MemoryReturn(const MemoryReturn&) = delete;
  MemoryReturn& operator=(const MemoryReturn&) = delete;

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable ended_;
  bool is_ending_ = false;  // guarded by the mutex
  std::thread thread_;
};

}  // namespace threadkeep
