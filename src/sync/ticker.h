// Runs jobs again and again on one thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace threadkeep {

struct Job {
  std::string name;                 // for what is told when it fails
  std::chrono::milliseconds first;  // after the start
  // Runs once, on the ticker's thread; returns after how long it wants to run again. An exception
  // is told on stderr, and it runs again after `first`. The other jobs wait meanwhile: a long one
  // takes small steps.
  std::function<std::chrono::milliseconds()> run;
};

// Owns one thread.
class Ticker {
 public:
  explicit Ticker(std::vector<Job> jobs);
  ~Ticker();  // after the job that is running
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  using Time = std::chrono::steady_clock;
  struct Planned {
    Job job;
    Time::time_point at;
  };

  void run();

  std::vector<Planned> planned_;  // the thread's own
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_ending_ = false;  // guarded by the mutex
  std::thread thread_;
};

}  // namespace threadkeep
