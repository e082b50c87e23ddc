// What is made of files: each once at a time, on threads of its own, and kept in memory for a
// while.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace threadkeep::renditions {

// Derived from the files and from nothing else: nothing of it is stored, and what is kept is found
// by nobody who does not name the file. Safe from several threads. The threads are started by the
// first use.
class KeptRenditions {
 public:
  struct Options {
    std::size_t threads = 2;
    std::size_t kept_bytes_max = 32U << 20;
    std::size_t waiting_max = 64;
  };
  explicit KeptRenditions(const Options& options) : options_(options) {}
  ~KeptRenditions() { stop(); }
  KeptRenditions(const KeptRenditions&) = delete;
  KeptRenditions& operator=(const KeptRenditions&) = delete;

  using Thing = std::shared_ptr<const void>;
  struct Made {
    Thing thing;
    std::size_t bytes = 0;
    bool is_kept = true;
  };
  using Make = std::function<Made(const std::stop_token& stop)>;
  // Called once, from a thread of its own or from inside get(), and must not block for long. Null:
  // too many wait, or what makes it threw.
  using Done = std::function<void(const Thing& thing)>;
  // `name` names what is made. Where it is kept, or being made, `make` is not called.
  void get(const std::string& name, Make make, Done done);

  // How many were made.
  std::int64_t count() const;

  // Ends what is being made; nothing is `done` any more. Again is harmless.
  void stop();

 private:
  struct Task {
    std::string name;
    Make make;
    std::vector<Done> waiting;
  };
  using TaskPtr = std::shared_ptr<Task>;
  struct Kept {
    Thing thing;
    std::size_t bytes = 0;
  };

  void work();
  // With the mutex held.
  void keep(const std::string& name, const Made& made);

  const Options options_;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable work_;
  std::deque<TaskPtr> waiting_;
  std::vector<TaskPtr> unfinished_;  // waiting or being made
  std::map<std::string, Kept, std::less<>> kept_;
  std::deque<std::string> kept_since_;  // the oldest first
  std::size_t kept_bytes_ = 0;
  std::int64_t count_ = 0;
  std::stop_source stop_;
  std::vector<std::thread> threads_;
};

}  // namespace threadkeep::renditions
