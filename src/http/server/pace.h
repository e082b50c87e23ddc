// Whether bytes move as fast as they should.
#pragma once

#include <algorithm>
#include <cstdint>

namespace threadkeep::http {

// Time that is paid for with bytes. Nothing is put aside: who was fast before may not be slow for
// it now.
class Pace {
 public:
  explicit constexpr Pace(std::uint32_t bytes_per_s_min) : bytes_per_s_min_(bytes_per_s_min) {}

  void restart(std::int64_t now_ms) { paid_until_us_ = now_ms * 1'000; }
  void moved(std::size_t bytes, std::int64_t now_ms) {
    const auto paid_us = static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, 1U << 30) *
                                                   1'000'000 / bytes_per_s_min_);
    paid_until_us_ = std::min(paid_until_us_ + paid_us, now_ms * 1'000);
  }
  // Behind since then; now, when it is not behind.
  std::int64_t paid_until_ms() const { return paid_until_us_ / 1'000; }

 private:
  std::uint32_t bytes_per_s_min_;
  std::int64_t paid_until_us_ = 0;
};

}  // namespace threadkeep::http
