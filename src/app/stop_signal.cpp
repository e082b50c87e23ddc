#include "app/stop_signal.h"

#include <csignal>

namespace threadkeep {
namespace {

volatile std::sig_atomic_t is_requested = 0;

void request_stop(int /*signal*/) { is_requested = 1; }

}  // namespace

void catch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = request_stop;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool is_stop_requested() { return is_requested != 0; }

}  // namespace threadkeep
