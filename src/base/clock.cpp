#include "base/clock.h"

#include <chrono>
#include <ctime>

namespace threadkeep {
namespace {

class SystemClock final : public Clock {
 public:
  UnixMs now_ms() const override {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
  }
  MonotonicMs monotonic_ms() const override {
    std::timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return static_cast<MonotonicMs>(time.tv_sec) * 1'000 + time.tv_nsec / 1'000'000;
  }
};

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

}  // namespace threadkeep
