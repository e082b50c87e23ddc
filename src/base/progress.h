// How far long work has come, and whether it should stop.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace threadkeep {

// Thrown through the work when it should stop, and caught where it began.
struct Stopped {};

class Progress {
 public:
  // Shows the person how far a stage is, and is called often. Returns false to stop the work at the
  // next safe point.
  using Report =
      std::function<bool(const std::string& stage, std::uint64_t done, std::uint64_t total)>;

  explicit Progress(Report report) : report_(std::move(report)) {}

  void begin(std::string stage, std::uint64_t total) {
    stage_ = std::move(stage);
    done_ = 0;
    total_ = total;
    advance(0);
  }
  // Throws Stopped.
  void advance(std::uint64_t steps = 1) {
    done_ += steps;
    if (report_ && !report_(stage_, done_, total_)) throw Stopped();
  }

 private:
  Report report_;
  std::string stage_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace threadkeep
