#include "app/progress.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <utility>

namespace threadkeep {
namespace {

constexpr auto terminal_interval = std::chrono::milliseconds(100);
constexpr auto line_interval = std::chrono::seconds(10);
constexpr std::size_t bar_width = 30;

}  // namespace

ProgressLine::ProgressLine(std::string what)
    : what_(std::move(what)),
      is_terminal_(isatty(STDERR_FILENO) == 1),
      last_(std::chrono::steady_clock::now()) {}

void ProgressLine::show(std::uint64_t done, std::uint64_t total, const std::string& detail) {
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < (is_terminal_ ? std::chrono::milliseconds(terminal_interval) : line_interval))
    return;
  last_ = now;
  const std::uint64_t percent = total == 0 ? 0 : std::min<std::uint64_t>(100, done * 100 / total);
  if (!is_terminal_) {
    std::cerr << what_ << ": " << percent << " %, " << detail << std::endl;
    return;
  }
  const std::size_t filled = static_cast<std::size_t>(percent) * bar_width / 100;
  std::cerr << "\r\033[K[" << std::string(filled, '#') << std::string(bar_width - filled, '.')
            << "] " << percent << " %  " << detail << std::flush;
  is_shown_ = true;
}

void ProgressLine::done() {
  if (is_shown_) std::cerr << "\r\033[K" << std::flush;
  is_shown_ = false;
}

}  // namespace threadkeep
