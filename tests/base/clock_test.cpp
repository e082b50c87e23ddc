#include "base/clock.h"

#include <gtest/gtest.h>

#include <ctime>

namespace threadkeep {
namespace {

TEST(SystemClock, CountsMillisecondsSince1970) {
  const UnixMs before = static_cast<UnixMs>(std::time(nullptr)) * 1000;
  const UnixMs now = system_clock().now_ms();
  const UnixMs after = (static_cast<UnixMs>(std::time(nullptr)) + 1) * 1000;
  EXPECT_GE(now, before);
  EXPECT_LE(now, after);
}

}  // namespace
}  // namespace threadkeep
