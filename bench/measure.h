// How all benchmark programs take their figures: a short warm-up, then as many turns as fit into
// the time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace bench {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds warm_up{300};

inline double microseconds(SteadyClock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

inline double median(std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// One line of JSON. `more` is the rest of the object: ,"name":value
inline void print(double per_second, double p50_us, const std::string& more = "") {
  std::printf(R"({"per_second":%.0f,"p50_us":%.1f%s})"
              "\n",
              per_second, p50_us, more.c_str());
}

// Calls `turn` for `seconds`; prints how often per second it did `per_turn` things, and the median
// time of a turn.
template <class Turn>
void measure(double seconds, int per_turn, const Turn& turn) {
  for (const auto end = SteadyClock::now() + warm_up; SteadyClock::now() < end;) turn();
  std::vector<double> turns_us;
  const auto start = SteadyClock::now();
  const auto end = start + std::chrono::duration<double>(seconds);
  auto before = start;
  while (before < end) {
    turn();
    const auto now = SteadyClock::now();
    turns_us.push_back(microseconds(now - before));
    before = now;
  }
  const double elapsed_us = microseconds(before - start);
  print(static_cast<double>(turns_us.size()) * per_turn / elapsed_us * 1e6, median(turns_us));
}

}  // namespace bench
