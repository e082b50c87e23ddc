#include "base/clock.h"

#include <gtest/gtest.h>

#include <ctime>

namespace threadkeep {
namespace {

TEST(SystemClock, CountsMillisecondsSince1970) {
  const UnixMs before = static_cast<UnixMs>(std::time(nullptr)) * 1000;
  const UnixMs now = system_clock().now_ms();
  // std::time() is behind by up to a tick, and so may still tell the second before.
  const UnixMs after = (static_cast<UnixMs>(std::time(nullptr)) + 2) * 1000;
  EXPECT_GE(now, before);
  EXPECT_LE(now, after);
}

TEST(SystemClock, HasATimeThatRises) {
  MonotonicMs last = system_clock().monotonic_ms();
  EXPECT_GT(last, 0);
  for (int i = 0; i < 1'000; ++i) {
    const MonotonicMs now = system_clock().monotonic_ms();
    EXPECT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace threadkeep
