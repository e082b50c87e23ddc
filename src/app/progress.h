// How far long work has come: a bar on a terminal, plain lines otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace threadkeep {

// Writes to standard error: on a terminal at most ten times a second, elsewhere a line every ten
// seconds. Not for several threads.
class ProgressLine {
 public:
  explicit ProgressLine(std::string what);
  void show(std::uint64_t done, std::uint64_t total, const std::string& detail);
  // Clears the bar.
  void done();

 private:
  std::string what_;
  bool is_terminal_;
  bool is_shown_ = false;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace threadkeep
